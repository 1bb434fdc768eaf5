"""The words that filters, links, counts and pages share: dimensions, their documented values, and absent values.

The counted dimensions come from the mirror, see `cube.DIMENSIONS`. People are a dimension too, but too many for the
cube.
"""

from __future__ import annotations

from typing import Final

from loop_client.mirror import cube

LABELS: Final = {"status": "Status", "sentiment": "Sentiment", "tag": "Tag", "source": "Source", "user": "Person"}
"""Dimension → its label, in the order in which filters and links have them. A dimension is a field of `Filters`."""

COUNTED: Final = tuple(name for name in LABELS if name in cube.DIMENSIONS)
"""The dimensions that the cube counts by; each is also the name of a column."""

DIMENSIONS: Final = tuple(LABELS)

COLUMN_OF: Final = {**{name: name for name in COUNTED}, "user": "user_id"}
"""Dimension → column of a snapshot's frame."""

ABSENT: Final = {name: f"No {name}" for name in COUNTED}
"""Dimension → the name of an absent value, in counts, filters and links and on every page."""

NOT_SET: Final = "(not set)"
"""The name of an absent value of any dimension in links and saved views that are older than `ABSENT`."""

SENTIMENTS: Final = ("negative", "neutral", "positive")
"""The documented sentiments, worst first. Source: "Create feedback", parameter `sentiment`."""

STATUSES: Final = ("open", "resolved")
"""The documented statuses. Source: "Retrieve feedback", parameter `status`."""

DOCUMENTED: Final = {"status": STATUSES, "sentiment": SENTIMENTS}
"""Dimension → its documented values, if it has any."""

SORTS: Final = ("newest first", "oldest first", "most urgent")
"""The orders of a list; the first one is the default."""

LIST_COLUMNS: Final = ("sentiment", "tag", "source", "person", "status", "age", "created")
"""The columns that a list can have beside the message."""

MEASURES: Final = {"counts": "items", "shares": "share"}
"""Measure of a chart over time → column; the first one is the default."""

TAG_ORDERS: Final = {
    "negative items": "negative",
    "items": "items",
    "negative share": "share_low",
    "growth": "change_low",
    "people": "people",
}
"""Order of the tags → column of `report.tag_table`, greatest first; the first order is the default."""

PEOPLE_ORDERS: Final = {
    "whom to call": "weight",
    "items": "items",
    "negative share": "share_low",
    "open negative": "open_negative",
    "open": "open",
    "last said": "last_said",
    "first said": "first_said",
}
"""Order of people → column of `report.people_table`, greatest first, except `first_said`; the first is the default."""

COMPARISONS: Final = ("previous period", "other days", "around a day")
"""What the page Changes compares: the period with the one before or with other days, or the days around one."""

BUCKETS: Final = ("day", "week", "month")
"""The buckets of a chart over time."""
