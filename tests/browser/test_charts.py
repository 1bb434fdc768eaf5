"""Each label of a chart stands beside its marks in Chromium."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from loop_client.mirror.zones import written
from loop_client.service import Markers
from tests.browser import looking
from tests.browser.states import account_with
from tests.moment import NOW
from tests.sandboxes import row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

TAGS = ("billing", "exports", "search")
ROWS = [row(24 * 7 * week, id=f"fb_{week}_{tag}", tag=tag) for week in (3, 2, 1, 0) for tag in TAGS]

PLACES = """
(chart) => {
  const place = (one, text) => {
    const { x, y, width, height } = one.getBoundingClientRect();
    return [text, x + width / 2, y + height / 2];
  };
  return {
    labels: [...chart.querySelectorAll(".role-axis-label text")].map((one) => place(one, one.textContent)),
    marks: [...chart.querySelectorAll(".role-mark path[aria-label]")].map((one) => place(one, one.ariaLabel)),
  };
}
"""
"""Texts of labels and marks, each with its centre."""


@pytest.fixture(scope="module")
def page(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The overview with three tags in four weeks."""
    with account_with(tmp_path_factory.mktemp("charts"), ROWS) as address:
        page = looking.opened(browser, f"{address}/?bucket=week")
        yield page
        page.close()


def places(page: Page, about: str) -> dict[str, Any]:
    """The drawn texts of the chart whose description starts like this."""
    found: dict[str, Any] = page.locator(f"[data-testid=stVegaLiteChart][aria-label^='{about}']").evaluate(PLACES)
    return found


@pytest.mark.parametrize("about", ["Items by tag and week", "Items by tag and sentiment"])
def test_a_row_has_its_label_at_its_height(page: Page, about: str) -> None:
    """Each row's label is at its height, the first and the last one too."""
    chart = places(page, about)

    rows = {label: height for label, _, height in chart["labels"] if label in TAGS}
    assert {*rows} == {*TAGS}
    for label, height in rows.items():
        marks = [at for text, _, at in chart["marks"] if text.startswith(f"{label},")]
        assert marks
        assert marks == pytest.approx([height] * len(marks), abs=2)


@pytest.mark.parametrize("about", ["Items by tag and week", "Items per week"])
def test_a_week_has_its_label_below_it(page: Page, about: str) -> None:
    """In both charts with weeks each week has the date of its Monday below it."""
    chart = places(page, about)

    weeks = {" ".join(label.split()[:2]): middle for label, middle, _ in chart["labels"] if not label.isdecimal()}
    weeks = {label: middle for label, middle in weeks.items() if label not in TAGS}
    assert len(weeks) == 4
    for label, middle in weeks.items():
        marks = [at for text, at, _ in chart["marks"] if f"from {label} " in text]
        assert marks
        assert marks == pytest.approx([middle] * len(marks), abs=3)


def test_a_bar_has_its_value_at_its_height(page: Page) -> None:
    """The number that a tag is ordered by is at the height of its bar."""
    chart = page.locator("[data-testid=stVegaLiteChart][aria-label^='Items by tag and sentiment']")
    values = chart.locator(".role-mark text").evaluate_all(
        "all => all.filter((one) => one.textContent).map((one) => one.getBoundingClientRect())"
        ".map((one) => one.y + one.height / 2)"
    )
    bars = [at for _, _, at in places(page, "Items by tag and sentiment")["marks"]]

    assert sorted(values) == pytest.approx(sorted(bars), abs=2)


def test_a_table_is_behind_an_icon_with_a_name(page: Page) -> None:
    """The label of a table's icon is not seen but read out, and the table has its room at a click."""
    icon = page.get_by_role("button", name="Tags as a table", exact=True)
    label = icon.get_by_text("Tags as a table").evaluate("one => one.parentElement.getBoundingClientRect().width")
    button = icon.bounding_box()
    icon.click()
    table = page.get_by_test_id("stPopoverBody").get_by_test_id("stDataFrame")
    table.wait_for()
    page.wait_for_timeout(500)
    shown = table.bounding_box()
    page.keyboard.press("Escape")

    assert button is not None
    assert shown is not None
    assert label <= 1
    assert button["width"] < 50
    assert shown["width"] > 200


def test_no_date_is_cut_on_a_phone(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> None:
    """On a phone the last date is not cut, though it is wider than its bar."""
    days = [row(24 * day, id=f"fb_{day}") for day in range(40, -1, -1)]
    with account_with(tmp_path_factory.mktemp("days"), days) as address:
        page = looking.opened(browser, f"{address}/?bucket=day", 390)
        chart = page.locator("[data-testid=stVegaLiteChart][aria-label^='Items per day']")
        drawn = chart.evaluate("chart => chart.querySelector('svg').getBoundingClientRect().right")
        dates = chart.locator(".role-axis-label text").evaluate_all(
            "all => all.map(one => one.getBoundingClientRect().right)"
        )
        page.close()

    assert len(dates) > 5
    assert max(dates) <= drawn


def test_the_heat_map_shows_the_weeks_that_fit(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The heat map has 26 weeks on a wide window, and on a phone the last ones, each wide enough to be seen."""
    weeks = [row(24 * 7 * week, id=f"fb_{week}") for week in range(40, -1, -1)]
    shown = {}
    with account_with(tmp_path_factory.mktemp("weeks"), weeks) as address:
        for width in (1440, 390):
            page = looking.opened(browser, f"{address}/?bucket=week", width)
            chart = page.locator("[data-testid=stVegaLiteChart][aria-label^='Items by tag and week']")
            shown[width] = chart.locator(".role-mark path[aria-label]").evaluate_all(
                "all => all.map(one => [one.ariaLabel.split(',')[1], one.getBoundingClientRect().width])"
            )
            page.close()

    assert len(shown[1440]) == 26
    assert 4 < len(shown[390]) < 16
    assert [week for week, _ in shown[390]] == [week for week, _ in shown[1440]][-len(shown[390]) :]
    assert min(width for _, width in shown[390]) > 20


RULES = """
(chart) => {
  const at = (one) => one.getBoundingClientRect();
  const all = (selector) => [...chart.querySelectorAll(selector)];
  return {
    bars: all(".mark-rect.role-mark path[aria-label]").map((one) => [one.ariaLabel, at(one).left, at(one).right]),
    rules: all(".mark-rule.role-mark line").map((one) => [at(one).left, at(one).height]),
    flags: all(".mark-symbol.role-mark path[aria-label]").map((one) => one.ariaLabel),
    names: all(".mark-text.role-mark text").map((one) => one.textContent),
  };
}
"""
"""What the chart over time has drawn."""


def test_a_marker_stands_where_its_day_begins(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A marker's rule is between two bars, left of its day, with its name above; it moves no bar, and opens nothing."""
    folder, days = tmp_path_factory.mktemp("markers"), [row(24 * day, id=f"fb_{day}") for day in range(20, -1, -1)]
    released = (NOW - timedelta(days=9)).date()
    with account_with(folder, days) as address:
        page = looking.opened(browser, f"{address}/?bucket=day&last=all+time")
        chart = page.locator("[data-testid=stVegaLiteChart][aria-label^='Items per day']")
        before = chart.evaluate(RULES)
        Markers(folder).add(released, "v4.2")
        page.reload()
        chart.locator(".mark-symbol.role-mark path[aria-label]").wait_for()
        looking.settled(page)
        after = chart.evaluate(RULES)
        chart.locator(".mark-symbol.role-mark path[aria-label]").hover()
        page.locator("#vg-tooltip-element").get_by_text("v4.2").wait_for()
        chart.locator(".mark-symbol.role-mark path[aria-label]").click()
        page.wait_for_timeout(1500)
        stayed = page.get_by_role("heading", level=1).inner_text()
        chart.locator(".mark-rect.role-mark path[aria-label]").last.click()
        page.wait_for_url("**/inbox?*")
        page.close()

    ends = {text.split("from ")[1].split(",")[0]: (left, right) for text, left, right in after["bars"]}
    (_, end), (start, _) = ends[written(released - timedelta(days=1))], ends[written(released)]
    ((rule, height),) = after["rules"]
    assert before["rules"] == []
    assert after["bars"] == before["bars"]
    assert end - 1 < rule < start
    assert height > 100
    assert after["flags"] == [f"Marker v4.2, {written(released, '%a %-d %b %Y')}"]
    assert after["names"] == ["v4.2"]
    assert stayed == "Overview"
