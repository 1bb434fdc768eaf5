"""Drafts on their way to Loop: sent by workers, each once, with an outcome that can be looked up."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from loop_client import CreateOutcomeUnknown, Feedback, LoopError

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

KEPT_SUBMISSIONS: Final = 1000
"""Submissions whose outcome can still be looked up; the oldest are forgotten first."""


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


class Submissions:
    """Sends drafts in at most four workers. A worker is started when there is something to send."""

    def __init__(self, create: Callable[[Draft], Feedback], created: Callable[[Feedback], None]) -> None:
        """`create`: stores a draft as an item, or raises LoopError. `created`: called with the item, in the worker."""
        self._create, self._created = create, created
        self._submissions: OrderedDict[str, Submission] = OrderedDict()
        self._lock = threading.Lock()
        self._workers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="submit")

    def submit(self, token: str, draft: Draft) -> Submission:
        """Send the draft in a worker. A token sends once: with the same token, the same submission comes back."""
        with self._lock:
            if token not in self._submissions:
                submission = self._submissions[token] = Submission(draft)
                try:
                    self._workers.submit(self._send, submission)
                except RuntimeError:  # the process ends, or the system gives it no more threads
                    submission.error = LoopError("The dashboard cannot send now: nothing was sent. Send it again.")
                    submission.done.set()
                while len(self._submissions) > KEPT_SUBMISSIONS:
                    self._submissions.popitem(last=False)
            return self._submissions[token]

    def submission(self, token: str) -> Submission | None:
        """The submission of that token, if it is still known."""
        return self._submissions.get(token)

    def close(self) -> None:
        """Accept nothing more, and wait until what is being sent has its outcome."""
        self._workers.shutdown(wait=True)

    def _send(self, submission: Submission) -> None:
        try:
            submission.item = self._create(submission.draft)
            self._created(submission.item)
        except LoopError as error:
            submission.error = None if submission.item else error
        except BaseException:  # whatever it is, somebody waits for an outcome
            logger.exception("A submission failed unexpectedly")
            if submission.item is None:
                text = "The dashboard failed while it sent this: Loop may or may not have stored it."
                submission.error = CreateOutcomeUnknown(text)
        finally:
            submission.done.set()
