"""Random frames of items, for properties that compare reports with a plain count of the rows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
from hypothesis import strategies as st

from loop_client.mirror import Coverage, Snapshot, columns, cube
from loop_client.mirror.rows import Row, table_of
from loop_client.mirror.zones import UTC_DAYS, Zone
from loop_client.models import Feedback, User
from loop_client.query import ABSENT, named

if TYPE_CHECKING:
    from collections.abc import Iterable

TAGS = [None, "exports", "Exports", "billing", "(not set)", "No tag", "(other tags)", "ünïcode", "*md*"]


def item(number: int = 0, **values: Any) -> Feedback:  # noqa: ANN401 - any field of an item
    """An item with default values."""
    plain = {
        "id": f"fb_{number}",
        "user": User(id=values.pop("user_id", "u_1")),
        "message": "The CSV export timed out.",
        "sentiment": "negative",
        "source": "in-app-widget",
        "tag": "exports",
        "status": "open",
        "created_at": datetime(2026, 6, 19, 14, 2, 11, tzinfo=UTC),
    }
    return Feedback(**{**plain, **values})


def items_frame(items: Iterable[Feedback]) -> pd.DataFrame:
    """The items as the frame of a snapshot."""
    return columns.of_table(table_of(Row.of(item, 1) for item in items))


def snapshot_of(frame: pd.DataFrame, coverage: Coverage | None = None, zone: Zone = UTC_DAYS) -> Snapshot:
    """A snapshot of that frame, complete by default."""
    return Snapshot(frame, cube.cells_of(frame, zone), 1, coverage or Coverage(complete=True), zone=zone)


def records(items: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows as dicts, with the names of the counts, and None for absent values."""

    def called(column: str, value: Any) -> Any:  # noqa: ANN401 - a cell
        return None if pd.isna(value) else named(column, value) if column in ABSENT else value

    return [
        {str(column): called(str(column), value) for column, value in row.items()} for row in items.to_dict("records")
    ]


@st.composite
def items_frames(draw: st.DrawFn, most: int = 60) -> pd.DataFrame:
    """Frames of up to `most` items, newest first, with all kinds of absent, unknown and repeated values."""
    rows: list[dict[str, Any]] = draw(
        st.lists(
            st.fixed_dictionaries(
                {
                    "status": st.sampled_from(["open", "resolved", "archived"]),
                    "sentiment": st.sampled_from([None, "negative", "neutral", "positive", "mixed", "(not set)"]),
                    "tag": st.sampled_from(TAGS),
                    "source": st.sampled_from([None, "email", "in-app-widget", "(not set)"]),
                    "user_id": st.sampled_from(["u_1", "u_2", "u_3"]),
                    "message": st.text("aBxX1 $.(é日\u202e", max_size=12) | st.text(max_size=12),
                    "created_at": st.datetimes(
                        min_value=datetime(2025, 12, 20),  # noqa: DTZ001 - hypothesis adds the zone
                        max_value=datetime(2026, 3, 5),  # noqa: DTZ001
                        timezones=st.just(UTC),
                    ),
                }
            ),
            max_size=most,
        )
    )
    rows.sort(key=lambda row: row["created_at"], reverse=True)
    return items_frame(item(number, **row) for number, row in enumerate(rows))


@st.composite
def counted_frames(draw: st.DrawFn) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Items and their cells after other items came and went, so that some cells cancel out."""
    items, others = draw(items_frames()), draw(items_frames(most=8))
    passing = cube.patched(cube.cells_of(items), items_frame(()), others)
    return items, cube.patched(passing, others, items_frame(()))
