"""The walk: all pages of a list, one after the other, with protection against faulty cursors."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from loop_client.errors import InvalidRequestError, PaginationError, TooLargeError
from loop_client.models import Feedback, FeedbackPage, Progress, Text
from loop_client.retry import Call, http_date

OnPage = Callable[[Progress], None] | None
RESTARTS = 3  # most restarts of a walk whose cursor was refused, each only if the last one brought new items
IDLE_PAGES = 3  # pages in a row without a new item after which a walk is stuck


@dataclass(slots=True)
class WalkStats:
    """Counts of a walk so far. `items`: yielded, each once. `duplicates`: seen again and not yielded."""

    pages: int = 0
    requests: int = 0
    items: int = 0
    duplicates: int = 0
    rejected: int = 0


class Walk:
    """An iterable of items that reports its progress, and can be resumed.

    `cursor`: where another walk can resume without losing an item. `next_cursor`: where a walk can resume that has all
    items yielded so far. `complete`: the end of the list was reached. `rejections`: the reasons for the last 100 items
    that were set aside. `most_pages`, `most_requests`, `most_seconds`: limits after which the list counts as endless.
    After an error, iterating again requests the failed page again; items already yielded are not repeated.
    Source: "Pagination" in the API reference.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - made by `iter` alone
        self,
        ask: Callable[[int, Text, int], FeedbackPage],
        call: Call,
        page_size: int,
        cursor: Text,
        max_items: int | None,
        on_page: OnPage,
    ) -> None:
        """Send nothing yet. `ask`: requests a page, given its size, cursor and number."""
        self.stats, self.complete, self.cursor = WalkStats(), False, cursor
        self.rejections: deque[str] = deque(maxlen=100)
        self.most_pages, self.most_requests, self.most_seconds = 1_000_000, 1_500_000, 7 * 24 * 3600.0
        self._ask, self._call, self._size, self._page_size = ask, call, page_size, page_size
        self._max_items, self._on_page, call.on_wait = max_items, on_page, self._report
        self._first = self.next_cursor = cursor
        self._pending: deque[Feedback] = deque()
        self._seen: set[str] = set()
        self._cursors = {cursor}
        self._idle, self._patient_until, self._restarts, self._seen_at_restart = 0, 0, 0, -1
        self._oldest: datetime | None = None
        self._wrong, self._started = "", time.monotonic()

    @property
    def date(self) -> datetime | None:
        """The server's time at its last answer, to the second; None if it sent none."""
        return http_date(self._call.date)

    def __iter__(self) -> Iterator[Feedback]:
        """Yield the remaining items. Raises PaginationError when pagination is stuck."""
        self._call.waited, self._started = 0.0, time.monotonic()
        while (self._max_items is None or self.stats.items < self._max_items) and self._has_pending():
            self.stats.items += 1
            yield self._pending.popleft()

    def pages(self) -> Iterator[deque[Feedback]]:
        """Yield the remaining items a page at a time, which is cheaper; `max_items` does not apply."""
        self._call.waited, self._started = 0.0, time.monotonic()
        while self._has_pending():
            items, self._pending = self._pending, deque()
            self.stats.items += len(items)
            yield items

    def _has_pending(self) -> bool:
        """Request pages until there is an item to yield; False at the end of the list."""
        while not self._pending:
            self.cursor = self.next_cursor
            if self.complete:
                return False
            self._next_page()
        return True

    def _next_page(self) -> None:
        """Request the next page and queue its new items."""
        stats, late = self.stats, time.monotonic() - self._started > self.most_seconds
        wrong, self._wrong = self._wrong, ""
        if late or stats.pages >= self.most_pages or stats.requests >= self.most_requests:
            wrong = "the list has no end"
        if wrong:
            raise PaginationError(f"Pagination is stuck: {wrong} (page {stats.pages:,}). The walk is not complete.")
        try:
            page = self._ask(self._size, self.next_cursor, stats.pages + 1)
        except TooLargeError:
            if self._size == 1:
                raise
            self._size = 10 if self._size > 10 else 1
            return
        except InvalidRequestError:
            if (
                self.next_cursor == self._first
                or self._restarts >= RESTARTS
                or len(self._seen) <= self._seen_at_restart
            ):
                raise
            self._restarts, self._seen_at_restart = self._restarts + 1, len(self._seen)
            self.next_cursor, self._cursors = self._first, {self._first}
            self._idle, self._patient_until = 0, 2 * stats.pages + IDLE_PAGES  # the first pages are known already
            return
        finally:
            stats.requests = self._call.requests
        self._size = min(self._page_size, 10 * self._size)
        self._take(page)
        self._report(0.0)

    def _take(self, page: FeedbackPage) -> None:
        """Queue the page's new items and move to its cursor; a faulty cursor raises only after these items."""
        new = {item.id: item for item in page.data if item.id not in self._seen}
        self._seen.update(new)
        self._pending.extend(new.values())
        self.stats.pages += 1
        self.stats.duplicates += len(page.data) - len(new)
        self.stats.rejected += len(page.rejected)
        self.rejections.extend(page.rejected)
        if self._on_page and new:
            oldest = min(item.created_at for item in new.values())
            self._oldest = min(oldest, self._oldest or oldest)
        self._idle = 0 if new or page.rejected else self._idle + 1
        if not page.has_more:
            self.complete, self.next_cursor = True, None
        elif not page.next_cursor:
            self._wrong = "there is more, but no cursor"
        elif page.next_cursor in self._cursors:
            self._wrong = "a cursor was repeated"
        else:
            if self._idle >= IDLE_PAGES and self.stats.pages >= self._patient_until:
                self._wrong, self._idle = f"{self._idle} pages in a row had nothing new", 0
            self._cursors.add(page.next_cursor)
            self.next_cursor = page.next_cursor

    def _report(self, waiting: float) -> None:
        if self._on_page:
            how_far = partial(Progress, pages=self.stats.pages, requests=self._call.requests, items=len(self._seen))
            self._on_page(how_far(oldest=self._oldest, waiting=waiting, complete=self.complete))
