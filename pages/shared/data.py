"""The one door to data: what is held, how fresh it is, and where a draft is handed in.

Everything here is shared by all viewers of the process.
"""

from __future__ import annotations

import gc
import logging
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from loop_client import ConfigurationError, LoopError
from loop_client.mirror import Snapshot, StoreError, SyncState
from loop_client.sandbox.child import SandboxError
from pages.shared.connection import Connection, Draft, Submission

if TYPE_CHECKING:
    from loop_client.service import Budget, SavedViews

__all__ = ["Draft", "Submission"]

EMPTY = Snapshot()

START_AGAIN, START_AGAIN_WITHIN = 2.0, 60.0
"""Seconds after which a start that failed is tried again: doubling from the first to the second."""

logger = logging.getLogger(__name__)

_lock = threading.Lock()
_connection: Connection | None = None
_startup_error: Exception | None = None
_retry: StartRetry | None = None


class StartRetry:
    """A thread that starts again and again, until that works or `end` is called."""

    def __init__(self) -> None:
        """The first attempt has just failed."""
        self._ended, self.at = threading.Event(), time.monotonic() + START_AGAIN
        threading.Thread(target=self._run, name="start", daemon=True).start()

    def end(self) -> None:
        """Try no more."""
        self._ended.set()

    def _run(self) -> None:
        pause = START_AGAIN
        while not self._ended.wait(pause):
            with _lock:
                if self._ended.is_set() or _connect():
                    return
            pause = min(START_AGAIN_WITHIN, 2 * pause)
            self.at = time.monotonic() + pause


def start() -> None:
    """Connect and sync until `stop`. What goes wrong is kept for `problem`, and tried again: the pages say it."""
    global _retry  # noqa: PLW0603 - see _connect
    with _lock:
        if not _connect() and _retry is None:
            _retry = StartRetry()


def _connect() -> bool:
    """Whether there is nothing left to try: there is a connection, or a setting is wrong, which only a restart reads.

    A failed attempt is forgotten but for its sentence: its frames would hold the files that the next one opens.
    """
    global _connection, _startup_error  # noqa: PLW0603 - one connection a process, shared by all its threads
    if _connection is not None:
        return True
    try:
        _connection, _startup_error = Connection(), None
        gc.collect()
        gc.freeze()  # Streamlit collects after every script run, at a cost that grows with what is held
    except (ConfigurationError, SandboxError, StoreError) as error:
        _startup_error = type(error)(str(error))
    except OSError as error:
        _startup_error = LoopError(f"The dashboard cannot start: {error.filename or 'a file'}: {error.strerror}.")
    except Exception:
        logger.exception("The dashboard failed unexpectedly at its start; trying again")
        _startup_error = LoopError("The dashboard failed unexpectedly at its start; the log has the reason.")
    return _connection is not None or isinstance(_startup_error, ConfigurationError)


def stop() -> None:
    """End what `start` started."""
    global _connection, _retry  # noqa: PLW0603 - see _connect
    if _retry is not None:
        _retry.end()
    with _lock:
        _retry = None
        try:
            if _connection is not None:
                _connection.close()
        finally:
            _connection = None


def now() -> datetime:
    """What time it is: ages, periods and whatever else a page tells relative to now ask here, and nowhere else."""
    return datetime.now(UTC)


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


def next_look() -> float | None:
    """Seconds until Loop is asked again, or the start is tried again; None when nothing will be tried."""
    if _connection is not None:
        return _connection.sync.left()
    if _retry is None or isinstance(_startup_error, ConfigurationError):
        return None
    return max(0.0, _retry.at - time.monotonic())


def not_ready() -> str | None:
    """Why pages cannot show current feedback, as a sentence; None when they can.

    An API that fails is no reason: what is held is shown, and says how old it is.
    """
    if _connection is None or not _connection.sync.is_alive():
        return str(problem() or "The dashboard is starting.")
    coverage = snapshot().coverage
    if coverage.complete or coverage.since is not None:
        return None
    return str(problem() or "The first items are being loaded.")


def budget() -> Budget | None:
    """What the process's calls are taken from; None when there is no connection."""
    return _connection.budget if _connection else None


def check_now() -> float | None:
    """Look for news as soon as the API allows it; the seconds until then, None when nothing will be tried."""
    return next_look() if _connection is None else _connection.sync.ask()


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
