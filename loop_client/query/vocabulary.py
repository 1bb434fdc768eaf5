"""The words that filters, links, counts and pages share: what items are told apart by, and the values that are known.

The dimensions whose items are counted come from the mirror, see `cube.DIMENSIONS`; people are beside them: they are
too many to be counted so.
"""

from __future__ import annotations

from typing import Final

from loop_client.mirror import cube

LABELS: Final = {"status": "Status", "sentiment": "Sentiment", "tag": "Tag", "source": "Source", "user": "Person"}
"""Dimension → its label, in the order in which filters and links have them. A dimension is a field of `Filters`."""

COUNTED: Final = tuple(name for name in LABELS if name in cube.DIMENSIONS)
"""The dimensions by which items are counted: their columns are called as they are."""

DIMENSIONS: Final = tuple(LABELS)

COLUMN_OF: Final = {**{name: name for name in COUNTED}, "user": "user_id"}
"""Dimension → column of a snapshot's frame."""

ABSENT: Final = {name: f"No {name}" for name in COUNTED}
"""Dimension → the word for an absent value: in counts, filters and links, and on every page."""

NOT_SET: Final = "(not set)"
"""The word for an absent value of any dimension in links and saved views that are older than `ABSENT`."""

SENTIMENTS: Final = ("negative", "neutral", "positive")
"""The documented sentiments, worst first. Source: "Create feedback", parameter `sentiment`."""

STATUSES: Final = ("open", "resolved")
"""The documented statuses. Source: "Retrieve feedback", parameter `status`."""

DOCUMENTED: Final = {"status": STATUSES, "sentiment": SENTIMENTS}
"""Dimension → its documented values, for those that have some."""

SORTS: Final = ("newest first", "oldest first", "most urgent")
"""The orders of a list; the first one is meant where none is asked for."""

LIST_COLUMNS: Final = ("sentiment", "tag", "source", "person", "status", "age", "created")
"""What can stand beside the message in a list."""

MEASURES: Final = {"counts": "items", "shares": "share"}
"""What a chart over time can measure, the first where nothing is asked for → column."""

BUCKETS: Final = ("day", "week", "month")
"""What a chart over time can have its time cut into."""
