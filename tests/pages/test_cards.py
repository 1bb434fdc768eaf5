"""The overview's cards: what a click or a drag on them does, and what they say beside the drawing."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from loop_client import report
from loop_client.mirror import Coverage, Snapshot, Zone
from pages.shared import cards, tables
from tests.frames import item, items_frame, snapshot_of
from tests.pages.conftest import page, texts
from tests.sandboxes import row, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.sandboxes import RunningSandbox


def after(script: Callable[[], None], **state: Any) -> AppTest:  # noqa: ANN401 - a session's values
    """A session after that script has run in it."""
    app = AppTest.from_function(script)
    for name, value in state.items():
        app.session_state[name] = value
    return app.run()


def test_dragging_takes_the_place_of_the_dates() -> None:
    """Also of a period that goes along with the calendar."""

    def script() -> None:
        from datetime import date  # noqa: PLC0415 - a script of its own

        from pages.shared import cards  # noqa: PLC0415

        cards._selected("volume", (date(2026, 11, 1), date(2026, 11, 30)))  # noqa: SLF001

    midnights = [1_000 * pd.Timestamp(day, tz="UTC").timestamp() for day in ("2026-11-17", "2026-11-24")]
    app = after(script, volume={"selection": {"brush": {"start": midnights}}}, last="7 days", since=None, until=None)

    assert not app.exception
    chosen = [app.session_state[name] for name in ("since", "until", "last")]
    assert chosen == [date(2026, 11, 17), date(2026, 11, 23), None]


@pytest.mark.parametrize("safe", [True, False])
@pytest.mark.parametrize(
    "names",
    [
        {"not_tag": ("anna@example.com", "search")},
        {"tag": ("search",), "sentiment": ("[number]",)},  # the chart has it so: cells are masked
        {"sentiment": ("so says person bdfkmwzx",)},
    ],
)
def test_a_mark_of_a_masked_name_leads_nowhere_while_share_safe_is_on(
    safe: bool,  # noqa: FBT001 - a parameter of the test
    names: dict[str, tuple[str, ...]],
) -> None:
    """The link without the name would list other rows than were counted; it is told what to do."""

    def script() -> None:
        import streamlit as st  # noqa: PLC0415 - a script of its own

        from pages.shared import cards  # noqa: PLC0415
        from pages.shared.narrowing import Only  # noqa: PLC0415

        cards._show(Only(**st.session_state["names"]))  # noqa: SLF001

    app = after(script, safe=safe, names=names, snapshot=Snapshot())

    assert [toast.value for toast in app.toast] == (
        ["A link to these rows names what share-safe masks. To see them, turn it off."] if safe else []
    )
    assert bool(app.exception) is not safe  # it went, and this script has no inbox


@pytest.mark.parametrize(
    ("covered", "since", "window"),
    [
        (True, None, None),
        (False, None, date(2026, 6, 12)),
        (False, date(2026, 6, 1), date(2026, 6, 12)),
        (False, date(2026, 6, 20), date(2026, 6, 20)),
    ],
)
def test_a_day_that_is_not_loaded_is_not_drawn_as_empty(
    covered: bool,  # noqa: FBT001 - a parameter of the test
    since: date | None,
    window: date | None,
) -> None:
    """While items are still to come, the chart begins with the first whole day that is held, in the team's zone."""
    coverage = Coverage(since=datetime(2026, 6, 10, 23, tzinfo=UTC))
    snapshot = snapshot_of(items_frame([item()]), coverage, Zone("Europe/Berlin"))

    assert cards.whole(snapshot, (since, None), covered=covered) == (window, None)


def test_nothing_is_drawn_as_whole_before_the_newest_items_are_loaded() -> None:
    """The open ones come first: no day is known to be complete, and none without items is told as one."""
    newest = datetime(2026, 6, 26, 12, tzinfo=UTC)
    snapshot = snapshot_of(items_frame([item(1, created_at=newest), item(2, created_at=newest - timedelta(days=1))]))
    window = cards.whole(snapshot, (date(2026, 6, 20), None), covered=False)

    volume = report.volume(snapshot.cells, "day", date(2026, 6, 26), window)

    assert [start.day for start in volume["start"]] == [25, 26]
    assert list(volume["cut"]) == [True, True]


def test_a_bucket_that_is_loaded_in_part_is_cut() -> None:
    """Its bar is pale, and the week before it has none."""
    newest = datetime(2026, 6, 26, 12, tzinfo=UTC)
    items = items_frame(item(number, created_at=newest - timedelta(days=number)) for number in range(12))
    snapshot = snapshot_of(items, Coverage(since=newest - timedelta(days=12)))
    window = cards.whole(snapshot, (date(2026, 5, 1), None), covered=False)

    volume = report.volume(snapshot.cells, "week", date(2026, 6, 26), window)

    assert [start.date() for start in volume["start"]] == [date(2026, 6, 15), date(2026, 6, 22)]
    assert list(report.volume(snapshot.cells, "month", date(2026, 6, 26), window)["cut"]) == [True]


def test_a_table_has_days_shares_and_the_order_of_the_chart() -> None:
    """And says of a bucket that is not whole why."""
    kinds = [(19, "positive"), (19, "negative"), (18, "negative")]
    items = (item(created_at=datetime(2026, 6, day, 12, tzinfo=UTC), sentiment=kind) for day, kind in kinds)
    cells = snapshot_of(items_frame(items)).cells
    volume = report.volume(cells, "day", date(2026, 6, 19), (None, date(2026, 6, 19)))

    table = tables.volume(volume, report.SENTIMENTS)

    assert table.to_dict("list") == {
        "From": [pd.Timestamp("2026-06-18")] * 2 + [pd.Timestamp("2026-06-19")] * 2,
        "Sentiment": ["negative", "positive"] * 2,
        "Items": [1, 0, 1, 1],
        "Share": [1.0, 0.0, 0.5, 0.5],
        "Not whole": ["", "", "not over", "not over"],
    }
    week = tables.volume(report.volume(cells, "week", date(2026, 6, 19), (date(2026, 6, 16), None)), report.SENTIMENTS)
    assert set(week["Not whole"]) == {"cut, not over"}
    assert "Not whole" not in tables.volume(report.volume(cells, "day"), report.SENTIMENTS)


def test_a_table_of_tags_has_the_people_of_each() -> None:
    """Beside each of its sentiments, those of the tag and no other's."""
    items = (item(1), item(2, sentiment=None), item(3, tag="search"))
    counts = report.counts_by(snapshot_of(items_frame(items)).cells, "tag")

    table = tables.breakdown(counts.assign(label=counts["tag"]), "tag", ("negative", report.NOT_SET), {0: 2, 1: 1})

    assert table.to_dict("split")["data"] == [
        ["exports", "negative", 1, 2],
        ["exports", report.NOT_SET, 1, 2],
        ["search", "negative", 1, 1],
    ]


TITLES = ("Items over time", "Tags", "Tags by week", "Sources", "Ages")


def test_each_chart_has_its_table_and_its_sentence(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """Five of each, each by a name of its own."""
    connect(small)

    app = page()
    for title in TITLES:
        app.session_state[f"table-{title}"] = True
    app.run()

    assert not app.exception
    assert [expander.label for expander in app.expander] == [f"{title} as a table" for title in TITLES]
    assert [next(iter(table.value.columns)) for table in app.dataframe] == ["From", "Tag", "Tag", "Source", "Age"]
    assert "domain" in json.loads(app.get("vega_lite_chart")[0].proto.spec)["encoding"]["x"]["scale"]  # of few days
    said = [chart.proto.alt for chart in app.get("vega_lite_chart")]
    assert [sentence.split(":")[0] for sentence in said] == [
        "Items per day by sentiment",
        "Items by tag and sentiment, most negative items first",
        "Items by tag and week",
        "Items by source and sentiment, most negative items first",
        "2 open negative items, 0 of them over 30 days old",
    ]


def test_the_chart_over_time_spans_the_window_that_was_asked_for(
    small: RunningSandbox, connect: Callable[..., None]
) -> None:
    """Ninety days are drawn by week, though all items are of one day; the link's bucket goes before."""
    connect(small)

    def title(**query: str) -> str:
        return next(head.value for head in page(**query).subheader if head.value.startswith("Items per"))

    assert title() == "Items per day, by sentiment"
    assert title(last="90 days") == "Items per week, by sentiment"
    assert title(last="90 days", bucket="month") == "Items per month, by sentiment"

    app = page(last="30 days")
    app.session_state["table-Items over time"] = True
    assert app.run().dataframe[0].value["From"].nunique() == 30


def test_one_person_is_told_by_the_name_of_the_bar(tmp_path: Path, connect: Callable[..., None]) -> None:
    """Of two long names that begin alike, the second has its number also where it is told alone."""
    begin = "x" * 80
    loud = [row(number, tag=f"{begin}b", user_id="u_loud") for number in range(1, 7)]
    many = [row(number, tag=f"{begin}a", user_id=f"u_{number}") for number in range(10, 20)]
    with running_sandbox(tmp_path / "loop", items=[*many, *loud]) as sandbox:
        connect(sandbox)

        said = [text for text in texts(page()) if "1 person wrote" in text]

    assert said == [f"{'x' * 59}… (2): 1 person wrote 6 of these 6."]


def test_days_after_what_is_shown_are_not_drawn_as_empty(
    tmp_path: Path, connect: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tab that was left open, or a sync that fails, is no collapse of feedback: time ends where the data does."""
    seen = datetime.now(UTC) - timedelta(days=3)
    with running_sandbox(tmp_path / "loop", items=[row(24 * 4)]) as sandbox:
        connect(sandbox)
        monkeypatch.setattr("pages.shared.coverage.as_of", lambda _: seen)

        app = page(last="7 days", bucket="day")
        app.session_state["table-Items over time"] = True
        app.run()

    table = app.dataframe[0].value
    assert table["From"].dt.date.iloc[-1] == seen.date()
    assert table["Not whole"].iloc[-1] == "not over"


def test_ages_are_as_of_a_minute_that_a_link_can_say(
    tmp_path: Path, connect: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the rows of a bar would be others than it counts: links have minutes."""
    seen = (datetime.now(UTC) - timedelta(minutes=2)).replace(second=37, microsecond=0)
    created = (seen - timedelta(days=1, seconds=20)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    with running_sandbox(tmp_path / "loop", items=[row(24, created_at=created)]) as sandbox:
        connect(sandbox)
        monkeypatch.setattr("pages.shared.coverage.as_of", lambda _: seen)

        app = page()
        app.session_state["table-Ages"] = True
        app.run()

    assert app.dataframe[0].value["Items"].tolist() == [1, 0, 0, 0, 0]
