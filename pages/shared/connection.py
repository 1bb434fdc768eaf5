"""The process's connection to one account: its client, its copy of the feedback, and what is being submitted.

Shared by all viewers of the process; nothing here calls `st.*`.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field

from loop_client import CreateOutcomeUnknown, Feedback, Loop, LoopError
from loop_client.mirror import Mirror
from loop_client.sandbox.child import LocalSandbox, SandboxError
from loop_client.service import Budget, SavedViews
from pages.shared import settings
from pages.shared.sync_thread import OWN_EVERY, SyncThread

logger = logging.getLogger(__name__)

KEPT_SUBMISSIONS = 1000
"""Submissions whose outcome can still be looked up; the oldest are forgotten first."""

SYNC_ENDED = LoopError(
    "The thread that reads Loop has ended; the log says why. The dashboard starts it again within a minute. "
    "If this lasts, restart the dashboard."
)


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed into the form. Absent fields are None."""

    user_id: str
    message: str
    sentiment: str | None = None
    source: str | None = None
    tag: str | None = None


@dataclass(slots=True)
class Submission:
    """One draft on its way. `done` is set last: then exactly one of `item` and `error` is there."""

    draft: Draft
    done: threading.Event = field(default_factory=threading.Event)
    item: Feedback | None = None
    error: LoopError | None = None


class Connection:
    """One account: its client, its mirror, the thread that keeps the mirror fresh, and the workers that submit."""

    def __init__(self) -> None:
        """Connect to the configured account, or to the sandbox; ask nothing yet. What fails leaves nothing behind.

        Raises:
            ConfigurationError: The key, the base URL or another setting cannot be used.
            SandboxError: There is no key, and the sandbox does not start.
            StoreError: The copy of the feedback cannot be opened.
            OSError: Another file cannot be read.
        """
        config = settings.configured()
        api_key, base_url, folder = config.api_key, config.base_url, config.folder
        self._stopped = threading.Event()
        self.budget = Budget(config.calls_per_minute, self._stopped.wait)
        self.sandbox = None if api_key else LocalSandbox(folder)
        with ExitStack() as undo:
            if self.sandbox is not None:
                undo.callback(self.sandbox.stop)
                self.sandbox.ensure()
                api_key, base_url = self.sandbox.api_key, self.sandbox.base_url
            self.loop = self._client(api_key, base_url)
            undo.callback(self.loop.close)
            account = self.sandbox.account if self.sandbox else None
            self.mirror = Mirror(self.loop, f"sqlite:///{folder / 'mirror.db'}", account, config.zone)
            undo.callback(self.mirror.close)
            self.saved_views = SavedViews(folder / "views.db")
            self._submissions: OrderedDict[str, Submission] = OrderedDict()
            self._submissions_lock = threading.Lock()
            self._workers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="submit")
            threading.Thread(target=self._check, name="check", daemon=True).start()
            self.sync = SyncThread(self._look)
            undo.pop_all()

    @property
    def failure(self) -> LoopError | None:
        """Why what is shown may be out of date; None as soon as a call has succeeded."""
        return (self.sync.failure or self.mirror.state().error) if self.sync.is_alive() else SYNC_ENDED

    def close(self) -> None:
        """Let what is being submitted end, then stop the thread and the sandbox that this process started.

        What fails, as writing to a full disk, keeps nothing else from ending.
        """
        self._workers.shutdown(wait=True)
        self._stopped.set()
        self.sync.request_stop()
        with ExitStack() as last_to_first:
            if self.sandbox is not None:
                last_to_first.callback(self.sandbox.stop)
            last_to_first.callback(self.loop.close)
            last_to_first.callback(self.sync.join)
            last_to_first.callback(self.mirror.close)

    def submit(self, token: str, draft: Draft) -> Submission:
        """Send the draft in a worker. A token sends once: with the same token, the same submission comes back."""
        with self._submissions_lock:
            if token not in self._submissions:
                submission = self._submissions[token] = Submission(draft)
                try:
                    self._workers.submit(self._create, submission)
                except RuntimeError:  # the process ends, or the system gives it no more threads
                    submission.error = LoopError("The dashboard cannot send now: nothing was sent. Send it again.")
                    submission.done.set()
                while len(self._submissions) > KEPT_SUBMISSIONS:
                    self._submissions.popitem(last=False)
            return self._submissions[token]

    def submission(self, token: str) -> Submission | None:
        """The submission of that token, if this process has one."""
        return self._submissions.get(token)

    def _client(self, api_key: str | None, base_url: str | None) -> Loop:
        loop = Loop(api_key=api_key, base_url=base_url)
        loop.admit = lambda urgent: self.budget.take(urgent=urgent)
        return loop

    def _create(self, submission: Submission) -> None:
        draft = submission.draft
        try:
            submission.item = self.loop.feedback.create(
                user={"id": draft.user_id},
                message=draft.message,
                sentiment=draft.sentiment,
                source=draft.source,
                tag=draft.tag,
            )
            self.mirror.add(submission.item)
            self.sync.ask(OWN_EVERY)  # also where looks have failed: Loop answers again
        except LoopError as error:
            submission.error = None if submission.item else error
        except BaseException:  # whatever it is, somebody waits for an outcome
            logger.exception("A submission failed unexpectedly")
            if submission.item is None:
                text = "The dashboard failed while it sent this: Loop may or may not have stored it."
                submission.error = CreateOutcomeUnknown(text)
        finally:
            submission.done.set()

    def _look(self) -> None:
        """Sync once; where that fails, start a dead sandbox again."""
        try:
            self.mirror.sync()
        except LoopError:
            self._revive_sandbox()
            raise

    def _check(self) -> None:
        """Read the stored copy through once: what is broken is set aside, and the next sync begins anew."""
        try:
            self.mirror.check()
        except Exception:
            logger.exception("The stored copy could not be checked")

    def _revive_sandbox(self) -> None:
        if self.sandbox is None or self._stopped.is_set():
            return
        try:
            self.sandbox.ensure()
        except (SandboxError, OSError):
            return  # the sync's own error says that it cannot be reached; the next round tries again
        if self.sandbox.base_url != self.loop.base_url:  # somebody else took its port meanwhile
            self.loop.close()
            self.loop = self._client(self.sandbox.api_key, self.sandbox.base_url)
        self.mirror.reconnect(self.loop, self.sandbox.account)
