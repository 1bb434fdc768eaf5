"""The walk: all pages of a list, one after the other, whatever the cursors do."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loop_client.errors import InvalidRequestError, PaginationError, TooLargeError
from loop_client.models import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from loop_client.feedback import FeedbackResource
    from loop_client.models import Feedback, FeedbackPage
    from loop_client.retry import Call

RESTARTS = 3
"""How often a walk whose cursor was refused starts again, while each start brings new items."""

IDLE_PAGES = 3
"""Pages in a row without a new item, after which a walk leads nowhere."""

MOST_PAGES, MOST_REQUESTS, LONGEST = 1_000_000, 1_500_000, 7 * 24 * 3600.0
"""Pages, requests and seconds after which a walk is taken for endless."""


@dataclass(slots=True)
class WalkStats:
    """What a walk has done so far. `items`: given out, each once; `duplicates`: seen again and not given out."""

    pages: int = 0
    requests: int = 0
    items: int = 0
    duplicates: int = 0
    rejected: int = 0


class Walk:
    """An iterable of items that tells at any time how far it is, and goes on where it stopped.

    `cursor`: where another walk can go on without losing an item. `complete`: the end of the list was reached.
    `rejections`: the reasons for the last 100 items that were set aside. After an error, iterating again asks for the
    page that failed; what was given out is not given out again. Source: "Pagination" in the API reference.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - made by `iter` alone
        self,
        feedback: FeedbackResource,
        call: Call,
        filters: Mapping[str, str],
        page_size: int,
        cursor: str | None,
        max_items: int | None,
        on_page: Callable[[Progress], None] | None,
    ) -> None:
        """Ask nothing yet."""
        self.stats, self.complete, self.cursor = WalkStats(), False, cursor
        self.rejections: deque[str] = deque(maxlen=100)
        self._feedback, self._call, self._filters, self._page_size = feedback, call, filters, page_size
        self._max_items, self._on_page, call.on_wait = max_items, on_page, self._tell
        self._first = self._next = cursor
        self._pending: deque[Feedback] = deque()
        self._seen: set[str] = set()
        self._cursors = {cursor}
        self._idle, self._patience, self._restarts, self._seen_at_restart = 0, IDLE_PAGES, 0, -1
        self._oldest: datetime | None = None
        self._wrong = ""
        self._started = time.monotonic()

    def __iter__(self) -> Iterator[Feedback]:
        """The items that were not given out yet.

        Raises:
            PaginationError: The pages do not lead to an end.
            LoopError: A page could not be had, for the reason given.
        """
        self._call.waited = 0.0
        most = float("inf") if self._max_items is None else self._max_items
        while self.stats.items < most and self._more():
            self.stats.items += 1
            yield self._pending.popleft()

    def pages(self) -> Iterator[Sequence[Feedback]]:
        """The same, a page at a time and without `max_items`."""
        self._call.waited = 0.0
        while self._more():
            items = tuple(self._pending)
            self._pending.clear()
            self.stats.items += len(items)
            yield items

    def _more(self) -> bool:
        """Whether there is an item to give out, after asking for pages until there is."""
        while not self._pending:
            self.cursor = self._next
            if self.complete:
                return False
            if self._wrong:
                wrong, self._wrong = self._wrong, ""
                raise PaginationError(f"{wrong} (page {self.stats.pages}). The walk is not complete.")
            self._turn()
        return True

    def _turn(self) -> None:
        """Ask for the next page and queue its new items."""
        stats, long = self.stats, time.monotonic() - self._started > LONGEST
        if stats.pages >= MOST_PAGES or self._call.requests >= MOST_REQUESTS or long:
            raise PaginationError(f"Loop's list has no end after {stats.pages:,} pages. The walk is not complete.")
        page = self._page()
        if page is None:
            return
        stats.pages += 1
        stats.rejected += len(page.rejected)
        self.rejections.extend(page.rejected)
        ids = [item.id for item in page.data]
        new: Sequence[Feedback] = page.data
        if len(set(ids)) < len(ids) or not self._seen.isdisjoint(ids):
            firsts = {item.id: item for item in reversed(page.data)}
            new = [item for item in page.data if firsts[item.id] is item and item.id not in self._seen]
        self._seen.update(ids)
        stats.duplicates += len(page.data) - len(new)
        self._pending.extend(new)
        if new:
            self._oldest = min([item.created_at for item in new] + ([self._oldest] if self._oldest else []))
        self._idle = 0 if new or page.rejected else self._idle + 1
        self._go_on(page)
        self._tell(0.0)

    def _page(self) -> FeedbackPage | None:
        """The next page, asked for in smaller ones when it is too large; None when the walk starts again instead."""
        while True:
            try:
                number = self.stats.pages + 1
                return self._feedback.page(self._call, self._filters, self._page_size, self._next, number)[0]
            except TooLargeError:
                if self._page_size == 1:
                    raise
                self._page_size = 10 if self._page_size > 10 else 1
            except InvalidRequestError:
                known = len(self._seen)
                if self._next == self._first or self._restarts >= RESTARTS or known <= self._seen_at_restart:
                    raise
                self._restarts, self._seen_at_restart = self._restarts + 1, known
                self._next, self._cursors = self._first, {self._first}
                self._idle, self._patience = 0, self.stats.pages + IDLE_PAGES
                return None
            finally:
                self.stats.requests = self._call.requests

    def _go_on(self, page: FeedbackPage) -> None:
        """Take the page's cursor; one that leads nowhere is told once the page's items are given out."""
        if not page.has_more:
            self.complete, self._next = True, None
            return
        if not page.next_cursor:
            self._wrong = "Loop says that there is more but gives no cursor"
        elif page.next_cursor in self._cursors:
            self._wrong = "Loop gave a cursor a second time"
        elif self._idle >= self._patience:
            self._wrong = f"{self._idle} pages in a row held nothing new"
        else:
            self._cursors.add(page.next_cursor)
            self._next = page.next_cursor

    def _tell(self, waiting: float) -> None:
        if self._on_page:
            pages, requests, items = self.stats.pages, self._call.requests, len(self._seen)
            self._on_page(Progress(pages, requests, items, self._oldest, waiting, self.complete))
