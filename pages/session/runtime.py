"""The one door to data: what is held, how fresh it is, and where a draft is handed in.

Everything here is shared by all viewers of the process.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from loop_client.service import LONGEST_NAME, Draft, SavedView, SavedViews, Service, Submission
from pages.session.settings import configured

if TYPE_CHECKING:
    from collections.abc import Callable

    from loop_client.mirror import Snapshot, SyncState
    from loop_client.service import Budget

__all__ = ["LONGEST_NAME", "Draft", "SavedView", "SavedViews", "Submission"]


SERVICE: Final = Service(configured)


def start(connected: Callable[[], None] | None = None) -> None:
    """Connect and sync until `stop`. What goes wrong is kept for `problem`, and tried again: the pages say it.

    `connected`: called once that works.
    """
    SERVICE.start(connected)


def stop() -> None:
    """End what `start` started."""
    SERVICE.stop()


def now() -> datetime:
    """What time it is: ages, periods and whatever else a page tells relative to now ask here, and nowhere else."""
    return datetime.now(UTC)


def snapshot() -> Snapshot:
    """The newest snapshot, the same object for every viewer; empty while there is no connection."""
    return SERVICE.snapshot()


def resolved_between(item_id: str) -> tuple[datetime, datetime] | None:
    """When the item was last seen open and first seen resolved; None where that was not observed."""
    return SERVICE.resolved_between(item_id)


def saved_views() -> SavedViews | None:
    """Where views are saved; None while there is no connection."""
    return SERVICE.saved_views()


def sync_state() -> SyncState:
    """How the sync is doing right now."""
    return SERVICE.sync_state()


def problem() -> Exception | None:
    """Why what is shown is not up to date, as an error whose text is a sentence; None when all is well."""
    return SERVICE.problem()


def next_look() -> float | None:
    """Seconds until Loop is asked again, or the start is tried again; None when nothing will be tried."""
    return SERVICE.next_look()


def not_ready() -> str | None:
    """Why pages cannot show current feedback, as a sentence; None when they can."""
    return SERVICE.not_ready()


def budget() -> Budget | None:
    """The budget of the process's calls; None while there is no connection."""
    return SERVICE.budget()


def check_now() -> float | None:
    """Sync as soon as the API allows it; the seconds until then, None when nothing will be tried."""
    return SERVICE.check_now()


def is_sandbox() -> bool:
    """Whether the items are the sandbox's, not an account's."""
    return SERVICE.is_sandbox()


def is_connected() -> bool:
    """Whether there is an account to submit to."""
    return SERVICE.is_connected()


def submit(token: str, draft: Draft) -> Submission:
    """Send a draft once per token.

    Raises:
        ConfigurationError: There is no connection.
    """
    return SERVICE.submit(token, draft)


def submission(token: str) -> Submission | None:
    """The submission with that token; None when this process does not know it (any more)."""
    return SERVICE.submission(token)
