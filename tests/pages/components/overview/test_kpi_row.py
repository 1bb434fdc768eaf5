"""The overview's numbers: each with its trend, its change in words and colour, and a link to its rows."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest
from streamlit.proto.Metric_pb2 import Metric as MetricProto

from loop_client import report
from loop_client.mirror.cube import cells_of
from loop_client.query import Filters, drill_down_of
from loop_client.report import Change, count_change
from pages.components.overview import kpi_row
from pages.session import runtime
from tests.frames import item, items_frame
from tests.pages.conftest import page
from tests.sandboxes import row, running_sandbox
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from loop_client.mirror import Snapshot
    from tests.sandboxes import RunningSandbox


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        (None, {}),
        (Change(30, 0.25), {"delta": "+25%", "delta_color": "off", "delta_arrow": "up"}),
        (Change(-30, -0.25), {"delta": "-25%", "delta_color": "off", "delta_arrow": "down"}),
        (Change(30, 0.004), {"delta": "+0.4%", "delta_color": "off", "delta_arrow": "up"}),
        (Change(0.125, meaning="worse"), {"delta": "+12.5 points", "delta_color": "red", "delta_arrow": "up"}),
        (Change(-0.1, meaning="better"), {"delta": "-10.0 points", "delta_color": "green", "delta_arrow": "down"}),
        (Change(reason="too few items"), {"delta": "too few items", "delta_color": "off", "delta_arrow": "off"}),
    ],
)
def test_a_change_is_shown_by_sign_arrow_and_colour(change: Change | None, shown: dict[str, str]) -> None:
    """A change for the worse is red, for the better green, whatever its direction; a reason has no colour."""
    assert kpi_row._delta(change) == shown  # noqa: SLF001


def test_a_significant_change_is_never_shown_as_zero() -> None:
    """A small but significant change is shown with enough digits."""
    shown = kpi_row._delta(count_change(1_005_000, 1_000_000))  # noqa: SLF001

    assert shown["delta"] == "+0.5%"


def links(app: Any) -> dict[str, dict[str, list[str]]]:  # noqa: ANN401 - an AppTest
    """Label → query of the links to rows."""
    return {link.label: parse_qs(link.proto.query_string) for link in app.get("page_link")}


def counted(app: Any) -> dict[str, Any]:  # noqa: ANN401 - an AppTest
    """Label → metric."""
    return {metric.label: metric for metric in app.metric}


def test_each_number_leads_to_as_many_rows(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """Each number's link lists as many rows as it counts."""
    connect(small)
    snapshot = runtime.snapshot()

    queries = links(page())

    rows = {
        label: len(Filters().rows(snapshot, drill_down_of(query["only"])[0] if "only" in query else Filters()))
        for label, query in queries.items()
        if "view" in query
    }
    no_tag = rows.pop("No tag: 1 item")
    assert rows == {"All items": 5, "Open items": 4, "To answer": 2, "Negative": 3, "These items": 1}
    assert no_tag == 1
    here = {"view": ["all"], "last": ["all time"]}  # in another tab, the link shows the same
    assert queries["To answer"] == {**here, "only": ["status:open", "sentiment:negative"]}
    assert queries["Negative"] == {**here, "only": ["sentiment:negative"]}
    assert queries["Oldest first"] == {"sort": ["oldest first"], "last": ["all time"]}


def test_a_number_of_nothing_leads_nowhere(tmp_path: Path, connect: Callable[..., None]) -> None:
    """A number of zero has no link."""
    with running_sandbox(tmp_path / "loop", items=[row(0, sentiment="positive", status="resolved")]) as sandbox:
        connect(sandbox)

        assert {"Open items", "To answer", "Negative", "These items"}.isdisjoint(links(page()))
        assert "All items" in links(page())


def trends(app: Any) -> dict[str, list[float]]:  # noqa: ANN401 - an AppTest
    """Label → the points of the trend, -1 for a gap."""
    return {
        label: [-1 if point != point else point for point in metric.proto.chart_data]  # noqa: PLR0124 - NaN
        for label, metric in counted(app).items()
        if metric.proto.chart_data
    }


@pytest.mark.usefixtures("still")
def test_each_number_has_its_own_trend_without_today(tmp_path: Path, connect: Callable[..., None]) -> None:
    """Each number has its own trend, without the unfinished day, and with a gap where no item has a sentiment."""
    noon = datetime.now(UTC).replace(hour=0, minute=0, second=0) - timedelta(hours=12)

    def at(days: int, number: int, **values: str | None) -> dict[str, str | None]:
        moment = noon - timedelta(days=days - 1)
        return row(number, created_at=f"{moment:%Y-%m-%dT%H:%M:%S.000Z}", **values)

    items = [
        at(4, 9, sentiment="positive", user_id="u_2"),
        at(4, 8),
        at(3, 7, sentiment=None, status="resolved"),
        at(2, 6, status="resolved"),
        at(1, 5),
        at(1, 4, sentiment="positive"),
        at(1, 3, sentiment="positive", status="resolved"),
        row(0),
    ]
    with running_sandbox(tmp_path / "loop", items=items) as sandbox:
        connect(sandbox)

        assert trends(page()) == {
            "Items": [2, 1, 1, 3],
            "Negative share": [0.5, -1, 1, pytest.approx(1 / 3)],
            "People": [2, 1, 1, 1],
        }
        assert trends(page(bucket="month")) == {}


@pytest.mark.usefixtures("still")
def test_sparklines_have_the_complete_buckets_up_to_today(tmp_path: Path, connect: Callable[..., None]) -> None:
    """Sparklines have only complete buckets, with zeros for weeks without items."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0)
    monday = midnight - timedelta(days=midnight.weekday())
    days = [(-25, "u_1"), (-21, "u_2"), (-21, "u_1"), (-20, "u_1")]
    moments = [(f"{monday + timedelta(days=number):%Y-%m-%dT%H:%M:%S.000Z}", user) for number, user in days]
    items = [row(24 * 60), *(row(9 - place, created_at=at, user_id=user) for place, (at, user) in enumerate(moments))]
    with running_sandbox(tmp_path / "loop", items=items) as sandbox:
        connect(sandbox)
        app = page(since=f"{monday - timedelta(days=26):%Y-%m-%d}", bucket="week")

    lines = trends(app)
    assert lines["Items"] == [3, 0, 0]
    assert lines["People"] == [2, 0, 0]
    assert "A week that is not over, or cut by the dates, is left out." in counted(app)["Items"].help


@pytest.mark.usefixtures("still")
def test_a_sparkline_of_the_last_points_is_labelled_as_such(tmp_path: Path, connect: Callable[..., None]) -> None:
    """A sparkline cut to its last points says so, without counting today."""
    with running_sandbox(tmp_path / "loop", items=[row(24 * 50), row(24 * 2), row(0)]) as sandbox:
        connect(sandbox)
        days, weeks = (page(bucket=bucket) for bucket in ("day", "week"))

    assert len(trends(days)["People"]) == len(trends(days)["Items"]) == 29
    assert counted(days)["Items"].help.startswith("Trend per day, by creation date, last 30 days.")
    assert counted(weeks)["Items"].help.startswith("Trend per week, by creation date.")


def test_a_share_names_its_base(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """The negative share names its base, and beside it stands the net sentiment."""
    connect(small)

    about = counted(page())["Negative share"].help

    assert about.startswith(
        "3 of the 4 items that have a sentiment. Net sentiment (share positive less share negative): -50%."
    )


@pytest.mark.parametrize(
    ("negative", "positive", "shown"),
    [
        (1, 0, ">-1%"),
        (0, 1, "<+1%"),
        (1, 1, "0%"),
        (299, 0, "<-99%"),
        (0, 299, ">+99%"),
        (0, 300, "+100%"),
        (300, 0, "-100%"),
    ],
)
def test_a_net_sentiment_is_shown_as_zero_only_when_it_is(negative: int, positive: int, shown: str) -> None:
    """A small negative net sentiment is not shown as "-0%"."""
    totals = report.totals(
        cells_of(
            items_frame(
                item(number, sentiment="negative" if number < negative else "positive")
                if number < negative + positive
                else item(number, sentiment="neutral")
                for number in range(300)
            )
        )
    )

    assert kpi_row._net(totals).endswith(f"): {shown}.")  # noqa: SLF001


def test_one_negative_of_many_is_not_none(tmp_path: Path, connect: Callable[..., None]) -> None:
    """A share of less than a percent is not shown as zero."""
    rows = [row(number, sentiment="negative" if number == 7 else "neutral") for number in range(1, 301)]
    with running_sandbox(tmp_path / "loop", items=rows) as sandbox:
        connect(sandbox)

        assert counted(page())["Negative share"].value == "<1%"


@pytest.mark.usefixtures("still")
def test_only_what_passes_is_compared(tmp_path: Path, connect: Callable[..., None]) -> None:
    """Comparisons count only items that pass the filters, today's too."""
    now = [row(24 + number) for number in range(30)]
    others = [row(0, id=f"fb_other_{number}", tag="search", sentiment="positive") for number in range(30)]
    before = [row(24 * 9 + number, sentiment="positive") for number in range(10)]
    with running_sandbox(tmp_path / "loop", items=[*now, *others, *before, row(24 * 30)]) as sandbox:
        connect(sandbox)
        metrics = counted(page(last="7 days", tag="exports"))

    assert (metrics["Items"].delta, metrics["Negative share"].delta) == ("+200%", "+100.0 points")


@contextmanager
def walking(
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    rows: list[dict[str, str | None]],
    condition: Callable[[Snapshot], Any],
) -> Iterator[None]:
    """Connect to a slow sandbox with these rows, and wait until this condition is true of the loaded items."""
    with running_sandbox(folder / "loop", items=rows, latency_ms=2_000) as slow:
        settings = {"LOOP_API_KEY": slow.api_key, "LOOP_BASE_URL": slow.base_url, "LOOP_DATA_DIR": str(folder)}
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        runtime.start()
        try:
            until(lambda: condition(runtime.snapshot()))
            yield
        finally:
            runtime.stop()


def test_open_items_are_complete_before_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While resolved items load, the number of open items is complete, and so is a page of open items alone."""
    rows = [row(number, status="open" if number < 3 else "resolved") for number in range(500, 0, -1)]
    with walking(monkeypatch, tmp_path, rows, lambda shown: shown.coverage.reaches(None, ("open",))):
        all_items, queries = page(), page(status="open")

    metrics = counted(all_items)
    assert (metrics["Open"].value, metrics["Open negative"].value) == ("2", "2")
    assert metrics["Items"].value.endswith("+")
    assert "or by what is loaded" in metrics["Items"].help
    titles = [title.value for title in all_items.subheader if title.value != "Filters"]
    assert [title for title in titles if not title.endswith(", so far")] == ["Open negative items by age"]
    assert not any(metric.value.endswith("+") for metric in queries.metric)
    assert not any(title.value.endswith("so far") for title in queries.subheader)


def test_a_part_is_marked_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While older items load, each number has a plus, and the share is "so far"."""
    rows = [row(number) for number in range(500, 0, -1)]
    with walking(monkeypatch, tmp_path, rows, lambda shown: len(shown.frame)):
        app = page()

    values = {label: metric.value for label, metric in counted(app).items()}
    assert values.pop("Negative so far") == "100%"
    assert len(values) == 5
    assert all(value.endswith("+") for value in values.values())
    assert all(title.value.endswith(", so far") for title in app.subheader if title.value != "Filters")


@pytest.mark.usefixtures("still")
def test_a_clear_change_has_its_meaning(tmp_path: Path, connect: Callable[..., None]) -> None:
    """A greater negative share is marked as worse; more items or people are neither better nor worse."""
    now = [row(number, user_id=f"u_{number}") for number in range(1, 31)]
    before = [row(24 * 9 + number, sentiment="positive", user_id=f"u_{number}") for number in range(10)]
    with running_sandbox(tmp_path / "loop", items=[*now, *before, row(24 * 30)]) as sandbox:
        connect(sandbox)
        metrics = counted(page(last="7 days"))

    shown = {
        label: (metrics[label].delta, metrics[label].proto.color) for label in ("Items", "Negative share", "People")
    }
    red, grey = MetricProto.RED, MetricProto.GRAY
    assert shown == {"Items": ("+200%", grey), "Negative share": ("+100.0 points", red), "People": ("+200%", grey)}
    assert "against the previous period of equal length" in metrics["Items"].help


@pytest.mark.usefixtures("still")
def test_nothing_is_compared_with_days_before_the_first_item(tmp_path: Path, connect: Callable[..., None]) -> None:
    """Without a baseline before the first item no change is shown."""
    items = [row(24 * day + number, user_id=f"u_{number}") for day in (0, 9) for number in range(1, 21)]
    with running_sandbox(tmp_path / "loop", items=items) as sandbox:
        connect(sandbox)
        metrics = counted(page(last="7 days"))

    shown = {label: metrics[label].delta for label in ("Items", "Negative share", "People")}
    assert shown == dict.fromkeys(shown, "no earlier period")


@pytest.mark.usefixtures("still")
def test_the_reason_for_no_comparison_is_shown(tmp_path: Path, connect: Callable[..., None]) -> None:
    """The reason for no comparison is short on the card and complete in its help."""
    with running_sandbox(tmp_path / "loop", items=[row(1)]) as sandbox:
        connect(sandbox)
        uncovered, by_status = (counted(page(last="7 days", **more))["Items"] for more in ({}, {"status": "open"}))

    assert uncovered.delta == "no earlier period"
    assert uncovered.help.endswith("Not compared with the previous period of equal length: no earlier period.")
    assert by_status.delta == "not compared"
    assert by_status.help.endswith("Not compared by status: older items had longer to be resolved.")


def test_an_insignificant_change_is_not_shown_as_no_change() -> None:
    """An insignificant change is not shown as "no change"."""
    shown = kpi_row._compared(count_change(11, 10))  # noqa: SLF001

    assert shown == "The change from the previous period of equal length is within random variation."
