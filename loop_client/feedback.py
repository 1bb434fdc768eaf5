"""`loop.feedback`: create an item, list one page, walk them all, or have them as a frame."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any

from loop_client import decode
from loop_client.errors import APIConnectionError, APIStatusError, CreateOutcomeUnknown, LoopError, ResponseError
from loop_client.frames import items_frame
from loop_client.retry import Call, after_status
from loop_client.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from loop_client.client import Answer, Loop
    from loop_client.models import Feedback, FeedbackPage, Progress

CLOCK_GRAIN = timedelta(seconds=2)
"""How much older than the send a new item may seem: `Date` has whole seconds."""

LOOKS = (0.0, 1.0, 3.0)
"""Seconds before each look for an item whose answer was lost."""

REMEMBERED = 2000
"""Ids at the head of the list of which the first sight is remembered."""


class FeedbackResource:
    """The two endpoints. Source: "Feedback API" in the API reference."""

    def __init__(self, loop: Loop) -> None:
        """Belong to a client."""
        self._loop = loop
        self._lock = threading.Lock()
        self._first_seen: OrderedDict[str, float] = OrderedDict()
        self._claimed: set[str] = set()

    def create(
        self,
        *,
        user: Mapping[str, str],
        message: str,
        sentiment: str | None = None,
        source: str | None = None,
        tag: str | None = None,
    ) -> Feedback:
        """Store one item and return it as Loop stored it, with its id, status and time.

        When the answer is lost the item is looked up, newest first, and returned if it is there. A create is sent a
        second time only if the first provably did not arrive, or Loop answered 429 or 500.

        Source: `POST /v2/feedback`, "Create feedback".

        Raises:
            InvalidRequestError: Loop refused a field; its message names it.
            CreateOutcomeUnknown: The answer was lost and the item is not in the list: it may be stored, or not.
            LoopError: It was not stored, for the reason given.
        """
        optional = {"sentiment": sentiment, "source": source, "tag": tag}
        body = {"user": dict(user), "message": message, **{n: v for n, v in optional.items() if v is not None}}
        call, sent_at = Call(), time.monotonic()
        try:
            item = self._loop.send(
                call, "POST", lambda answer, where: decode.feedback_item(answer.body, where), body=body
            )
        except (APIConnectionError, APIStatusError, ResponseError) as error:
            if isinstance(error, APIConnectionError) and not error.sent:
                raise
            if isinstance(error, APIStatusError) and after_status("POST", error.status_code) != "unknown":
                raise
            return self._looked_up(call, body, sent_at, error)
        self._claim(item.id)
        return item

    def list(
        self,
        *,
        status: str | None = None,
        sentiment: str | None = None,
        tag: str | None = None,
        limit: int = 20,
        cursor: str | None = None,
    ) -> FeedbackPage:
        """One page of up to `limit` (1-100) items, newest first, in one request; it never pages on.

        Source: `GET /v2/feedback`, "List feedback".

        Raises:
            ValueError: `limit` is out of range; nothing was sent.
            LoopError: There is no page, for the reason given.
        """
        return self.page(Call(), _filters(status, sentiment, tag), limit, cursor)[0]

    def iter(  # noqa: PLR0913 - the API's filters and the walk's bounds, all by keyword
        self,
        *,
        status: str | None = None,
        sentiment: str | None = None,
        tag: str | None = None,
        page_size: int = 100,
        cursor: str | None = None,
        max_items: int | None = None,
        on_page: Callable[[Progress], None] | None = None,
    ) -> Walk:
        """All items, newest first, page by page as they are asked for; see `Walk`.

        `max_items`: stop after so many in all. `on_page`: called after each page, and about once a second while a
        retry waits.

        Raises:
            ValueError: `page_size` is out of range; nothing was sent.
        """
        filters = _filters(status, sentiment, tag)
        return Walk(self, Call(), filters, _checked(page_size), cursor, max_items, on_page)

    def to_frame(
        self,
        *,
        status: str | None = None,
        sentiment: str | None = None,
        tag: str | None = None,
        on_page: Callable[[Progress], None] | None = None,
    ) -> pd.DataFrame:
        """One row per item, newest first; columns and dtypes as `frames.items_frame` declares them, also for 0 rows.

        A page that fails fails the whole. Source: `GET /v2/feedback`, "List feedback" and "Pagination".

        Raises:
            LoopError: The walk did not reach its end, for the reason given.
        """
        walk = self.iter(status=status, sentiment=sentiment, tag=tag, on_page=on_page)
        items = items_frame(chain.from_iterable(walk.pages()))
        if items["created_at"].is_monotonic_decreasing:
            return items
        return items.sort_values("created_at", ascending=False, kind="stable", ignore_index=True)

    def page(
        self, call: Call, filters: Mapping[str, str], limit: int, cursor: str | None, number: int | None = None
    ) -> tuple[FeedbackPage, datetime | None]:
        """One page, and the server's clock; the one place that asks for a page."""
        params = {**filters, "limit": str(_checked(limit)), **({"cursor": cursor} if cursor else {})}

        def read(answer: Answer, where: str) -> tuple[FeedbackPage, datetime | None]:
            decoded = decode.page_without_item if answer.cut else decode.feedback_page
            return decoded(answer.body, where), answer.date

        page, date = self._loop.send(call, "GET", read, params=params, page=number, skim=limit == 1)
        if cursor is None:
            with self._lock:
                for item in page:
                    self._first_seen.setdefault(item.id, time.monotonic())
                while len(self._first_seen) > REMEMBERED:
                    self._first_seen.popitem(last=False)
        return page, date

    def _looked_up(self, call: Call, body: dict[str, Any], sent_at: float, lost: LoopError) -> Feedback:
        """The item whose answer was lost: equal in all five fields, new since the send, no other submission's."""
        for pause in LOOKS:
            if call.waited + pause > self._loop.max_wait:
                break
            self._loop.pause(call, pause)
            try:
                page, date = self.page(call, {}, 100, None)
            except LoopError:
                continue
            since = (date or datetime.now(UTC)) - timedelta(seconds=time.monotonic() - sent_at) - CLOCK_GRAIN
            for item in page:
                new = item.created_at >= since and self._first_seen.get(item.id, sent_at) >= sent_at
                if new and _sent(item) == body and self._claim(item.id):
                    return item
        text = "Loop's answer was lost, and the item is not in the list: it may have been stored, or not."
        raise CreateOutcomeUnknown(f"{text} {lost}") from lost

    def _claim(self, item_id: str) -> bool:
        """Make the item this submission's; False when it is another's."""
        with self._lock:
            free = item_id not in self._claimed
            self._claimed.add(item_id)
            return free


def _sent(item: Feedback) -> dict[str, Any]:
    optional = {"sentiment": item.sentiment, "source": item.source, "tag": item.tag}
    return {
        "user": {"id": item.user.id},
        "message": item.message,
        **{n: v for n, v in optional.items() if v is not None},
    }


def _filters(status: str | None, sentiment: str | None, tag: str | None) -> dict[str, str]:
    filters = {"status": status, "sentiment": sentiment, "tag": tag}
    return {name: value for name, value in filters.items() if value is not None}


def _checked(limit: int) -> int:
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= 100:
        raise ValueError(f"limit and page_size must be whole numbers from 1 to 100, unlike {limit!r}")
    return limit
