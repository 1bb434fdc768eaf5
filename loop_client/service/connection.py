"""A connection to an account: its client and mirror, the sync thread, and the workers for submissions."""

from __future__ import annotations

import logging
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

from loop_client import LoopError
from loop_client.service.account import Account, open_account
from loop_client.service.budget import Budget
from loop_client.service.saved_views import SavedViews
from loop_client.service.submissions import Draft, Submissions
from loop_client.service.sync_thread import OWN_EVERY, SyncThread

if TYPE_CHECKING:
    from loop_client import Feedback
    from loop_client.service.config import Config

SYNC_ENDED: Final = LoopError(
    "The thread that reads Loop has ended; the log says why. The dashboard starts it again within a minute. "
    "If this lasts, restart the dashboard."
)

logger = logging.getLogger(__name__)


class Connection:
    """One account from `start` to `stop`, each called once."""

    account: Account
    """Set by `start`."""

    def __init__(self, config: Config) -> None:
        """Neither start nor open anything yet."""
        self.config = config
        self._stopped = threading.Event()
        self.budget = Budget(config.calls_per_minute, self._stopped.wait)
        self.saved_views = SavedViews(config.folder / "views.db")
        self.submissions = Submissions(self._create, self._created)
        self.sync = SyncThread(self._look)

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
            self.account = open_account(self.config, lambda urgent: self.budget.take(urgent=urgent))
            undo.callback(self.account.close)
            threading.Thread(target=self._check, name="check", daemon=True).start()
            self.sync.start()
            undo.pop_all()

    def stop(self) -> None:
        """Finish running submissions, then stop the thread, and the sandbox if this process started it.

        A failure, such as a full disk, does not prevent the other steps.
        """
        self.submissions.close()
        self._stopped.set()
        self.sync.request_stop()
        with ExitStack() as last_to_first:
            last_to_first.callback(self.account.disconnect)
            last_to_first.callback(self.sync.join)  # before the sandbox stops: the thread may be restarting it
            last_to_first.callback(self.account.mirror.close)

    def _create(self, draft: Draft) -> Feedback:
        return self.account.loop.feedback.create(
            user={"id": draft.user_id},
            message=draft.message,
            sentiment=draft.sentiment,
            source=draft.source,
            tag=draft.tag,
        )

    def _created(self, item: Feedback) -> None:
        self.account.mirror.add(item)
        self.sync.ask(OWN_EVERY)  # also after failed syncs: Loop answers again

    def _look(self) -> None:
        """Sync once; when that fails, restart a sandbox that has died."""
        try:
            self.account.mirror.sync()
        except LoopError:
            if not self._stopped.is_set():
                self.account.revive_sandbox()
            raise

    def _check(self) -> None:
        """Check the complete stored copy once; a damaged one is set aside, and the next sync starts over."""
        try:
            self.account.mirror.check()
        except Exception:
            logger.exception("The stored copy could not be checked")
