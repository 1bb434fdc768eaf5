"""The one door to data: what is held, how fresh it is, and where a draft is handed in.

Everything here is shared by all viewers of the process.
"""

from __future__ import annotations

import gc
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from loop_client import ConfigurationError
from loop_client.mirror import Snapshot, StoreError, SyncState
from loop_client.sandbox.child import SandboxError
from pages.shared.connection import Connection, Draft, Submission

if TYPE_CHECKING:
    from datetime import datetime

    from loop_client.mirror import Budget, SavedViews

__all__ = ["Draft", "Submission"]

EMPTY = Snapshot()

START_AGAIN = 10.0
"""Seconds after which a sandbox that did not start is tried again."""

_lock = threading.Lock()
_again: threading.Timer | None = None
_connection: Connection | None = None
_startup_error: ConfigurationError | SandboxError | StoreError | None = None


def start() -> None:
    """Connect and sync until `stop`. What goes wrong is kept for `problem`: the pages say it."""
    with _lock:
        _connect()


def _start_again() -> None:
    """Connect, unless `stop` was faster."""
    with _lock:
        if _again is not None:
            _connect()


def _connect() -> None:
    global _connection, _startup_error, _again  # noqa: PLW0603 - one connection a process, shared by all its threads
    if _connection is None:
        try:
            _connection, _startup_error = Connection(), None
            gc.collect()
            gc.freeze()  # Streamlit collects after every script run, at a cost that grows with what is held
        except (ConfigurationError, SandboxError, StoreError) as error:
            _startup_error = error
            if isinstance(error, SandboxError):  # its folder or port may be free in a while
                _again = threading.Timer(START_AGAIN, _start_again)
                _again.daemon = True
                _again.start()


def stop() -> None:
    """End what `start` started."""
    global _connection, _again  # noqa: PLW0603 - see _connect
    with _lock:
        if _again is not None:
            _again.cancel()
        _again = None
        if _connection is not None:
            _connection.close()
        _connection = None


def snapshot() -> Snapshot:
    """What is held right now, the same object for every viewer; empty when there is no connection."""
    return _connection.mirror.snapshot() if _connection else EMPTY


def resolved_between(item_id: str) -> tuple[datetime, datetime] | None:
    """When the item was last seen open and first seen resolved; None where that was not observed."""
    with suppress(StoreError):  # what is wrong with the store is told in one place
        return _connection.mirror.resolved_between(item_id) if _connection else None
    return None


def saved_views() -> SavedViews | None:
    """Where views are saved; None when there is no connection."""
    return _connection.saved_views if _connection else None


def sync_state() -> SyncState:
    """How the sync is doing right now."""
    return _connection.mirror.state() if _connection else SyncState()


def problem() -> Exception | None:
    """Why what is shown is not up to date, as an error whose text is a sentence; None when all is well."""
    return _startup_error if _connection is None else _connection.failure


def budget() -> Budget | None:
    """What the process's calls are taken from; None when there is no connection."""
    return _connection.budget if _connection else None


def check_now() -> None:
    """Look for news now."""
    if _connection is not None:
        _connection.check_now()


def is_sandbox() -> bool:
    """Whether the items are the sandbox's, not an account's."""
    return _connection is not None and _connection.sandbox is not None


def is_connected() -> bool:
    """Whether there is somebody to submit to."""
    return _connection is not None


def submit(token: str, draft: Draft) -> Submission:
    """Send a draft once per token.

    Raises:
        ConfigurationError: There is no connection.
    """
    if _connection is None:
        raise ConfigurationError("There is no connection to submit to.")
    return _connection.submit(token, draft)


def submission(token: str) -> Submission | None:
    """The submission with that token; None when this process does not know it (any more)."""
    return _connection.submission(token) if _connection else None
