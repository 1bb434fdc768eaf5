"""Write a small data folder, which is stored with the tests and opened by later versions.

Run `python -m tests.loop_client.write_folder FOLDER` with the version checked out whose format is wanted.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from datetime import date
from pathlib import Path

from loop_client import LoopError
from loop_client.mirror import Mirror
from loop_client.mirror.store import DraftState, ImportState, SqliteDrafts
from loop_client.service import Marker, Markers, SavedViews
from tests.answers import loop
from tests.drafts import in_each_state, write_import
from tests.loop_client.mirror.world import World
from tests.moment import begun

MARKERS = (Marker(date(2026, 1, 31), "v4.1"), Marker(date(2026, 6, 3), "Größer: “v4.2”"))
VIEWS = (("Exports", "/inbox?tag=exports", 4), ("Naïve “quotes”", "/inbox?text=%22a+b%22&view=all", None))

IMPORT = ("import", "the account", 2, ImportState.PAUSED)
"""Token, account, number of drafts and state of the import in the outbox."""


def account() -> World:
    """An account of twelve items, of which one is resolved between two syncs."""
    world = World(size=100)
    for number in range(12):
        world.insert(
            tag=[None, "exports", "ünïcode"][number % 3],
            sentiment=[None, "negative", "positive", "mixed"][number % 4],
            status="resolved" if number in {3, 4} else "open",
            message=f"Zeile {number}\n日本語 🎉" if number % 2 else f"Message {number}",
            user={"id": f"u_{number % 5}", "plan": "pro"},
            region="eu",
        )
    return world


def resolved(world: World) -> str:
    """Resolve an item that the mirror has seen open, and return its id."""
    world.items[2]["status"] = "resolved"
    return str(world.items[2]["id"])


def write_outbox(folder: Path) -> None:
    """Write an outbox with a draft in each state, one of them changed after it was written, and a paused import."""
    drafts = SqliteDrafts(folder)
    drafts.add(in_each_state("the account"))
    waiting = drafts.find("waits")
    assert waiting is not None
    drafts.change(waiting._replace(message="Größer 😀\n\0", tries=3), DraftState.WAITING)
    drafts.close()
    write_import(folder, *IMPORT[:3], name="Größer 😀.csv", left_out=1, skipped='{"3": "no text"}', state=IMPORT[3])


def write(folder: Path) -> None:
    """Write mirrors of two accounts, one after an interrupted walk, two saved views, two markers, and an outbox."""
    url = f"sqlite:///{folder}/mirror.db"
    half = World(size=2)
    half.made = 1000
    for _ in range(8):
        half.insert(status="resolved")
    half.before_each = lambda number: "reset" if number == 4 else ""
    mirror = Mirror(loop(half, api_key="half", max_retries=0), url)
    with suppress(LoopError):
        mirror.sync()
    mirror.close()
    world = account()
    mirror = Mirror(loop(world), url)
    mirror.sync()
    resolved(world)
    mirror.sync(full=True)
    mirror.close()
    views = SavedViews(folder / "views.db")
    for view in VIEWS:
        views.save(*view)
    markers = Markers(folder)
    for marker in MARKERS:
        markers.add(marker.day, marker.name)
    write_outbox(folder)


if __name__ == "__main__":
    with begun():
        Path(sys.argv[1]).mkdir(parents=True)
        write(Path(sys.argv[1]))
