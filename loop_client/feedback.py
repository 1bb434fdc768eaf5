"""`loop.feedback`: create an item, list one page, iterate over all pages, or load all items into a frame."""

import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any

from loop_client import decode
from loop_client.errors import APITimeoutError, CreateOutcomeUnknown, LoopError
from loop_client.models import Feedback, FeedbackPage, Text
from loop_client.retry import Call, decision, http_date
from loop_client.walk import OnPage, Walk

if TYPE_CHECKING:
    import pandas as pd

    from loop_client.client import Loop

CLOCK_TOLERANCE = timedelta(seconds=2)  # a new item may seem older than its request: `Date` has whole seconds
LOOKUP_PAUSES = (0.0, 1.0, 3.0)  # seconds before each lookup of an item whose answer was lost
REMEMBERED = 2000  # ids at the head of the list whose first appearance is remembered


class FeedbackResource:
    """The two endpoints. Source: "Feedback API" in the API reference."""

    def __init__(self, loop: "Loop") -> None:
        """`loop`: the client that sends."""
        self._loop = loop
        self._lock = threading.Lock()
        self._first_seen: OrderedDict[str, float] = OrderedDict()
        self._claimed: set[str] = set()
        self._sending: set[tuple[str, ...]] = set()
        self._ended = threading.Condition()

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle as an attribute of the client."""
        return getattr, (self._loop, "feedback")

    def create(
        self, *, user: Mapping[str, str], message: str, sentiment: Text = None, source: Text = None, tag: Text = None
    ) -> Feedback:
        """Store one item and return it as Loop stored it, with its id, status and time.

        When the answer is lost, the item is looked up in the list and returned if it is there. A create is sent again
        only if the first request provably did not arrive, or Loop answered 429 or 500. Equal creates wait for each
        other. The call takes at most twice the client's `timeout`.

        Source: `POST /v2/feedback`, "Create feedback".

        Raises:
            InvalidRequestError: Loop refused a field; its message names it.
            CreateOutcomeUnknown: The answer was lost and the item is not in the list: it may or may not be stored.
            LoopError: The item was not stored, for the reason given.
        """
        body = {"user": dict(user), "message": message, **_given(sentiment=sentiment, source=source, tag=tag)}
        call = Call(until=time.monotonic() + 2 * self._loop.timeout)  # a reader waits
        texts = as_stored(user.get("id"), message, sentiment, source, tag)
        with self._alone(texts):
            return self._create(call, body, texts)

    def exclude(self, ids: Iterable[str]) -> None:
        """Never look one of these items up for a create: they belong to others, or were there before."""
        with self._lock:
            self._claimed.update(ids)

    def _create(self, call: Call, body: dict[str, Any], texts: tuple[str, ...]) -> Feedback:
        """Send, and look the item up if the answer is lost."""
        sent_at = time.monotonic()
        try:
            item = self._loop.send(call, "POST", decode.feedback_item, body=body)
        except LoopError as error:
            if decision("POST", error) != "unknown":
                raise
            return self._looked_up(call, texts, sent_at, error)
        self._claim(item.id)
        return item

    @contextmanager
    def _alone(self, texts: tuple[str, ...]) -> Iterator[None]:
        """Run equal creates one at a time: after a lost answer, one could claim the item of another."""
        with self._ended:
            if not self._ended.wait_for(lambda: texts not in self._sending, self._loop.timeout):
                text = "Nothing was sent: an equal create still waits for its answer. Look for that one first."
                raise APITimeoutError(text, sent=False)
            self._sending.add(texts)
        try:
            yield
        finally:
            with self._ended:
                self._sending.discard(texts)
                self._ended.notify_all()

    def list(
        self, *, status: Text = None, sentiment: Text = None, tag: Text = None, limit: int = 20, cursor: Text = None
    ) -> FeedbackPage:
        """One page of up to `limit` (1-100) items, newest first, in one request; it never follows cursors.

        Source: `GET /v2/feedback`, "List feedback".

        Raises:
            ValueError: `limit` is out of range; nothing was sent.
            LoopError: There is no page, for the reason given.
        """
        return self._page(Call(), _given(status=status, sentiment=sentiment, tag=tag), limit, cursor)

    def iter(  # noqa: PLR0913 - the API's filters and the walk's bounds, all by keyword
        self,
        *,
        status: Text = None,
        sentiment: Text = None,
        tag: Text = None,
        page_size: int = 100,
        cursor: Text = None,
        max_items: int | None = None,
        on_page: OnPage = None,
    ) -> Walk:
        """All items, newest first, loaded page by page on demand; see `Walk`.

        `max_items`: stop after this many. `on_page`: called after each page, and about once a second during a pause.

        Raises:
            ValueError: `page_size` is out of range; nothing was sent.
        """
        call, filters = Call(), _given(status=status, sentiment=sentiment, tag=tag)
        ask = partial(self._page, call, filters)
        return Walk(ask, call, _checked(page_size), cursor, max_items, on_page)

    def to_frame(
        self, *, status: Text = None, sentiment: Text = None, tag: Text = None, on_page: OnPage = None
    ) -> "pd.DataFrame":
        """One row per item, newest first; columns and dtypes as in `frames.items_frame`, also for 0 rows.

        If one page fails, the call fails. Source: `GET /v2/feedback`, "List feedback" and "Pagination".

        Raises:
            LoopError: The walk did not reach its end, for the reason given.
        """
        from loop_client.frames import items_frame  # noqa: PLC0415 - pandas takes half a second; other calls need none

        walk = self.iter(status=status, sentiment=sentiment, tag=tag, on_page=on_page)
        items = items_frame(chain.from_iterable(walk.pages()))
        if items["created_at"].is_monotonic_decreasing:
            return items
        return items.sort_values("created_at", ascending=False, kind="stable", ignore_index=True)

    def _page(
        self, call: Call, filters: Mapping[str, str], limit: int, cursor: Text, number: int | None = None
    ) -> FeedbackPage:
        """Request a page, and note when each id first appeared at the head of the list."""
        params = {**filters, "limit": str(_checked(limit)), **({"cursor": cursor} if cursor else {})}
        tail_only = limit == 1
        page = self._loop.send(call, "GET", decode.feedback_page, params=params, page=number, tail_only=tail_only)
        if cursor is None:
            with self._lock:
                for item in page:
                    self._first_seen.setdefault(item.id, time.monotonic())
                while len(self._first_seen) > REMEMBERED:
                    self._first_seen.popitem(last=False)
        return page

    def _looked_up(self, call: Call, texts: tuple[str, ...], sent_at: float, lost: LoopError) -> Feedback:
        """The item whose answer was lost: equal in all five fields, newer than the request, and not claimed yet."""
        for pause in LOOKUP_PAUSES:
            if not self._loop.may_pause(call, pause):
                break
            try:
                self._loop.pause(call, pause)
                page = self._page(call, {}, 100, None)
            except LoopError as error:
                if decision("GET", error) == "raise":
                    break  # such as a 401: another lookup would get the same answer
                continue
            answered_at = http_date(call.date) or datetime.now(UTC)
            since = answered_at - timedelta(seconds=time.monotonic() - sent_at) - CLOCK_TOLERANCE
            for item in page:
                new = item.created_at >= since and self._first_seen.get(item.id, sent_at) >= sent_at
                stored = as_stored(item.user.id, item.message, item.sentiment, item.source, item.tag)
                if new and stored == texts and self._claim(item.id):
                    return item
        text = "Loop's answer was lost, and the item is not in the list: it may or may not have been stored."
        raise CreateOutcomeUnknown(f"{text} {lost}") from lost

    def _claim(self, item_id: str) -> bool:
        """Claim an item for one create; False when another create has claimed it."""
        with self._lock:
            free = item_id not in self._claimed
            self._claimed.add(item_id)
            return free


def as_stored(*texts: Text) -> tuple[str, ...]:
    """The five fields of an item, sent or stored, as they are compared: cleaned, trimmed, "" if absent."""
    return tuple(decode.clean(text or "").strip() for text in texts)


def _given(**values: Text) -> dict[str, str]:
    return {name: value for name, value in values.items() if value is not None}


def _checked(limit: int) -> int:
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= 100:
        raise ValueError(f"limit and page_size must be whole numbers from 1 to 100, unlike {limit!r}")
    return limit
