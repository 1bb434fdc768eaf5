"""Items that say the same are one row of the inbox, which can be unfolded."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop_client import report
from tests.complaints import NOW, frame_of, rows_of
from tests.pages.components.inbox.test_view_tabs import columns
from tests.pages.conftest import page, texts
from tests.sandboxes import row, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from streamlit.testing.v1 import AppTest
    from streamlit.testing.v1.element_tree import Expander

    from tests.sandboxes import RunningSandbox

TEXT = "The export of the quarterly report never ends"
ROWS = [
    row(1, message=f"{TEXT}!", user_id="u_1"),
    row(2, message="Where is the dark theme gone", user_id="u_2"),
    row(3, message=TEXT, user_id="u_3"),
    row(4, message=f"{TEXT}?", user_id="u_3"),
    row(400, message=f"{TEXT}…", user_id="u_4", status="resolved"),
]


@pytest.fixture
def alike(tmp_path: Path, connect: Callable[..., None]) -> Iterator[RunningSandbox]:
    """An account with four items that say the same, one of them resolved, and another."""
    with running_sandbox(tmp_path / "alike", items=ROWS) as sandbox:
        connect(sandbox)
        yield sandbox


def shown(app: Any) -> pd.DataFrame:  # noqa: ANN401 - an AppTest
    """The list."""
    assert not app.exception
    return pd.DataFrame(app.dataframe[0].value)


@pytest.mark.usefixtures("alike")
def test_what_says_the_same_is_one_row() -> None:
    """Where the newest stands, with items, people and trend; the counts say what is counted."""
    app = page("inbox")
    rows = shown(app)

    assert rows["message"].tolist() == [f"{TEXT}!", "Where is the dark theme gone"]
    assert (rows["items"].tolist(), rows["people"].tolist()) == ([3, 1], [2, 1])
    assert [sum(weeks) for weeks in rows["trend"]] == [3, 1]
    assert rows["first"].tolist() == ["4 h", "2 h"]
    assert "2 rows, which are 4 items" in texts(app)
    assert any(text.startswith("1 of 2") for text in texts(app))

    single = page("inbox", single="true")
    assert len(shown(single)) == 4
    assert "items" not in shown(single)
    assert "4 items" in texts(single)


@pytest.mark.usefixtures("alike")
def test_a_message_has_its_room_in_each_order() -> None:
    """Ranked rows of several items leave out two ages, which the rank says in words, so that the message has 220 px."""
    by_time, by_rank, chosen = (
        page("inbox", **query)
        for query in ({}, {"sort": "most urgent"}, {"sort": "most urgent", "columns": ["tag", "age"]})
    )

    assert columns(by_time) == ["message", "items", "people", "trend", "first", "tag", "age"]
    assert columns(by_rank) == ["message", "rank", "items", "people", "trend", "tag"]
    assert columns(chosen) == ["message", "rank", "items", "people", "trend", "tag", "age"]
    assert json.loads(by_rank.dataframe[0].proto.columns)["message"]["width"] >= 220


@pytest.mark.usefixtures("alike")
def test_a_message_keeps_its_room_beside_many_columns() -> None:
    """Where the view needs a column more, the list goes without "first" and the trend of its rows."""
    every = page("inbox", view="all")

    assert columns(every) == ["message", "items", "people", "sentiment", "tag", "age"]
    assert json.loads(every.dataframe[0].proto.columns)["message"]["width"] >= 144


def _same(app: AppTest) -> Expander:
    """The part of the pane that lists who else says the same."""
    (same,) = (one for one in app.expander if one.label.startswith("Said in"))
    return same


@pytest.mark.usefixtures("alike")
def test_a_row_is_unfolded_beside_it() -> None:
    """The items of the account that say the same, with people, first and last."""
    app = page("inbox")
    assert not _same(app).dataframe  # drawn once it is opened

    app.session_state["same"] = True
    same = _same(app.run())
    assert same.label == "Said in 4 items of the account by 3 people"
    assert sorted(same.dataframe[0].value["message"]) == sorted([TEXT, f"{TEXT}?", f"{TEXT}…"])
    alone = page("inbox", item="fb_2")
    assert not [one for one in alone.expander if one.label.startswith("Said in")]


@pytest.mark.usefixtures("alike")
def test_an_item_inside_a_row_is_opened_in_it() -> None:
    """The row is marked, and the next step goes to the next row."""
    app = page("inbox", item="fb_3")
    assert any(text.startswith("1 of 2") for text in texts(app))
    app.button(key="step-j").click().run()
    assert app.query_params["item"] == "fb_2"
    assert any(text.startswith("2 of 2") for text in texts(app))


@pytest.mark.usefixtures("alike")
def test_items_that_stand_alone_are_listed_as_before() -> None:
    """Without any row of several items there are no columns about them."""
    app = page("inbox", text="theme")
    assert "items" not in shown(app)
    assert any(text.startswith("1 item, searched") for text in texts(app)), texts(app)


GROUPS = st.lists(st.tuples(st.integers(-1, 4), st.integers(0, 3), st.integers(0, 100 * 24)), max_size=30)


@given(GROUPS, st.randoms(use_true_random=False), st.integers(0, 8))
def test_rows_are_what_a_plain_count_finds(items: list[tuple[int, int, int]], random: Any, start: int) -> None:  # noqa: ANN401
    """Each item is in the row of its cluster, where the first of them stands."""
    frame = frame_of(
        {**rows_of(["text"])[0], "id": f"fb_{n}", "user_id": f"u_{user}"} for n, (_, user, _) in enumerate(items)
    )
    created = pd.Series([NOW - pd.Timedelta(hours=hours) for *_, hours in items], dtype="datetime64[us, UTC]")
    frame = frame.sort_values("id", key=lambda ids: ids.str[3:].astype(int)).reset_index(drop=True)
    frame["created_at"] = created
    codes = np.array([code for code, *_ in items], np.int64)
    listed = random.sample(range(len(items)), random.randint(0, len(items)))
    found = report.folded(np.array(listed, np.int64), codes)

    expected: dict[object, list[int]] = {}
    for position in listed:
        expected.setdefault(codes[position] if codes[position] >= 0 else f"alone {position}", []).append(position)
    groups = [*expected.values()]
    assert found.rows.tolist() == [group[0] for group in groups]
    assert found.is_folded() == (len(groups) < len(listed))

    part = range(min(start, len(groups)), min(start + 5, len(groups)))
    facts = report.row_facts(frame, found, part, NOW)
    for fact, group in zip(facts.to_dict("records"), groups[part.start : part.stop], strict=True):
        assert (fact["items"], fact["people"]) == (len(group), len({items[one][1] for one in group}))
        hours = [items[one][2] for one in group]
        assert fact["first_said"] == NOW - pd.Timedelta(hours=max(hours))
        weeks = [one // (7 * 24) for one in hours]
        assert fact["trend"] == [weeks.count(week) for week in reversed(range(12))]
