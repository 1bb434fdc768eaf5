"""The pages' only access to the service of the process: snapshot, sync state, saved views and submissions.

Everything here is shared by all readers of the process, except what belongs to whoever is signed in: their drafts,
imports and private views.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from loop_client import ConfigurationError
from loop_client.report.clusters import Clustered, LatestClusters
from loop_client.service import (
    IMPORTED_BEFORE,
    LONGEST_MARKER,
    LONGEST_NAME,
    Choices,
    Draft,
    DraftState,
    Import,
    Imports,
    ImportState,
    LoadedPeople,
    Mappings,
    Marker,
    Markers,
    OwnOutbox,
    OwnViews,
    Receipt,
    SavedView,
    Service,
    Submission,
)
from pages.session.person import person
from pages.session.settings import configured

if TYPE_CHECKING:
    from collections.abc import Callable

    from loop_client.mirror import Resolution, Snapshot, SyncState
    from loop_client.service import Budget

__all__ = [
    "IMPORTED_BEFORE",
    "LONGEST_MARKER",
    "LONGEST_NAME",
    "Choices",
    "Clustered",
    "Draft",
    "DraftState",
    "Import",
    "ImportState",
    "Imports",
    "LoadedPeople",
    "Mappings",
    "Marker",
    "Markers",
    "OwnOutbox",
    "OwnViews",
    "Receipt",
    "SavedView",
    "Submission",
]


CLUSTERS: Final = LatestClusters()
SERVICE: Final = Service(configured, lambda snapshot: CLUSTERS.update(snapshot))  # noqa: PLW0108 - tests replace them


def start(connected: Callable[[], None] | None = None) -> None:
    """Connect and sync until `stop`. A failure is reported by `problem`, and the start is retried.

    `connected`: called once a start succeeds.
    """
    SERVICE.start(connected)


def stop() -> None:
    """Stop everything that `start` started."""
    SERVICE.stop()


def now() -> datetime:
    """The current time. Everything on a page that is relative to now uses this function."""
    return datetime.now(UTC)


def snapshot() -> Snapshot:
    """The newest snapshot, the same object for every reader; empty while there is no connection."""
    return SERVICE.snapshot()


def clustered(snapshot: Snapshot) -> Clustered:
    """The clusters of a snapshot: the items that say the same. There are none before any is stored or read."""
    return CLUSTERS.of(snapshot)


def salt() -> bytes:
    """The salt of share-safe pseudonyms."""
    return SERVICE.salt()


def are_clustered() -> bool:
    """Whether there are clusters yet."""
    return CLUSTERS.is_made


def peer(name: str) -> str | None:
    """Host and port of another process that shares the database; None if there is none of this name."""
    return SERVICE.peer(name)


def hint(secret: str) -> bool:
    """Take a webhook's hint that there is something new; False if that is not its secret, or there is none."""
    return SERVICE.hint(secret)


def resolved_between(item_id: str) -> tuple[datetime, datetime] | None:
    """When the item was last seen open and first seen resolved; None when that was not observed."""
    return SERVICE.resolved_between(item_id)


def resolutions(since: int) -> list[Resolution] | None:
    """What was first seen resolved since a time (µs), after it was seen open; None while that cannot be read."""
    return SERVICE.resolutions(since)


def saved_views() -> OwnViews | None:
    """The saved views that the reader sees; None while there is no connection."""
    shared = SERVICE.saved_views()
    return OwnViews(shared, person()) if shared else None


def markers() -> Markers | None:
    """The markers; None while there is no connection."""
    return SERVICE.markers()


def sync_state() -> SyncState:
    """The current state of the sync."""
    return SERVICE.sync_state()


def problem() -> Exception | None:
    """The error that keeps the data from being current, with a sentence as text; None when all is well."""
    return SERVICE.problem()


def aliases_problem() -> str:
    """Why the alias rules of tags are not used, as a sentence; "" if they are."""
    return SERVICE.aliases_problem()


def next_sync() -> float | None:
    """Seconds until the next sync, or the next attempt to start; None when there will be none."""
    return SERVICE.next_sync()


def not_ready() -> str | None:
    """Why pages cannot show current feedback, as a sentence; None when they can."""
    return SERVICE.not_ready()


def budget() -> Budget | None:
    """The budget of API calls; None while there is no connection."""
    return SERVICE.budget()


def check_now() -> float | None:
    """Trigger a sync as soon as the API allows it; the seconds until then, None when there will be no sync."""
    return SERVICE.check_now()


def is_sandbox() -> bool:
    """Whether the items come from the sandbox."""
    return SERVICE.is_sandbox()


def is_connected() -> bool:
    """Whether submissions can be sent."""
    return SERVICE.is_connected()


def submit(token: str, draft: Draft) -> Submission:
    """Write a draft of the reader down durably, to be sent once per token, and return at once.

    Raises:
        ConfigurationError: There is no connection.
        StoreError: It cannot be written down; it is not sent.
    """
    own = outbox()
    if own is None:
        raise ConfigurationError("There is no connection to submit to.")
    return own.submit(token, draft)


def submission(token: str) -> Submission | None:
    """The submission with this token, whichever process wrote it down; None if there is none, or it is another's.

    Raises:
        StoreError: The outbox cannot be read right now.
    """
    own = outbox()
    return own.submission(token) if own else None


def repeat_of(token: str) -> Submission | None:
    """The draft that was sent in the place of the one with this token; None as of `submission`.

    Raises:
        StoreError: The outbox cannot be read right now.
    """
    own = outbox()
    return own.repeat_of(token) if own else None


def outbox() -> OwnOutbox | None:
    """What was written down to be sent, as the reader may see it; None while there is no connection."""
    shared = SERVICE.outbox()
    return OwnOutbox(shared, person()) if shared else None


def imports() -> Imports | None:
    """The imports of files, as the reader may see them; None while there is no connection."""
    shared = SERVICE.imports()
    return shared.of(person()) if shared else None


def people() -> LoadedPeople:
    """What the team's own file says about people; nothing while there is no connection."""
    return SERVICE.people()


def mappings() -> Mappings | None:
    """What people chose about files to import; None while there is no connection."""
    return SERVICE.mappings()
