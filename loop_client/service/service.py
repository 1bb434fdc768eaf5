"""The service of one process for one account: started and stopped as a whole, with access to its state in between."""

from __future__ import annotations

import hmac
import logging
import threading
from contextlib import suppress
from secrets import token_bytes
from typing import TYPE_CHECKING, Final

from loop_client import ConfigurationError, LoopError
from loop_client.mirror import Resolution, Snapshot, StoreError, SyncState
from loop_client.sandbox.child import SandboxError
from loop_client.service.connection import Connection
from loop_client.service.people_file import LoadedPeople
from loop_client.service.startup import StartRetry

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from loop_client.service.budget import Budget
    from loop_client.service.config import Config
    from loop_client.service.drafts import Draft, Submission
    from loop_client.service.imports import Imports
    from loop_client.service.mappings import Mappings
    from loop_client.service.markers import Markers
    from loop_client.service.outbox import Outbox
    from loop_client.service.saved_views import SavedViews

EMPTY: Final = Snapshot()
SALT: Final = token_bytes(32)

logger = logging.getLogger(__name__)


class Service:
    """One account for all threads of the process. While it is not connected, it behaves like an empty account."""

    def __init__(self, configured: Callable[[], Config], synced: Callable[[Snapshot], None] = lambda _: None) -> None:
        """Neither start nor read anything yet. `configured`: reads the configuration, for each attempt to start.

        `synced`: called in the sync thread with the stored snapshot, and with the newest one after each sync.
        """
        self._configured, self._synced = configured, synced
        self._connected: Callable[[], None] | None = None
        self._lock = threading.Lock()
        self._error: Exception | None = None
        self._hook_secret: str | None = None
        self._retry: StartRetry | None = None
        self.connection: Connection | None = None
        """The running connection; None before the start, after the end, and when the start failed."""

    def start(self, connected: Callable[[], None] | None = None) -> None:
        """Connect and sync until `stop`. A failure is reported by `problem`, and the start is retried.

        `connected`: called once an attempt succeeds.
        """
        with self._lock:
            self._connected = connected
            if not self._connect() and self._retry is None:
                self._retry = StartRetry(self._connect, self._lock)
                self._retry.start()

    def stop(self) -> None:
        """Stop everything that `start` started."""
        if self._retry is not None:
            self._retry.end()
        with self._lock:
            self._retry = None
            try:
                if self.connection is not None:
                    self.connection.stop()
            finally:
                self.connection = None

    def snapshot(self) -> Snapshot:
        """The newest snapshot, the same object for every reader; empty while there is no connection."""
        connection = self.connection
        return connection.account.mirror.snapshot() if connection else EMPTY

    def sync_state(self) -> SyncState:
        """The current state of the sync."""
        connection = self.connection
        return connection.account.mirror.state() if connection else SyncState()

    def resolved_between(self, item_id: str) -> tuple[datetime, datetime] | None:
        """When the item was last seen open and first seen resolved; None when that was not observed."""
        connection = self.connection
        with suppress(StoreError):  # `problem` reports what is wrong with the store
            return connection.account.mirror.resolved_between(item_id) if connection else None
        return None

    def resolutions(self, since: int) -> list[Resolution] | None:
        """What was first seen resolved since a time (µs), after it was seen open; None while that cannot be read."""
        connection = self.connection
        with suppress(StoreError):  # `problem` reports what is wrong with the store
            return connection.account.mirror.resolutions(since) if connection else None
        return None

    def problem(self) -> Exception | None:
        """The error that keeps the data from being current, with a sentence as text; None when all is well."""
        connection = self.connection
        return connection.failure if connection else self._error

    def next_sync(self) -> float | None:
        """Seconds until the next sync, or the next attempt to start; None when there will be none."""
        connection, retry = self.connection, self._retry
        if connection is not None:
            return connection.sync.left()
        return None if retry is None or isinstance(self._error, ConfigurationError) else retry.left()

    def check_now(self) -> float | None:
        """Sync as soon as the API allows it, and return the seconds until then; None when there will be no sync."""
        connection = self.connection
        return connection.check_now() if connection else self.next_sync()

    def salt(self) -> bytes:
        """The salt of share-safe pseudonyms; one of this process while there is no connection."""
        connection = self.connection
        return connection.salt if connection else SALT

    def hint(self, secret: str) -> bool:
        """Take a webhook's hint that there is something new; False if that is not its secret, or there is none."""
        expected = self._hook_secret
        if expected is None or not hmac.compare_digest(secret.encode(), expected.encode()):
            return False
        self.check_now()
        return True

    def peer(self, name: str) -> str | None:
        """Host and port of another process that shares the database; None if there is none of this name."""
        connection = self.connection
        return connection.peers.address(name) if connection and connection.peers else None

    def aliases_problem(self) -> str:
        """Why the alias rules of tags are not used, as a sentence; "" if they are."""
        connection = self.connection
        return connection.aliases.problem if connection else ""

    def not_ready(self) -> str | None:
        """Why pages cannot show current feedback, as a sentence; None when they can.

        A failing API is not a reason: pages show the copy and its age.
        """
        connection = self.connection
        if connection is None or not connection.sync.is_alive():
            return str(self.problem() or "The dashboard is starting.")
        coverage = connection.account.mirror.snapshot().coverage
        if coverage.complete or coverage.since is not None:
            return None
        return str(self.problem() or "The first items are being loaded.")

    def is_connected(self) -> bool:
        """Whether submissions can be sent."""
        return self.connection is not None

    def is_sandbox(self) -> bool:
        """Whether the items come from the sandbox."""
        connection = self.connection
        return connection is not None and connection.account.sandbox is not None

    def budget(self) -> Budget | None:
        """The budget of API calls; None while there is no connection."""
        connection = self.connection
        return connection.budget if connection else None

    def saved_views(self) -> SavedViews | None:
        """The saved views; None while there is no connection."""
        connection = self.connection
        return connection.saved_views if connection else None

    def markers(self) -> Markers | None:
        """The markers; None while there is no connection."""
        connection = self.connection
        return connection.markers if connection else None

    def submit(self, token: str, draft: Draft) -> Submission:
        """Write a draft down durably, to be sent once per token, and return at once.

        Raises:
            ConfigurationError: There is no connection.
            StoreError: It cannot be written down, as on a full disk; the text says why. It is not sent.
        """
        connection = self.connection
        if connection is None:
            raise ConfigurationError("There is no connection to submit to.")
        return connection.outbox.submit(token, draft)

    def submission(self, token: str) -> Submission | None:
        """The submission with this token, whichever process wrote it down; None if there is none.

        Raises:
            StoreError: The outbox cannot be read right now.
        """
        connection = self.connection
        return connection.outbox.submission(token) if connection else None

    def outbox(self) -> Outbox | None:
        """What was written down to be sent; None while there is no connection."""
        connection = self.connection
        return connection.outbox if connection else None

    def imports(self) -> Imports | None:
        """The imports of files; None while there is no connection."""
        connection = self.connection
        return connection.imports if connection else None

    def people(self) -> LoadedPeople:
        """What `people.csv` says now; nothing while there is no connection."""
        connection = self.connection
        return connection.people.loaded() if connection else LoadedPeople()

    def mappings(self) -> Mappings | None:
        """What people chose about files to import; None while there is no connection."""
        connection = self.connection
        return connection.mappings if connection else None

    def _connect(self) -> bool:
        """Connect, and return whether to stop trying: it worked, or a setting is wrong, which only a restart reads.

        Only the text of an error is stored: its frames would keep files open that the next attempt opens.
        """
        if self.connection is not None:
            return True
        try:
            config = self._configured()
            self._hook_secret = config.hook_secret
            connection = Connection(config, self._synced)
            connection.start()
            self.connection, self._error = connection, None
            if self._connected is not None:
                self._connected()
        except (ConfigurationError, SandboxError, StoreError) as error:
            self._error = type(error)(str(error))
        except OSError as error:
            self._error = LoopError(f"The dashboard cannot start: {error.filename or 'a file'}: {error.strerror}.")
        except Exception:
            logger.exception("The dashboard failed unexpectedly at its start; trying again")
            self._error = LoopError("The dashboard failed unexpectedly at its start; the log has the reason.")
        return self.connection is not None or isinstance(self._error, ConfigurationError)
