"""Damage files of a data folder and check that everything still works; a separate process, as a crash would end it.

`python -m tests.loop_client.mirror.damage FOLDER TEMPLATE DAMAGE…` prints each damage before it is done; a damage is
`file:flip:bit`, `file:cut:length`, `file:zero:page` or `file:noise:offset`.
"""

from __future__ import annotations

import shutil
import sys
from contextlib import suppress
from datetime import date
from hashlib import sha512
from pathlib import Path

from loop_client.mirror import Mirror, StoreError
from loop_client.query import parse, selected
from loop_client.service import Marker, Markers, SavedViews
from tests.answers import loop
from tests.loop_client.mirror.world import World, ids_of

VIEWS = {"Exports": "tag=t1", "Überfällig": "view=old&tag=t2", "Third": "sort=new"}
MARKER = Marker(date(2026, 6, 1), "v4.2")


def account() -> World:
    """An account of two pages, with multi-byte characters and absent fields."""
    world = World(size=100)
    for number in range(150):
        world.insert(
            tag=f"t{number % 3}" if number % 5 else None, message=f"Nachricht {number}: größer als gestern 😀 " * 4
        )
        world.items[0]["status"] = "resolved" if number % 4 else "open"
    return world


def fill(folder: Path) -> None:
    """Make the data folder `closed`, as a clean stop leaves it, and `killed`, as a power cut leaves it."""
    closed = folder / "closed"
    mirror = Mirror(loop(account()), f"sqlite:///{closed}/mirror.db")
    mirror.sync()
    mirror.close()
    views = SavedViews(closed / "views.db")
    for name, link in VIEWS.items():
        views.save(name, link, 3)
    Markers(closed).add(MARKER.day, MARKER.name)
    mirror = Mirror(loop(account()), f"sqlite:///{closed}/mirror.db")
    mirror.sync(full=True)
    shutil.copytree(closed, folder / "killed")
    mirror.close()


def damaged(content: bytes, kind: str, place: int) -> bytes:
    """The content of a file with this damage."""
    if kind == "cut":
        return content[:place]
    changed = bytearray(content)
    if kind == "flip":
        changed[place // 8] ^= 1 << place % 8
    elif kind == "zero":
        changed[place * 4096 : (place + 1) * 4096] = bytes(len(changed[place * 4096 : (place + 1) * 4096]))
    else:
        changed[place : place + 64] = (sha512(str(place).encode()).digest())[: len(changed) - place]
    return bytes(changed)


def use(folder: Path) -> None:
    """Start, show, search, sync, check and save as the dashboard does; raise if anything is wrong."""
    world = account()
    mirror = Mirror(loop(world), f"sqlite:///{folder}/mirror.db")
    _read(mirror)
    for full in (False, True, False):
        try:
            mirror.sync(full=full)
        except StoreError:
            mirror.sync(full=full)  # the first sync sets the damaged file aside, the second one starts over
        mirror.check()
    _read(mirror)
    frame = mirror.snapshot().frame
    assert mirror.snapshot().coverage.complete
    assert ids_of(mirror) == set(world.statuses())
    assert dict(zip(frame["id"], frame["status"], strict=True)) == world.statuses()
    assert int(mirror.snapshot().cells["items"].sum()) == len(frame) == len(world.items)
    mirror.close()
    mirror = Mirror(loop(World()), f"sqlite:///{folder}/mirror.db")
    assert ids_of(mirror) == set(world.statuses())
    mirror.close()
    views = SavedViews(folder / "views.db")
    assert {view.name: view.link for view in views.all()} == VIEWS
    views.save("Another", "view=new", None)
    assert [view.name for view in views.all()] == [*VIEWS, "Another"]
    assert Markers(folder).all() == (MARKER,)


def _read(mirror: Mirror) -> None:
    snapshot = mirror.snapshot()
    rows = snapshot.frame.to_dict("records")
    assert all(isinstance(row["message"], str) for row in rows)
    selected(snapshot.frame, {}, (None, None), parse("größer nachricht -nothing"))
    for row in rows[:3]:
        with suppress(StoreError):  # as on a page; the sync finds the damage too
            mirror.resolved_between(row["id"])


def main() -> None:
    """Apply each damage to a fresh copy of the template, and use it."""
    folder, template = Path(sys.argv[1]), Path(sys.argv[2])
    for number, damage in enumerate(sys.argv[3:]):
        print(damage, flush=True)  # noqa: T201 - for the one that started it
        name, kind, place = damage.rsplit(":", 2)
        copy = folder / str(number)
        shutil.copytree(template, copy)
        (copy / name).write_bytes(damaged((copy / name).read_bytes(), kind, int(place)))
        use(copy)
        shutil.rmtree(copy)


if __name__ == "__main__":
    main()
