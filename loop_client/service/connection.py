"""A connection to an account: its client and mirror, the sync thread, and the sender thread of the outbox."""

from __future__ import annotations

import logging
import threading
from contextlib import ExitStack, suppress
from secrets import token_hex
from typing import TYPE_CHECKING, Final

from loop_client import LoopError
from loop_client.mirror import StoreError
from loop_client.mirror.store import LeaseLostError, Peers, Watch
from loop_client.service.account import Account, open_account
from loop_client.service.aliases import AliasFile
from loop_client.service.budget import Budget
from loop_client.service.imports import Imports
from loop_client.service.outbox import Outbox
from loop_client.service.people_file import PeopleFile
from loop_client.service.sender import Sender
from loop_client.service.sender_thread import SenderThread
from loop_client.service.storage import Storage
from loop_client.service.sync_thread import OWN_EVERY, REFRESH_EVERY, SyncThread

if TYPE_CHECKING:
    from collections.abc import Callable

    from loop_client import Feedback
    from loop_client.mirror import Snapshot
    from loop_client.mirror.store import DraftRow, Seen
    from loop_client.service.config import Config

NAME: Final = token_hex(4)
"""The name of this process among those that share a database, another one with each start."""

SYNC_ENDED: Final = LoopError(
    "The thread that reads Loop has ended; the log says why. The dashboard starts it again within a minute. "
    "If this lasts, restart the dashboard."
)

STOPPED_WITHIN: Final = 0.5
"""Seconds that a stop waits for a thread with a request under way; then the thread is left, and ends by itself."""

logger = logging.getLogger(__name__)


class Connection:
    """One account from `start` to `stop`, each called once."""

    account: Account
    outbox: Outbox
    imports: Imports
    salt: bytes
    """Of share-safe pseudonyms. All four are set by `start`."""

    def __init__(self, config: Config, synced: Callable[[Snapshot], None] = lambda _: None) -> None:
        """Neither start nor open anything yet. `synced`: called with the snapshot in the sync thread, see `Service`."""
        self.config, self._synced = config, synced
        self._stopped = threading.Event()
        self.budget = Budget(config.calls_per_minute, self._stopped.wait)
        self.aliases = AliasFile(config.aliases)
        self._storage = Storage(config.folder, config.store_url)
        self.saved_views, self.markers = self._storage.saved_views, self._storage.markers
        self.mappings = self._storage.mappings
        self.people = PeopleFile.of(config.folder, is_sample=not config.api_key)
        self._sender: Sender | None = None
        self._sending: SenderThread | None = None
        self.sync = SyncThread(self._look)
        database = self._storage.database
        self._watch = None if database is None else Watch(database, self._heard)
        self.peers = None if database is None else Peers(database, NAME, config.address)

    @property
    def failure(self) -> LoopError | None:
        """The reason why the data may be out of date; None as soon as a call has succeeded."""
        return (self.sync.failure or self.account.mirror.state().error) if self.sync.is_alive() else SYNC_ENDED

    def start(self) -> None:
        """Open the account and start the threads. A failure leaves nothing running.

        Raises:
            ConfigurationError, SandboxError, StoreError, OSError: As `open_account` does.
        """
        with ExitStack() as undo:
            undo.callback(self._storage.close)
            self.account = open_account(self.config, self._storage, self._admit)
            undo.callback(self.account.close)
            self.salt = self._storage.salt()
            self._read_aliases()
            self._sender, self._sending, self.outbox = self._new_outbox()
            threading.Thread(target=self._check, name="check", daemon=True).start()
            self.sync.start()
            self._sending.start()
            if self._watch is not None:
                self._watch.start()
            undo.pop_all()

    def check_now(self) -> float:
        """Sync as soon as the API allows it, or ask the process that syncs; seconds until then."""
        if self._watch is None or self.account.mirror.is_writer:
            return self.sync.ask()
        self._watch.hint()
        return 0.0

    def stop(self) -> None:
        """Stop the threads, and the sandbox if this process started it; takes seconds whatever the API does.

        A draft without an answer becomes unknown, and is looked up after the next start; waiting drafts go on
        waiting. A failure, such as a full disk, does not prevent the other steps.
        """
        self._stopped.set()
        self.imports.writer.stopped.set()
        if self._watch is not None:
            self._watch.close()
        self.sync.request_stop()
        with ExitStack() as last_to_first:
            last_to_first.callback(self._storage.close)
            if self.peers is not None:
                last_to_first.callback(self.peers.leave)
            last_to_first.callback(self.account.disconnect)
            last_to_first.callback(
                self.sync.join, STOPPED_WITHIN
            )  # before the sandbox stops: the thread may be restarting it
            last_to_first.callback(self.account.mirror.close)
            last_to_first.callback(self._stop_sending)

    def _stop_sending(self) -> None:
        if self._sender is None or self._sending is None:
            return
        self._sending.request_stop()
        self.account.loop.close()  # so that neither thread makes another request
        if not self._sending.join(STOPPED_WITHIN):
            with suppress(LeaseLostError):  # whoever has it by now looks the draft up
                self._sender.abandon()

    def _new_outbox(self) -> tuple[Sender, SenderThread, Outbox]:
        mirror = self.account.mirror
        drafts = self._storage.drafts
        sender = Sender(self._storage.sent_drafts, self.account, self._created, self.budget.take_bulk)
        sender.unleased = drafts
        thread = SenderThread(sender)
        names = lambda: [mirror.account, *sender.names]  # noqa: E731 - the first one at once after a reconnect
        outbox = Outbox(drafts, names, mirror.now, mirror.item, thread.wake)
        sender.settled = outbox.settled
        outbox.pause, outbox.problem = lambda: sender.pause, lambda: sender.problem
        outbox.in_hand = lambda: sender.in_hand
        self.imports = Imports(drafts.imports, outbox, mirror, self.budget.per_minute)
        return sender, thread, outbox

    def _admit(self, urgent: bool) -> None:  # noqa: FBT001 - as the client calls it
        """Wait until the client may make a request. Those that are urgent are the sender's."""
        if urgent and self._sender is not None and self._sender.prepaid:
            self._sender.prepaid = False
            return
        self.budget.take(urgent=urgent)

    def _created(self, item: Feedback, draft: DraftRow) -> None:
        """Show an item; a look at the list follows at once for a person's, and for bulk rows as often as usual."""
        self.sync.ask(REFRESH_EVERY if draft.is_bulk else OWN_EVERY)  # also after failed syncs: Loop answers again
        self.account.mirror.add(item)

    def _look(self) -> None:
        """Sync once; when that fails, restart a sandbox that has died."""
        self._read_aliases()
        if self.peers is not None:
            self.peers.announce()
        self._tell()  # of the stored copy, before the first sync
        try:
            self.account.mirror.sync()
        except LoopError:
            if not self._stopped.is_set():
                self.account.revive_sandbox()
            raise
        finally:
            if self._sending is not None:
                self._sending.wake()  # unknown drafts are looked for in what the list has shown
            self._tell()

    def _heard(self, before: Seen, now: Seen) -> None:
        """Do at once what follows from what another process has stored, or from a database that answers again."""
        if now.drafts != before.drafts and self._sending is not None:
            self._sending.wake()
        if isinstance(self.account.mirror.state().error, StoreError):
            self.sync.ask(0.0)
        elif self.account.mirror.is_writer:
            if now.hints != before.hints:
                self.sync.ask()
        elif now.change != before.change or now.is_free:
            self.sync.ask(0.0)

    def _read_aliases(self) -> None:
        """Show tags by the rules of the file, if it has changed."""
        if (rules := self.aliases.changed()) is not None:
            self.account.mirror.alias(rules)

    def _tell(self) -> None:
        """Hand the snapshot on. A failure there is no reason to stop syncing."""
        try:
            if not self._stopped.is_set():
                self._synced(self.account.mirror.snapshot())
        except Exception:
            logger.exception("What follows from the newest items could not be made")

    def _check(self) -> None:
        """Check the complete stored copy once; a damaged one is set aside, and the next sync starts over."""
        try:
            self.account.mirror.check()
        except Exception:
            logger.exception("The stored copy could not be checked")
