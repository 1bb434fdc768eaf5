"""One item as a row of the store."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple, Self

import pyarrow as pa

from loop_client.feedback import as_stored
from loop_client.mirror.moments import alike, microseconds, moment_of
from loop_client.models import Feedback, User

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from loop_client.models import Text


class Row(NamedTuple):
    """One stored item. Times are µs since 1970, UTC.

    `tag`: as sent. `extra`: JSON of unknown fields. `first_seen`: when this mirror first saw it. `open_at`: when it was
    last seen open. `resolved_by`: when it was first seen resolved after that. `walk`: number of the last scan that had
    started when it was seen; a number, because clocks jump. `missing`: consecutive full scans that have not seen it.
    `change`: number of its last visible change.
    """

    id: str
    user_id: str
    message: str
    sentiment: Text
    source: Text
    tag: Text
    status: Text
    created_at: int
    extra: Text
    first_seen: int
    open_at: int | None
    resolved_by: int | None
    walk: int
    missing: int
    change: int

    @classmethod
    def of(cls, item: Feedback, now: int) -> Self:
        """The row of an item that is first seen at `now`."""
        return cls(
            item.id,
            item.user.id,
            item.message,
            item.sentiment,
            item.source,
            item.tag,
            item.status,
            microseconds(item.created_at),
            json.dumps(item.extra, default=str) if item.extra else None,
            now,
            now if item.status == "open" else None,
            None,
            0,
            0,
            0,
        )

    def item(self) -> Feedback:
        """The item that it is of, without unknown fields."""
        return Feedback(
            id=self.id,
            user=User(id=self.user_id),
            message=self.message,
            sentiment=self.sentiment,
            source=self.source,
            tag=self.tag,
            status=self.status,
            created_at=moment_of(self.created_at),
        )

    @property
    def texts(self) -> tuple[str, ...]:
        """The five fields that a create sends, as they are compared."""
        return as_stored(self.user_id, self.message, self.sentiment, self.source, self.tag)

    def is_of(self, item: Feedback) -> bool:
        """Whether it is the row of this item, and not of another account's item with the same id."""
        return self.id == item.id and alike(self.created_at, microseconds(item.created_at))

    def merged(self, old: Row, now: int) -> Row:
        """This row, just read, merged into the stored one; `change` is 0 if a visible value has changed."""
        was, now_open = old.status == "open", self.status == "open"
        resolved_by = now if was and self.status == "resolved" else None if now_open else old.resolved_by
        walk = max(self.walk, old.walk)
        merged = self._replace(created_at=old.created_at, first_seen=old.first_seen, walk=walk)
        merged = merged._replace(open_at=now if now_open else old.open_at, resolved_by=resolved_by)
        same = all(getattr(merged, name) == getattr(old, name) for name in SHOWN)
        return merged._replace(change=old.change if same else 0)


def merged_rows(known: Mapping[str, Row], items: Iterable[Feedback], walk: int, now: int) -> list[Row]:
    """The rows to be stored after these items were read: new ones, and those that differ from the known ones.

    `walk`: number of the last scan that had started. `change` is 0 in the rows of which a visible value is new.
    """
    found = []
    for item in items:
        row, old = Row.of(item, now)._replace(walk=walk), known.get(item.id)
        row = row if old is None else row.merged(old, now)
        if old is None or row.change == 0 or row.walk != old.walk or old.missing:
            found.append(row)
    return found


INTEGERS = {"created_at", "first_seen", "open_at", "resolved_by", "walk", "missing", "change"}
ALWAYS = {"id", "user_id", "message", "created_at", "first_seen", "walk", "missing", "change"}
COLUMNS = pa.schema(
    [pa.field(name, pa.int64() if name in INTEGERS else pa.string(), name not in ALWAYS) for name in Row._fields]
)
SHOWN = ("id", "user_id", "message", "sentiment", "source", "tag", "status", "created_at")
"""The columns of a snapshot; a change in one of them is visible."""


def table_of(rows: Iterable[Row]) -> pa.Table:
    """The rows as an Arrow table with the columns of the store."""
    values = list(zip(*rows, strict=True)) or [()] * len(COLUMNS)
    return pa.table(
        [pa.array(column, kind) for column, kind in zip(values, COLUMNS.types, strict=True)], schema=COLUMNS
    )
