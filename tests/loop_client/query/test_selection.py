"""Selections of rows; that each filter selects the right ones is tested with the pages' filters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from loop_client.query import parse, selected
from tests.frames import item, items_frame, items_frames

if TYPE_CHECKING:
    import pandas as pd

VALUES = st.fixed_dictionaries(
    {"status": st.sampled_from([(), ("open",)]), "user_id": st.sampled_from([(), ("u_1", "u_2")])}
)


@given(items_frames(), VALUES, st.sampled_from(["", "x", "-x"]), st.sets(st.integers(0, 59)))
def test_among_some_rows_it_is_those_of_them_that_pass(
    items: pd.DataFrame, values: dict[str, tuple[str, ...]], text: str, some: set[int]
) -> None:
    """A selection among some rows is their intersection with the selected ones, in the order of the rows."""
    among = np.array(sorted(place for place in some if place < len(items)), np.int64)
    all_selected = selected(items, values, query=parse(text))

    assert list(selected(items, values, query=parse(text), among=among)) == [n for n in all_selected if n in set(among)]


def test_values_people_and_query_must_all_pass() -> None:
    """A row must pass the values, the people and the query."""
    items = items_frame(
        [
            item(1, message="slow"),
            item(2, message="slow", status="resolved"),
            item(3, message="fast"),
            item(4, message="slow", user_id="u_2"),
        ]
    )

    assert list(selected(items, {"status": ("open",), "user_id": ("u_1",)}, query=parse("slow"))) == [0]
