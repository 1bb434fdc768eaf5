"""The options of the filters and their counts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from loop_client.query import ABSENT, COUNTED, Filters, named, offered, option_counts, views
from tests.frames import item, items_frame, items_frames, snapshot_of
from tests.loop_client.query.test_views import SHARED

if TYPE_CHECKING:
    import pytest

SOME = SHARED | st.just(Filters(tag=("exports",), source=("email",), text="b"))


@given(items_frames(), SOME)
def test_an_option_counts_the_items_that_pass_the_other_filters(items: pd.DataFrame, filters: Filters) -> None:
    """Each number is that of the items with this value which pass all filters but those of its own dimension."""
    snapshot = snapshot_of(items)

    counted = option_counts(snapshot, filters)

    assert counted.keys() == set(COUNTED)
    for field, counts in counted.items():
        others = replace(filters, tag=()) if field == "tag" else replace(filters, source=())
        others = others if field in {"tag", "source"} else replace(filters, **{field: ()})  # type: ignore[arg-type]
        rows = items.iloc[others.rows(snapshot)]
        expected: dict[str, int] = {}
        for value in rows[field]:
            name = ABSENT[field] if pd.isna(value) else named(field, value)
            expected[name] = expected.get(name, 0) + 1
        assert counts == expected
        assert not filters.needs_rows or set(counts) <= {*offered(snapshot)[field]}


def test_a_long_search_counts_no_options(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a large account a search counts only what is shown."""
    monkeypatch.setattr(views, "MOST_SEARCHED", 1)
    snapshot = snapshot_of(items_frame([item(1), item(2)]))

    assert option_counts(snapshot, Filters(text="csv")) == {}
    assert option_counts(snapshot, Filters(tag=("none",)))["tag"] == {"exports": 2}
