"""The command `purge`: deletes the copy, or all of one person, from this machine."""

from __future__ import annotations

import shlex
import sys
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from loop_client import LoopError
from loop_client.cli.account import storage
from loop_client.mirror import postgres_purging, purging
from loop_client.mirror.purging import SETTLED
from loop_client.query import PARAMETERS, Name, parse, shortened
from loop_client.query.text import item_count
from loop_client.report.masking import People
from loop_client.service import PEOPLE, PeopleFile, SavedView, Storage

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from pathlib import Path

    from loop_client.mirror.purging import PurgedPerson

VIEWS, MARKERS = "views.db", "markers.db"
DATABASES: Final = (VIEWS, MARKERS, "outbox.db", "outbox.second.db")
"""Databases whose set-aside files are not deleted: nothing else has what is in them."""


def purge(options: argparse.Namespace) -> int:
    """Delete the copy, and the outbox if requested; refused while a dashboard uses them. 0 also without a copy.

    With a database, from there and from the data folder, which may have a copy of before.
    """
    try:
        with storage(options.data_dir) as kept:
            if options.person is not None:
                return purge_person(kept, options.person)
            if kept.database is not None:
                items, drafts = postgres_purging.purge(kept.database, outbox=options.outbox)
                also = f" and {drafts:,} drafts" if options.outbox else ""
                print(f"Deleted in {kept.name}: {item_count(items)}{also}.")
                print("Left there, because it cannot be fetched again: saved views, markers", end="")
                print("." if options.outbox else ", and the outbox: --outbox deletes it too.")
            is_said = kept.database is None
        return _purge_folder(options.data_dir, outbox=options.outbox, is_said=is_said)
    except LoopError as error:
        print(error, file=sys.stderr)
        return 1


def _purge_folder(folder: Path, *, outbox: bool, is_said: bool) -> int:
    """Delete the copy in the folder. `is_said`: also where there is none."""
    deleted = purging.purge(folder, outbox=outbox)
    if deleted or is_said:
        print(f"Deleted in {folder}: {', '.join(deleted)}." if deleted else f"There is no copy in {folder}.")
    if others := purging.left(folder):
        print(f"Left, because this program did not make them: {', '.join(map(shlex.quote, others))}.")
    if any((folder / name).exists() for name in ("outbox.db", "outbox.second.db")):
        print("Left, because it cannot be fetched again: outbox.db with what was submitted, and its second copy.")
        print("--outbox deletes it too; `python -m loop_client outbox` lists what is not stored yet.")
    for name, content in ((VIEWS, "saved views"), (MARKERS, "markers")):
        if (folder / name).exists():
            print(f"Left, because it cannot be fetched again: {name} with the {content}, and its second copy.")
    return 0


STAYS: Final = """Left, because it is not this dashboard's:
- Loop has their items, unless you deleted them there: what is still there comes back with the next syncs.
- Files that were exported or are to be imported, backups, and texts in a browser that were typed and not submitted.
- What others wrote about them: messages of other people are not changed.
- The names of imported files, and what is remembered of their columns and values."""


def purge_person(kept: Storage, person: str) -> int:
    """Delete what this dashboard has of a person, and print what was deleted and what stays."""
    if kept.database is not None:
        _report(kept, person, postgres_purging.purge_person(kept.database, person))
    with closing(Storage(kept.folder)) as files:  # also of before there was a database
        _report(files, person, purging.purge_person(kept.folder, person))
    for sentence in _theirs(kept.folder, person):
        print(sentence)
    print(STAYS)
    return 0


def _report(kept: Storage, person: str, purged: PurgedPerson) -> None:
    """Delete the saved views and markers that name the person, and print what was deleted."""
    views, markers = _without_views(kept, person), _without_markers(kept, person)
    drafts = ", ".join(f"{count:,} {state}" for state, count in sorted(purged.drafts.items()))
    print(f"Deleted in {kept.name}: {item_count(purged.items)}; drafts of the outbox: {drafts or 'none'}.")
    for what, named in (("Saved views", views), ("Markers", markers)):
        print(f"{what} that named them: {', '.join(map(shlex.quote, named.deleted)) or 'none'}.")
        if named.left:
            names = ", ".join(map(shlex.quote, named.left))
            print(f"Left, because “{person}” may mean something else in them: {what.lower()} {names}.")
    unsent = sum(count for state, count in purged.drafts.items() if state not in SETTLED)
    if unsent:
        print(
            f"Drafts that Loop had not stored for certain: {unsent:,}. They are neither sent nor looked for any more."
        )


@dataclass(frozen=True, slots=True)
class _Named:
    """The names of saved views or markers that name a person: those that were deleted, and those that were left."""

    deleted: list[str]
    left: list[str]


def _is_distinctive(person: str) -> bool:
    """Whether an id in a text means the person: an address, or letters and digits, unlike "12" or "exports"."""
    return "@" in person or (any(map(str.isdigit, person)) and any(map(str.isalpha, person)))


def _without_views(kept: Storage, person: str) -> _Named:
    """Delete the saved views that name the person."""
    if kept.database is None and not (kept.folder / VIEWS).exists():
        return _Named([], [])
    saved, names = kept.saved_views, {person, shortened(person)}
    people = People.of(names)
    deleted: list[SavedView] = []
    left: list[str] = []
    for view in saved.all():
        parts = [one for name, value in parse_qsl(view.link.partition("?")[2]) for one in _parts(name, value)]
        if any(name in {Name.USER, Name.PERSON} and value in names for name, value in parts):
            deleted.append(view)
        elif any(map(people.named_in, [view.name, *(value for name, value in parts if _may_be_personal(name))])):
            deleted += [view] if _is_distinctive(person) else []
            left += [] if _is_distinctive(person) else [view.name]
    saved.forget(deleted)
    return _Named([view.name for view in deleted], left)


def _parts(name: str, value: str) -> Iterator[tuple[str, str]]:
    """Yield (parameter, value) of a link's parameter, one for each term of a search; of a drill-down, what it is by."""
    if name == Name.ONLY:
        name, _, value = value.removeprefix("not-").partition(":")
    if name == Name.TEXT:
        yield from ((Name.USER if term.field == Name.USER else name, term.text) for term in parse(value).terms)
    else:
        yield name, value


def _may_be_personal(name: str) -> bool:
    """Whether a value of this parameter can identify a person; a parameter that is not known might."""
    return name not in PARAMETERS or PARAMETERS[name].personal != "never"


def _without_markers(kept: Storage, person: str) -> _Named:
    """Delete the markers that name the person."""
    if kept.database is None and not (kept.folder / MARKERS).exists():
        return _Named([], [])
    markers, names = kept.markers, {person, shortened(person)}
    people = People.of(names)
    named = [marker for marker in markers.all() if marker.name in names or people.named_in(marker.name)]
    if not _is_distinctive(person):
        return _Named([], [marker.name for marker in named])
    for marker in named:
        markers.remove(marker.day, marker.name)
    return _Named([marker.name for marker in named], [])


def _theirs(folder: Path, person: str) -> list[str]:
    """Sentences about files that are not changed and may name the person."""
    loaded, sentences = PeopleFile(folder / PEOPLE).loaded(), []
    if loaded.table is not None:
        ids = loaded.table["person"].to_pylist()
        sentences += [
            f"Left, because the file is yours: row {row:,} of {PEOPLE}. Delete it there."
            for row, one in zip(loaded.rows, ids, strict=True)
            if one == person
        ]
    aside = sorted(file.name for name in DATABASES for file in folder.glob(f"{name}.broken-*"))
    if aside:
        sentences.append(
            f"Left, and may name them: damaged files that were set aside: {', '.join(aside)}. Delete them."
        )
    if (folder / "sandbox.db").exists():
        sentences.append("Left: sandbox.db, which stands for Loop where there is no key.")
    return sentences
