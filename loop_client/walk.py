"""The walk: all pages of a list, one after the other, whatever the cursors do."""

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
RESTARTS = 3  # of a walk whose cursor was refused, while each start brings new items
IDLE_PAGES = 3  # in a row without a new item, after which a walk leads nowhere


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

    `cursor`: where another walk can go on without losing an item; `next_cursor`: where one can that has all which was
    given out. `complete`: the end of the list was reached.
    `rejections`: the reasons for the last 100 items that were set aside. `most_pages`, `most_requests`,
    `most_seconds`: after which the list is taken for endless. After an error, iterating again asks for the page that
    failed; what was given out is not given out again. Source: "Pagination" in the API reference.
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
        """Ask nothing yet; `ask` takes a page's size, cursor and number."""
        self.stats, self.complete, self.cursor = WalkStats(), False, cursor
        self.rejections: deque[str] = deque(maxlen=100)
        self.most_pages, self.most_requests, self.most_seconds = 1_000_000, 1_500_000, 7 * 24 * 3600.0
        self._ask, self._call, self._size, self._page_size = ask, call, page_size, page_size
        self._max_items, self._on_page, call.on_wait = max_items, on_page, self._tell
        self._first = self.next_cursor = cursor
        self._pending: deque[Feedback] = deque()
        self._seen: set[str] = set()
        self._cursors = {cursor}
        self._idle, self._patient_until, self._restarts, self._seen_at_restart = 0, 0, 0, -1
        self._oldest: datetime | None = None
        self._wrong, self._started = "", time.monotonic()

    @property
    def date(self) -> datetime | None:
        """What time it was for the server at its last answer, to the second; None where it does not tell."""
        return http_date(self._call.date)

    def __iter__(self) -> Iterator[Feedback]:
        """The items that were not given out yet; PaginationError where pagination is stuck."""
        self._call.waited, self._started = 0.0, time.monotonic()
        while (self._max_items is None or self.stats.items < self._max_items) and self._has_pending():
            self.stats.items += 1
            yield self._pending.popleft()

    def pages(self) -> Iterator[deque[Feedback]]:
        """The same, a page at a time, which is cheaper, and without `max_items`."""
        self._call.waited, self._started = 0.0, time.monotonic()
        while self._has_pending():
            items, self._pending = self._pending, deque()
            self.stats.items += len(items)
            yield items

    def _has_pending(self) -> bool:
        """Whether there is an item to give out, after asking for pages until there is."""
        while not self._pending:
            self.cursor = self.next_cursor
            if self.complete:
                return False
            self._turn()
        return True

    def _turn(self) -> None:
        """Ask for the next page and queue its new items."""
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
            self._idle, self._patient_until = 0, 2 * stats.pages + IDLE_PAGES  # known ground comes first
            return
        finally:
            stats.requests = self._call.requests
        self._size = min(self._page_size, 10 * self._size)
        self._take(page)
        self._tell(0.0)

    def _take(self, page: FeedbackPage) -> None:
        """Queue the page's new items and go to its cursor; one that leads nowhere is told after these items."""
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
            self._wrong = "a cursor came a second time"
        else:
            if self._idle >= IDLE_PAGES and self.stats.pages >= self._patient_until:
                self._wrong, self._idle = f"{self._idle} pages in a row held nothing new", 0
            self._cursors.add(page.next_cursor)
            self.next_cursor = page.next_cursor

    def _tell(self, waiting: float) -> None:
        if self._on_page:
            how_far = partial(Progress, pages=self.stats.pages, requests=self._call.requests, items=len(self._seen))
            self._on_page(how_far(oldest=self._oldest, waiting=waiting, complete=self.complete))
