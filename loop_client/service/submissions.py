"""Submissions: drafts sent to Loop by workers, each once, with an outcome that can be looked up."""

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

MOST_SUBMISSIONS: Final = 1000
"""Most submissions whose outcome can be looked up; the oldest are dropped first."""


@dataclass(frozen=True, slots=True)
class Draft:
    """The content of the form. Absent fields are None."""

    user_id: str
    message: str
    sentiment: str | None = None
    source: str | None = None
    tag: str | None = None


@dataclass(slots=True)
class Submission:
    """A draft and its outcome. `done` is set last: from then on, exactly one of `item` and `error` is set."""

    draft: Draft
    done: threading.Event = field(default_factory=threading.Event)
    item: Feedback | None = None
    error: LoopError | None = None


class Submissions:
    """Sends drafts in up to four worker threads, which start on demand."""

    def __init__(self, create: Callable[[Draft], Feedback], created: Callable[[Feedback], None]) -> None:
        """`create`: creates an item, or raises LoopError. `created`: called with the item, in the worker."""
        self._create, self._created = create, created
        self._submissions: OrderedDict[str, Submission] = OrderedDict()
        self._lock = threading.Lock()
        self._workers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="submit")

    def submit(self, token: str, draft: Draft) -> Submission:
        """Send the draft in a worker, once per token: for a known token, return its submission."""
        with self._lock:
            if token not in self._submissions:
                submission = self._submissions[token] = Submission(draft)
                try:
                    self._workers.submit(self._send, submission)
                except RuntimeError:  # the process is stopping, or out of threads
                    submission.error = LoopError("The dashboard cannot send now: nothing was sent. Send it again.")
                    submission.done.set()
                while len(self._submissions) > MOST_SUBMISSIONS:
                    self._submissions.popitem(last=False)
            return self._submissions[token]

    def submission(self, token: str) -> Submission | None:
        """The submission with this token, if it is still known."""
        return self._submissions.get(token)

    def close(self) -> None:
        """Accept no more drafts, and wait until running submissions have an outcome."""
        self._workers.shutdown(wait=True)

    def _send(self, submission: Submission) -> None:
        try:
            submission.item = self._create(submission.draft)
            self._created(submission.item)
        except LoopError as error:
            submission.error = None if submission.item else error
        except BaseException:  # a reader waits for an outcome
            logger.exception("A submission failed unexpectedly")
            if submission.item is None:
                text = "The dashboard failed while it sent this: Loop may or may not have stored it."
                submission.error = CreateOutcomeUnknown(text)
        finally:
            submission.done.set()
