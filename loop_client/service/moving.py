"""Moves what a dashboard has stored in its data folder into an empty database."""

from __future__ import annotations

import json
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any, Final

from filelock import FileLock, Timeout

from loop_client.mirror import StoreError
from loop_client.mirror.store import (
    LOCK,
    Contents,
    DraftState,
    Move,
    Moved,
    PostgresDatabase,
    SqliteDrafts,
    SqliteStore,
    contents,
    item_rows,
)
from loop_client.service import mappings, markers, saved_views, sign_outs

if TYPE_CHECKING:
    from pathlib import Path
    from threading import Event

IN_USE: Final = "A dashboard is using {}. Stop it first."


def move(folder: Path, url: str, stopped: Event) -> dict[str, int]:
    """Move everything into the database at this URL, check it there, and return how many there are of what.

    The files stay as they are. A move that is interrupted, or ended by `stopped`, leaves the database as it was, as far
    as anybody can see.

    Raises:
        StoreError: A dashboard uses the folder or the database, or that is not empty, or either cannot be used.
    """
    try:
        if not folder.is_dir():
            raise StoreError(f"There is no folder {folder}.")
        with ExitStack() as opened:
            database = opened.enter_context(closing(PostgresDatabase(url, "What is stored")))
            store = _copy(folder, opened)
            drafts = opened.enter_context(closing(SqliteDrafts(folder)))
            rows, imports = drafts.in_states(DraftState), drafts.imports.all()
            opened.enter_context(FileLock(folder / LOCK, mode=0o600, timeout=0))  # nobody adds a draft meanwhile
            moved = Moved(contents(store) if store else Contents(), rows, imports, _records(folder))
            Move(database, moved, lambda: item_rows(store) if store else iter(()), stopped).run()
    except Timeout:
        raise StoreError(IN_USE.format(folder)) from None
    except OSError as error:
        raise StoreError(f"{error.filename or folder} cannot be read: {error.strerror}.") from error
    return {
        "items": moved.copy.items,
        "drafts": len(rows),
        "imports": len(imports),
        **{name: len(moved.records[table]) for name, table in NAMES.items()},
    }


NAMES: Final = {
    "saved views": saved_views.KIND.table,
    "markers": markers.KIND.table,
    "sign-outs": sign_outs.KIND.table,
    "choices about imports": mappings.KIND.table,
}


def _copy(folder: Path, opened: ExitStack) -> SqliteStore | None:
    """The copy of the feedback, which no other process uses until it is closed; None without one."""
    database = folder / "mirror.db"
    if not database.exists():
        opened.enter_context(FileLock(folder / "mirror.db.lock", mode=0o600, timeout=0))
        return None
    store = SqliteStore(f"sqlite:///{database}")
    opened.callback(store.close)
    if not store.writable:
        raise store.problem or StoreError(IN_USE.format(folder))
    if store.news or not store.is_sound():
        raise StoreError(f"The copy at {database} is damaged. Start a dashboard with it once, which reads it again.")
    return store


def _records(folder: Path) -> dict[str, list[str]]:
    """The short lists as they are stored in a database: kind → texts."""
    lists: list[tuple[Any, tuple[Any, ...]]] = [
        (saved_views.KIND, saved_views.SavedViews(folder / "views.db").all()),
        (markers.KIND, markers.Markers(folder).all()),
        (sign_outs.KIND, sign_outs.SignOutRecords(folder / "sign_outs.db", sign_outs.KIND).all()),
        (mappings.KIND, mappings.MappingsFile(folder / "mappings.json").all()),
    ]
    return {kind.table: [json.dumps(kind.row(record)) for record in records] for kind, records in lists}
