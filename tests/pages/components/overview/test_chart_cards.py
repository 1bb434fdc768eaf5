"""The overview's cards: what a click or a drag on them does, and the texts beside the charts."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

import pandas as pd
import pyarrow as pa
import pytest
from streamlit.testing.v1 import AppTest

from loop_client import report
from loop_client.mirror import Coverage, Snapshot, Zone
from loop_client.query import SENTIMENTS, Filters, Question
from pages.components.overview import breakdown_cards, data_tables, timeline
from tests.frames import item, items_frame, snapshot_of
from tests.pages.conftest import page, texts
from tests.sandboxes import row, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.sandboxes import RunningSandbox


def after(script: Callable[[], None], **state: Any) -> AppTest:  # noqa: ANN401 - a session's values
    """The session state after this script has run in it."""
    app = AppTest.from_function(script)
    for name, value in state.items():
        app.session_state[name] = value
    return app.run()


def test_dragging_takes_the_place_of_the_dates() -> None:
    """Dragging over days replaces the date filters, and a chosen period too."""

    def script() -> None:
        from datetime import date  # noqa: PLC0415 - a script of its own

        from pages.components.overview import card  # noqa: PLC0415

        card._selected("volume", (date(2026, 11, 1), date(2026, 11, 30)))  # noqa: SLF001

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
        {"tag": ("search",), "sentiment": ("[number]",)},  # as the chart has it, with masked cells
        {"sentiment": ("so says person bdfkmwzx",)},
    ],
)
def test_a_mark_of_a_masked_name_leads_nowhere_while_share_safe_is_on(
    safe: bool,  # noqa: FBT001 - a parameter of the test
    names: dict[str, tuple[str, ...]],
) -> None:
    """While share-safe is on, a click on a masked name opens no list, and the reader is advised."""

    def script() -> None:
        import streamlit as st  # noqa: PLC0415 - a script of its own

        from loop_client.query import DrillDown  # noqa: PLC0415
        from pages.session import drilldown  # noqa: PLC0415

        drilldown.show(DrillDown(**st.session_state["names"]))

    app = after(script, safe=safe, names=names, snapshot=Snapshot())

    assert [toast.value for toast in app.toast] == (
        ["This link would reveal a masked value. Turn share-safe off to open it."] if safe else []
    )
    assert bool(app.exception) is not safe  # the page was switched, and this script has no inbox


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
    """While older items load, the chart starts with the first complete day, in the team's zone."""
    since_walked = datetime(2026, 6, 10, 23, tzinfo=UTC)
    coverage = Coverage(since=since_walked, reconciled_at=since_walked if covered else None)
    snapshot = snapshot_of(items_frame([item()]), coverage, Zone("Europe/Berlin"))

    assert timeline.complete_window(snapshot, Question(Filters(status=("open",), since=since))) == (window, None)


def test_nothing_is_drawn_as_complete_before_the_newest_items_are_loaded() -> None:
    """While only open items are loaded, no day is drawn as complete or empty."""
    newest = datetime(2026, 6, 26, 12, tzinfo=UTC)
    items = [item(1, created_at=newest), item(2, created_at=newest - timedelta(days=1))]
    snapshot = snapshot_of(items_frame(items), Coverage())
    window = timeline.complete_window(snapshot, Question(Filters(since=date(2026, 6, 20))))

    volume = report.volume(snapshot.cells, "day", date(2026, 6, 26), window)

    assert [start.day for start in volume["start"]] == [25, 26]
    assert list(volume["cut"]) == [True, True]


def test_a_bucket_that_is_loaded_in_part_is_cut() -> None:
    """The bar of a partly loaded bucket is pale, and the week before it has none."""
    newest = datetime(2026, 6, 26, 12, tzinfo=UTC)
    items = items_frame(item(number, created_at=newest - timedelta(days=number)) for number in range(12))
    snapshot = snapshot_of(items, Coverage(since=newest - timedelta(days=12)))
    window = timeline.complete_window(snapshot, Question(Filters(since=date(2026, 5, 1))))

    volume = report.volume(snapshot.cells, "week", date(2026, 6, 26), window)

    assert [start.date() for start in volume["start"]] == [date(2026, 6, 15), date(2026, 6, 22)]
    assert list(report.volume(snapshot.cells, "month", date(2026, 6, 26), window)["cut"]) == [True]


def test_a_table_has_days_shares_and_the_order_of_the_chart() -> None:
    """A chart's table has its days, shares and order, and says why a bucket is partial."""
    kinds = [(19, "positive"), (19, "negative"), (18, "negative")]
    items = (item(created_at=datetime(2026, 6, day, 12, tzinfo=UTC), sentiment=kind) for day, kind in kinds)
    cells = snapshot_of(items_frame(items)).cells
    volume = report.volume(cells, "day", date(2026, 6, 19), (None, date(2026, 6, 19)))

    table = data_tables.volume(volume, SENTIMENTS)

    assert table.to_dict("list") == {
        "From": [pd.Timestamp("2026-06-18")] * 2 + [pd.Timestamp("2026-06-19")] * 2,
        "Sentiment": ["negative", "positive"] * 2,
        "Items": [1, 0, 1, 1],
        "Share of items with a sentiment": [1.0, 0.0, 0.5, 0.5],
        "Partial": ["", "", "not over", "not over"],
    }
    week = data_tables.volume(report.volume(cells, "week", date(2026, 6, 19), (date(2026, 6, 16), None)), SENTIMENTS)
    assert set(week["Partial"]) == {"cut, not over"}
    assert "Partial" not in data_tables.volume(report.volume(cells, "day"), SENTIMENTS)


def test_the_table_of_tags_has_one_row_per_tag(tmp_path: Path, connect: Callable[..., None]) -> None:
    """The table has all tags, also those without a bar, and with a period each one's items before and clear change."""
    now = [row(1, id=f"now{number}", tag="rising", user_id=f"u_{number % 3}") for number in range(40)]
    before = [row(24 * 8, id=f"before{number}", tag="rising") for number in range(10)]
    rare = [row(2, id=f"rare{number}", tag=f"rare {number:02}", sentiment=None) for number in range(14)]
    with running_sandbox(tmp_path / "loop", items=[row(24 * 30), *before, *rare, *now]) as sandbox:
        connect(sandbox)
        apps = [page(last="7 days"), page()]
        for app in apps:
            app.session_state["table-Tags"] = True
            app.run()

    week, everything = (app.dataframe[0].value for app in apps)
    assert list(week.columns) == ["Tag", "Items", "Negative", "Negative share", "People", "Before", "Change"]
    assert list(everything.columns) == ["Tag", "Items", "Negative", "Negative share", "People"]
    assert week.iloc[0].tolist() == ["rising", 40, 40, 1.0, 3, 10, 3.0]
    assert len(week) == 15
    assert week.iloc[-1].isna().tolist() == [False, False, False, True, False, False, True]


def test_a_long_table_of_tags_says_that_it_is_cut(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """The table has the first tags of the chosen order, and says how many there are."""
    connect(small)
    app = page()
    app.session_state["table-Tags"] = True
    most = breakdown_cards.MOST_ROWS
    try:
        breakdown_cards.MOST_ROWS = 1  # type: ignore[misc] # a final constant
        app.run()
    finally:
        breakdown_cards.MOST_ROWS = most  # type: ignore[misc]

    assert app.dataframe[0].value["Tag"].tolist() == ["exports"]
    assert "The first 1 of 2 tags." in texts(app)


TITLE = "Tags, {} first"


@pytest.mark.parametrize(
    ("by", "title", "first", "value"),
    [
        (None, "most negative items", "many", "20 negative"),
        ("items", "most items", "many", "60 items"),
        ("negative share", "highest negative share", "bad", "83%"),
        ("people", "most people", "bad", "12 people"),
        ("growth", "fastest growth", "bad", "from 0"),
    ],
)
def test_tags_have_an_order_with_its_value_at_each_bar(  # noqa: PLR0913, PLR0917 - a case in all its parts
    tmp_path: Path, connect: Callable[..., None], by: str | None, title: str, first: str, value: str
) -> None:
    """The title says the order, the bars and the table have it, and each bar has its value, once."""
    kinds = ["negative", "positive", "positive"]
    many = [row(1, id=f"m{n}", tag="many", sentiment=kinds[n % 3]) for n in range(60)]
    before = [row(24 * 8, id=f"b{n}", tag="many") for n in range(10)]
    bad = [row(1, id=f"x{n}", tag="bad", sentiment=kinds[n > 9], user_id=f"u_{n}") for n in range(12)]
    lucky = row(1, id="one", tag="lucky")
    with running_sandbox(tmp_path / "loop", items=[row(24 * 30), *before, *many, *bad, lucky]) as sandbox:
        connect(sandbox)
        app = page(last="7 days", **({"tags_by": by} if by else {}))
        app.session_state["table-Tags"] = True
        app.run()

    assert not app.exception
    assert TITLE.format(title) in [head.value for head in app.subheader]
    assert app.dataframe[0].value["Tag"].iloc[0] == first
    drawn = app.get("vega_lite_chart")[1].proto
    assert f"Items by tag and sentiment, {title} first: {first} leads" in drawn.alt
    bars = pa.ipc.open_stream(drawn.datasets[0].data.data if drawn.datasets else drawn.data.data).read_pandas()
    assert bars["value"].iloc[0] == value
    assert (bars["value"] != "").sum() == bars["rank"].nunique() == 3


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({}, "Growth needs a period that has begun, such as the last 30 days."),
        ({"last": "7 days", "status": "open"}, "Growth is not compared by status: older items had longer"),
        ({"last": "7 days"}, "Growth is not compared: there is no complete previous period."),
    ],
)
def test_growth_that_cannot_be_compared_says_why(
    small: RunningSandbox, connect: Callable[..., None], query: dict[str, str], sentence: str
) -> None:
    """Without a period, with a status, or without a baseline, the caption says why there is no growth."""
    connect(small)

    app = page(tags_by="growth", **query)

    assert any(sentence in text for text in texts(app))
    assert not app.exception


TITLES = ("Items over time", "Tags", "Tags by week", "Sources", "Ages")


@pytest.mark.usefixtures("still")
def test_each_chart_has_its_table_and_its_sentence(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """Each of the five charts has its own table and alternative text."""
    connect(small)

    app, tables = page(), [f"table-{title}" for title in TITLES]
    assert not app.dataframe
    for table in tables:
        app.session_state[table] = True
    app.run()

    assert not app.exception
    controls = [popover.proto.popover.label for popover in app.get("popover") if popover.key in tables]
    assert controls == [f"{title} as a table" for title in TITLES]
    assert [next(iter(table.value.columns)) for table in app.dataframe] == ["From", "Tag", "Tag", "Source", "Age"]
    assert "domain" in json.loads(app.get("vega_lite_chart")[0].proto.spec)["encoding"]["x"]["scale"]  # few days
    alt_texts = [chart.proto.alt for chart in app.get("vega_lite_chart")]
    assert [sentence.split(":")[0] for sentence in alt_texts] == [
        "Items per day by sentiment",
        "Items by tag and sentiment, most negative items first",
        "Items by tag and week",
        "Items by source and sentiment, most negative items first",
        "2 open negative items, 0 of them over 30 days old",
    ]


def drawn(app: AppTest) -> dict[str, Any]:
    """The Vega spec of the chart over time."""
    spec: dict[str, Any] = json.loads(app.get("vega_lite_chart")[0].proto.spec)
    return spec


def over_time(app: AppTest) -> pd.DataFrame:
    """The table of the chart over time."""
    app.session_state["table-Items over time"] = True
    table: pd.DataFrame = app.run().dataframe[0].value
    return table


@pytest.mark.usefixtures("still")
def test_the_chart_over_time_spans_the_filtered_window(tmp_path: Path, connect: Callable[..., None]) -> None:
    """A long period is drawn by week even if its items are of one day, unless the link has a bucket."""
    with running_sandbox(tmp_path / "loop", items=[row(24 * 200), row(1)]) as sandbox:
        connect(sandbox)
        apps = [page(last="90 days"), page(last="90 days", bucket="month"), page(last="30 days")]
        days = over_time(apps[2])["From"]

    titles = [next(one.value for one in app.subheader if one.value.startswith("Items per")) for app in apps[:2]]
    assert titles == ["Items per week, by sentiment", "Items per month, by sentiment"]
    assert days.nunique() == 30


def test_time_before_the_first_item_is_not_drawn_as_empty(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """A period that starts before the first item is drawn from that item on, without a partial bucket."""
    connect(small)

    table = over_time(page(last="90 days", bucket="week"))

    assert table["From"].nunique() <= 2
    assert not table.get("Partial", pd.Series(dtype=str)).str.contains("cut").any()


def test_time_that_is_filtered_away_is_not_drawn(tmp_path: Path, connect: Callable[..., None]) -> None:
    """The axis spans the filtered days only, and without a filter at least a week."""
    items = [row(24 * day) for day in range(30, 0, -1)]
    day = (datetime.now(UTC) - timedelta(days=9)).date()
    with running_sandbox(tmp_path / "loop", items=items) as sandbox:
        connect(sandbox)
        app = page(since=f"{day}", until=f"{day}")
    begin, end = drawn(app)["encoding"]["x"]["scale"]["domain"]

    assert pd.Timestamp(begin, unit="ms").date() == day
    assert end - begin == timedelta(days=1) / timedelta(milliseconds=1)


def test_a_filter_of_statuses_draws_no_trend(tmp_path: Path, connect: Callable[..., None]) -> None:
    """With a status filter no trend of open items is drawn, and the charts say why."""
    items = [row(24 * day, status="open" if day < 9 else "resolved") for day in range(30, 0, -1)]
    with running_sandbox(tmp_path / "loop", items=items) as sandbox:
        connect(sandbox)
        everything, filtered = page(), page(status="open")

    lines = {metric.label: bool(metric.proto.chart_data) for metric in everything.metric}
    assert lines == dict.fromkeys(lines, True) | {"Open": False, "Open negative": False, "No sentiment": False}
    assert not any(metric.proto.chart_data for metric in filtered.metric)
    assert sum("this shows no trend" in text for text in texts(filtered)) == 2
    assert not any("this shows no trend" in text for text in texts(everything))


@pytest.mark.parametrize(("sentiment", "negative"), [("negative", 1), ("positive", 0)])
def test_one_item_with_a_sentiment_is_described_in_the_singular(
    tmp_path: Path, connect: Callable[..., None], sentiment: str, negative: int
) -> None:
    """One item with a sentiment is described in the singular, in the caption and at the number."""
    with running_sandbox(tmp_path / "loop", items=[row(1, sentiment=sentiment), row(2, sentiment=None)]) as sandbox:
        connect(sandbox)
        app = page()
    sentence_of_one = f"{negative} of the 1 item that has a sentiment."
    assert f"Negative share: {sentence_of_one}" in texts(app)
    assert next(metric.help for metric in app.metric if metric.label == "Negative share").startswith(sentence_of_one)


def test_every_share_on_the_page_is_of_the_items_with_a_sentiment(tmp_path: Path, connect: Callable[..., None]) -> None:
    """Card, chart, table and alternative text show the same share, and its base."""
    kinds = ["negative"] * 3 + ["positive"] * 2 + [None] * 5
    with running_sandbox(
        tmp_path / "loop", items=[row(1, id=f"fb_{n}", sentiment=k) for n, k in enumerate(kinds)]
    ) as s:
        connect(s)
        app = page(measure="shares", bucket="month")
        table = over_time(app)

    shares = table.set_index("Sentiment")["Share of items with a sentiment"]
    assert next(metric.value for metric in app.metric if metric.label == "Negative share") == "60%"
    assert shares["negative"] == pytest.approx(0.6)
    assert shares.isna().tolist() == [kind == "No sentiment" for kind in shares.index]
    assert "60% of 5 items with a sentiment negative" in app.get("vega_lite_chart")[0].proto.alt
    assert "Negative share: 3 of the 5 items that have a sentiment." in texts(app)
    assert any("Shares are of the items that have a sentiment." in text for text in texts(app))


@pytest.mark.parametrize(
    ("values", "absent"),
    [
        ({"status": "resolved"}, "Open negative items by age"),
        ({"sentiment": "positive"}, "Open negative items by age"),
        ({"sentiment": None}, "Items per day, by sentiment"),
    ],
)
def test_a_chart_of_nothing_is_a_sentence(
    tmp_path: Path, connect: Callable[..., None], values: dict[str, str | None], absent: str
) -> None:
    """A chart without items is replaced by a sentence."""
    with running_sandbox(tmp_path / "loop", items=[row(number, **values) for number in (3, 2, 1)]) as sandbox:
        connect(sandbox)
        app = page(measure="shares")

    assert absent in [head.value for head in app.subheader]
    assert not any("ages" in chart.proto.id for chart in app.get("vega_lite_chart"))
    assert "Oldest first" not in [link.proto.label for link in app.get("page_link")]
    if values == {"sentiment": None}:
        assert any("No item here has a sentiment" in text for text in texts(app))


def test_a_heat_map_of_nothing_is_a_sentence(tmp_path: Path, connect: Callable[..., None]) -> None:
    """A heat map is replaced by a sentence if all items are dated ahead."""
    with running_sandbox(tmp_path / "loop", items=[row(-24 * 20), row(-24 * 21)]) as sandbox:
        connect(sandbox)
        app = page()

    assert any("No item is from this week or an earlier one." in text for text in texts(app))
    assert not any("heat" in chart.proto.id for chart in app.get("vega_lite_chart"))


def links(app: AppTest) -> dict[str, str]:
    """Label → query of the links to items."""
    return {link.proto.label: unquote_plus(link.proto.query_string) for link in app.get("page_link")}


@pytest.mark.parametrize("safe", ["true", "false"])
def test_catch_alls_stand_below_the_bars_as_links(tmp_path: Path, connect: Callable[..., None], safe: str) -> None:
    """Other tags and items without a tag are links with their numbers, unless a link would reveal a masked name."""
    tags = ["so says anna@example.com", *(f"tag {letter}" for letter in "abcdefghijklm"), None]
    items = [row(number, tag=tag, user_id="u") for number, tag in enumerate(tags, 1)]
    with running_sandbox(tmp_path / "loop", items=[*items, row(0, user_id="u")]) as sandbox:
        connect(sandbox)
        app = page(safe=safe)

    found = links(app)
    assert found["No tag: 1 item"] == "view=all&only=tag:No tag&last=all time"
    assert "No source" not in str(found)
    if safe == "true":
        assert "3 other tags: 3 items" in texts(app)
        assert "3 other tags: 3 items" not in found
    else:
        assert found["3 other tags: 3 items"].count("only=not-tag:") == 13
    assert any("Not shown: 3 other tags with 3 items and 1 item without a tag." in text for text in texts(app))


def test_items_without_any_tag_are_a_sentence(tmp_path: Path, connect: Callable[..., None]) -> None:
    """Without a tag and a source, sentences take the charts' place, with links to the items."""
    with running_sandbox(tmp_path / "loop", items=[row(n, tag=None, source=None) for n in (2, 1)]) as sandbox:
        connect(sandbox)
        app = page()

    assert not app.exception
    sentences = ["No item here has a tag.", "No item of these weeks has a tag.", "No item here has a source."]
    assert [one for one in sentences if any(one in text for text in texts(app))] == sentences
    assert {"No tag: 2 items", "No source: 2 items"} <= links(app).keys()
    assert [one.key for one in app.get("button_group")] == ["bucket", "measure", "last"]
    assert len(app.get("vega_lite_chart")) == 2


@pytest.mark.usefixtures("still")
@pytest.mark.parametrize("is_running", [True, False])
def test_the_heat_map_explains_its_outline(
    tmp_path: Path,
    connect: Callable[..., None],
    is_running: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """The heat map explains its outline only if a week is partial."""
    items = [row(24 * 30), *([row(0)] if is_running else [])]
    with running_sandbox(tmp_path / "loop", items=items) as sandbox:
        connect(sandbox)
        app = page()

    assert (
        any("Outlined weeks are partial: not over, or cut by the dates." in text for text in texts(app)) is is_running
    )


def test_the_bucket_that_fits_is_chosen(tmp_path: Path, connect: Callable[..., None]) -> None:
    """The bucket follows the period until the reader chooses one."""
    with running_sandbox(tmp_path / "loop", items=[row(24 * 200), row(1)]) as sandbox:
        connect(sandbox)
        app = page()
        chosen = [app.session_state["bucket"]]
        app.session_state["last"] = "30 days"
        chosen.append(app.run().session_state["bucket"])
        app.session_state["bucket"] = "month"
        app.run()
        app.session_state["last"] = None
        chosen.append(app.run().session_state["bucket"])

    assert chosen == ["week", "day", "month"]


def test_a_bucket_and_a_measure_are_always_chosen(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """A second click on the chosen bucket or measure does not unselect it."""
    connect(small)

    app = page()

    assert [app.segmented_control(key=key).proto.required for key in ("bucket", "measure")] == [True, True]


def test_the_note_about_one_person_has_the_name_of_the_bar(tmp_path: Path, connect: Callable[..., None]) -> None:
    """The note about one person uses the bar's label, even for long names that start alike."""
    begin = "x" * 80
    loud = [row(number, tag=f"{begin}b", user_id="u_loud") for number in range(1, 7)]
    many = [row(number, tag=f"{begin}a", user_id=f"u_{number}") for number in range(10, 20)]
    with running_sandbox(tmp_path / "loop", items=[*many, *loud]) as sandbox:
        connect(sandbox)

        alt_texts = [text for text in texts(page()) if "1 person wrote" in text]

    assert alt_texts == [f"{'x' * 59}… (2): 1 person wrote 6 of these 6."]


@pytest.mark.usefixtures("still")
def test_days_after_what_is_shown_are_not_drawn_as_empty(
    tmp_path: Path, connect: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Days after the last sync are not drawn as empty."""
    seen = datetime.now(UTC) - timedelta(days=3)
    with running_sandbox(tmp_path / "loop", items=[row(24 * 4)]) as sandbox:
        connect(sandbox)
        monkeypatch.setattr("pages.session.coverage_line.as_of", lambda _: seen)

        app = page(last="7 days", bucket="day")
        app.session_state["table-Items over time"] = True
        app.run()

    table = app.dataframe[0].value
    assert table["From"].dt.date.iloc[-1] == seen.date()
    assert table["Partial"].iloc[-1] == "not over"


@pytest.mark.usefixtures("still")
def test_ages_are_as_of_a_minute_that_a_link_can_say(
    tmp_path: Path, connect: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ages are as of a full minute, so that a bar's link lists the items that it counts."""
    seen = (datetime.now(UTC) - timedelta(minutes=2)).replace(second=37, microsecond=0)
    created = (seen - timedelta(days=1, seconds=20)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    with running_sandbox(tmp_path / "loop", items=[row(24, created_at=created)]) as sandbox:
        connect(sandbox)
        monkeypatch.setattr("pages.session.coverage_line.as_of", lambda _: seen)

        app = page()
        app.session_state["table-Ages"] = True
        app.run()

    assert app.dataframe[0].value["Items"].tolist() == [1, 0, 0, 0, 0]
