"""Markers: added and removed by readers, drawn in both charts over time, and named beside them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop_client.mirror.zones import written
from loop_client.query import ABSENT
from loop_client.service import Marker, Markers
from pages.components.overview import alt_texts, marker_layers, vega_specs
from pages.session import runtime
from tests.moment import NOW
from tests.pages.conftest import page, texts
from tests.sandboxes import row, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import Any

    from streamlit.testing.v1 import AppTest

    from tests.sandboxes import RunningSandbox

TODAY = NOW.date()
"""The day of the newest items, while the clock stands still."""

KINDS = ("negative", "positive", ABSENT["sentiment"])


def stored() -> tuple[Marker, ...]:
    """The markers of the running dashboard."""
    markers = runtime.markers()
    assert markers is not None
    return markers.all()


def menu(app: AppTest) -> AppTest:
    """The page with its menu of markers open."""
    app.session_state["markers"] = True
    return app.run()


def add(app: AppTest, day: date | None, name: str) -> None:
    """Add a marker by the form."""
    app.date_input(key="marker_day").set_value(day)
    app.text_input(key="marker_name").set_value(name)
    app.button(key="add_marker").click().run()


@pytest.mark.usefixtures("still")
def test_a_reader_adds_a_marker(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """The form begins with today; an added marker is stored for everybody and listed, and the name is empty again."""
    connect(small)
    app = menu(page())
    first = app.date_input(key="marker_day").value
    add(app, TODAY - timedelta(days=1), " v4.2 ")

    assert first == TODAY
    assert stored() == (Marker(TODAY - timedelta(days=1), "v4.2"),)
    assert f"{written(TODAY - timedelta(days=1))}  v4.2" in texts(app)
    assert app.text_input(key="marker_name").value == ""


@pytest.mark.parametrize(
    ("day", "name", "problem"),
    [
        (TODAY, "v4.2", "There is a marker of that name on that day already."),
        (TODAY, "  ", "A marker needs a name."),
        (None, "v4.3", "A marker needs a day."),
    ],
)
def test_what_cannot_be_added_stays_in_the_form(
    small: RunningSandbox, connect: Callable[..., None], day: date | None, name: str, problem: str
) -> None:
    """A refused marker leaves a sentence, and what was typed in its fields."""
    connect(small)
    app = menu(page())
    add(app, TODAY, "v4.2")
    add(app, day, name)

    assert problem in [text.value for text in app.text]
    assert app.date_input(key="marker_day").value == day
    assert app.text_input(key="marker_name").value == name
    assert stored() == (Marker(TODAY, "v4.2"),)


def test_a_removed_marker_can_be_brought_back(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """The latest marker is listed first; a removed one is gone for everybody, until the removal is undone."""
    connect(small)
    app = menu(page())
    for day in (1, 2):
        add(app, TODAY - timedelta(days=day), f"v{day}")
    both = stored()
    app.button(key="unmark-0").click().run()
    left, said = stored(), texts(app)
    app.button(key="undo_remove").click().run()

    assert left == both[:1]
    assert "Removed “v1”." in said
    assert stored() == both
    assert not any("Removed" in text for text in texts(app))


def test_typed_text_outlives_a_closed_menu(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """A name that was typed and not added is there when the menu is opened again; the list is drawn only while open."""
    connect(small)
    app = menu(page())
    add(app, TODAY, "v4.2")
    app.text_input(key="marker_name").set_value("v4.3")
    app.session_state["markers"] = False
    app.run()

    assert app.text_input(key="marker_name").value == "v4.3"
    assert not [button for button in app.button if button.key == "unmark-0"]


def alts(app: AppTest) -> tuple[str, str]:
    """The alternative texts of both charts over time."""
    found = [chart.proto.alt for chart in app.get("vega_lite_chart")]
    return tuple(
        next(alt for alt in found if alt.startswith(start)) for start in ("Items per", "Items by tag and week")
    )


@pytest.mark.usefixtures("still")
def test_charts_and_tables_name_the_markers_of_their_days(
    small: RunningSandbox, connect: Callable[..., None], tmp_path: Path
) -> None:
    """Both charts over time and their tables name the markers of their days, and no others."""
    for days, name in ((0, "v4.2"), (0, "Prices up"), (40, "Long ago"), (-40, "Planned")):
        Markers(tmp_path).add(TODAY - timedelta(days=days), name)
    connect(small)
    app = page(bucket="day")
    for title in ("Items over time", "Tags by week"):
        app.session_state[f"table-{title}"] = True
    app.run()

    sentence = " Markers: v4.2 on {0}, Prices up on {0}.".format(written(TODAY, "%-d %B %Y"))
    cell = "v4.2 ({0}), Prices up ({0})".format(written(TODAY, "%-d %b"))
    assert [alt.endswith(sentence) for alt in alts(app)] == [True, True]
    assert [table.value["Markers"].iloc[-1] for table in app.dataframe[:2]] == [cell, cell]
    assert [table.value["Markers"].str.contains("Long|Planned").any() for table in app.dataframe[:2]] == [False, False]


def test_without_markers_charts_are_as_they_were(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """Without a marker in its days a chart has one layer and one dataset, and its table has no column for them."""
    connect(small)
    app = page()
    app.session_state["table-Items over time"] = True
    app.run()

    charts = [json.loads(chart.proto.spec) for chart in app.get("vega_lite_chart") if "Items per" in chart.proto.alt]
    assert ["layer" in spec for spec in charts] == [False]
    assert "Markers" not in app.dataframe[0].value


def test_a_marker_is_removed_by_its_name(small: RunningSandbox, connect: Callable[..., None], tmp_path: Path) -> None:
    """The button says the name as it is: a dot in it is no reason to leave it out."""
    Markers(tmp_path).add(TODAY, "v4.2")
    connect(small)

    assert menu(page()).button(key="unmark-0").label.startswith(r"Remove v4\.2, ")


def test_a_markers_name_is_never_read_as_markdown(
    small: RunningSandbox, connect: Callable[..., None], tmp_path: Path
) -> None:
    """A name with Markdown signs is shown as it is by plain texts, and without its signs by the labels of buttons."""
    hostile = "**v4** ![x](http://example.invalid/x.png) :red[a]"
    Markers(tmp_path).add(TODAY, hostile)
    connect(small)
    app = menu(page())
    label = app.button(key="unmark-0").label
    app.button(key="unmark-0").click().run()

    assert f"Removed “{hostile}”." in [text.value for text in app.text]
    assert not any(sign in label for sign in "*![](:")
    assert not any("v4" in text.value for text in (*app.markdown, *app.caption))


@pytest.mark.usefixtures("still")
def test_share_safe_masks_what_names_a_person(
    small: RunningSandbox, connect: Callable[..., None], tmp_path: Path
) -> None:
    """With share-safe on, names of markers are shown, without the addresses, numbers and ids in them."""
    Markers(tmp_path).add(TODAY, "v4.2 by anna@example.com")
    connect(small)
    app = menu(page(safe="true", last="all time"))

    shown = [*alts(app), *texts(app), app.button(key="unmark-0").label]
    assert sum("v4" in text for text in shown) == 4
    assert not any("anna" in text for text in shown)


@pytest.mark.parametrize("name", ["overview", "changes"])
def test_markers_that_cannot_be_read_are_reported(
    small: RunningSandbox, connect: Callable[..., None], tmp_path: Path, name: str
) -> None:
    """Unreadable markers leave a page as it is without them, and the page says once why there are none."""
    (tmp_path / "markers.db").mkdir()
    connect(small)
    app = menu(page(name))

    assert not app.exception
    assert sum(text.startswith("The markers at") for text in texts(app)) == 1
    assert any("Markers are not shown" in text for text in texts(app))
    assert len(app.get("vega_lite_chart")) == (5 if name == "overview" else 0)
    (tmp_path / "markers.db").rmdir()
    assert not any("arkers are not shown" in text for text in texts(app.run()))


def test_restored_markers_are_reported_once(
    small: RunningSandbox, connect: Callable[..., None], tmp_path: Path
) -> None:
    """A repair of the markers is reported once to each reader."""
    Markers(tmp_path).add(TODAY, "v4.2")
    (tmp_path / "markers.db").write_bytes(b"no database " * 500)
    connect(small)
    app = page()
    first = [toast.value for toast in app.toast]
    app.run()

    assert ["restored from their second copy" in toast for toast in first] == [True]
    assert [toast.value for toast in app.toast] == []


def drawn(app: AppTest) -> dict[str, pd.DataFrame]:
    """The datasets of the chart over time, by name."""
    proto = next(chart.proto for chart in app.get("vega_lite_chart") if chart.proto.alt.startswith("Items per"))
    return {one.name: pa.ipc.open_stream(one.data.data).read_pandas() for one in proto.datasets}


@pytest.mark.parametrize("bucket", ["day", "week", "month"])
def test_a_rule_stands_at_the_start_of_its_day(connect: Callable[..., None], tmp_path: Path, bucket: str) -> None:
    """Whatever the bucket, the browser gets the start of a marker's day, and its names together."""
    day = TODAY - timedelta(days=16)
    for name in ("v4.2", "Prices up"):
        Markers(tmp_path).add(day, name)
    with running_sandbox(tmp_path / "loop", items=[row(24 * 30), row(1)]) as sandbox:
        connect(sandbox)
        sets = drawn(page(bucket=bucket, last="all time"))

    assert sets["markers"]["day"].tolist() == [pd.Timestamp(day, tz="UTC")]
    assert sets["markers"]["names"].tolist() == ["v4.2, Prices up"]
    assert sets["items"]["items"].sum() == 2


DAYS = st.dates(date(2026, 1, 1), date(2026, 6, 19))


@given(st.lists(DAYS, min_size=1, max_size=20, unique=True))
def test_no_two_names_share_their_room(days: list[date]) -> None:
    """On either side a name has no more room than the way to the next flag, or its half."""
    begin, end = (1000 * datetime(2026, month, 1, tzinfo=UTC).timestamp() for month in (1, 7))
    found = marker_layers.sent({day: ["v"] for day in sorted(days)}, (begin, end)).to_pandas()
    places = [(1000 * day.timestamp() - begin) / (end - begin) for day in found["day"]]
    ways = [later - earlier for earlier, later in pairwise([*places, 1])]

    assert found["right"].tolist() == pytest.approx(ways)
    assert found["later"].tolist() == [*range(len(days))][::-1]
    assert found["gap"].iloc[-1] == pytest.approx(ways[-2] / 2 if len(days) > 1 else places[0])


@given(st.lists(st.tuples(DAYS, st.sampled_from("abc")), max_size=30), st.sampled_from([1, 7, 30]))
def test_each_bucket_names_its_own_markers(marked: list[tuple[date, str]], size: int) -> None:
    """The text of a bucket names the markers of its days, five at most, and how many more there are."""
    starts = [date(2026, 1, 1) + timedelta(days=day) for day in range(0, 170, size)]
    by_day: dict[date, list[str]] = {}
    for day, name in sorted(marked):
        by_day.setdefault(day, []).append(name)
    found = marker_layers.in_buckets(pd.to_datetime(pd.Series(starts), utc=True), by_day)

    for place, start in enumerate(starts):
        until = starts[place + 1] if place + 1 < len(starts) else date.max
        of_it = [f"{name} ({day.day} {day:%b})" for day, name in sorted(marked) if start <= day < until]
        more = f" and {len(of_it) - 5} more" if len(of_it) > 5 else ""
        assert found.iloc[place] == ", ".join(of_it[:5]) + more


def test_a_text_names_a_few_markers() -> None:
    """An alternative text names the first markers, and says how many more there are."""
    days = {date(2026, 6, day): ["v", "w"] for day in range(1, 9)}

    assert alt_texts.marked({}) == ""
    assert alt_texts.marked(days).endswith("v on 4 June 2026, w on 4 June 2026 and 8 more.")


@pytest.mark.parametrize(
    ("plain", "marked"),
    [
        (vega_specs.volume_spec(KINDS), marker_layers.over_time(vega_specs.volume_spec(KINDS))),
        (vega_specs.heat_spec(), marker_layers.by_week(vega_specs.heat_spec())),
    ],
    ids=["over time", "by week"],
)
def test_markers_leave_the_chart_below_them_as_it_is(plain: dict[str, Any], marked: dict[str, Any]) -> None:
    """The first layer is the chart without markers; only its marks can be picked, and flags have a text for readers."""
    chart, *layers = marked["layer"]
    flags = [layer for layer in layers if layer["mark"]["type"] == "point"]

    assert {name: chart[name] for name in ("mark", "encoding", "transform")} == {
        name: plain[name] for name in ("mark", "encoding", "transform")
    }
    assert {name: value for name, value in plain.items() if name not in {*chart, "params"}}.items() <= marked.items()
    assert _clicks(plain) == [None]
    assert _clicks(marked) == [marker_layers.PICKABLE]
    assert all(marker_layers.IS_MARKER in layer["transform"] for layer in layers)
    assert [flag["encoding"]["description"]["field"] for flag in flags] == ["mark_text"]


def _clicks(spec: dict[str, Any]) -> Sequence[str | None]:
    return [param["select"].get("on") for param in spec["params"] if param["name"] == vega_specs.PICKED]
