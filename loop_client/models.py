"""The types that the API's answers are decoded into."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

Text = str | None  # a field or filter that may be absent


class User(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """The person who gave the feedback. `id`: the product's own stable identifier."""

    id: str


class Feedback(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,  # a page with unknown fields is decoded item by item, which stores them in `extra`
    gc=False,  # JSON has no cycles, and a collector that visits every item doubles the time of a walk
    rename={"created_at": "createdAt", "extra": "(extra)"},
):
    """One item. Source: "Create feedback", response.

    `sentiment`: "positive", "neutral", "negative", or any other value that the API sends. `sentiment`, `source` and
    `tag` are None when absent. `status`: "open" or "resolved". `created_at`: aware, UTC. `extra`: undocumented fields.
    """

    id: str
    user: User
    message: str
    sentiment: Text = None
    source: Text = None
    tag: Text = None
    status: Text = None
    created_at: datetime
    extra: dict[str, Any] = {}


class FeedbackPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a list, newest first; iterating it gives its own items, never the next page's.

    `next_cursor`: cursor of the next page. `has_more`: whether there is one. `rejected`: a reason for each item that
    could not be read and was set aside. Source: "List feedback", response.
    """

    data: tuple[Feedback, ...]
    next_cursor: Text = None
    has_more: bool = False
    rejected: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Feedback]:
        """The items of this page."""
        return iter(self.data)


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """The progress of a walk: `pages`, `requests` and `items` so far, and the creation time of its `oldest` item.

    `waiting`: seconds until the next attempt, 0.0 outside a pause. `complete`: the end of the list was reached.
    """

    pages: int
    requests: int
    items: int
    oldest: datetime | None
    waiting: float = 0.0
    complete: bool = False
