"""The inbox in Chromium: steps by keys, copies, and from a number to its rows and back."""

from __future__ import annotations

import csv
import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Page, TimeoutError, expect  # noqa: A004 - its own

from tests.browser.conftest import running_dashboard
from tests.sandboxes import row, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import BrowserContext, Position

pytestmark = pytest.mark.browser
ROWS = [row(number, tag="exports" if number % 3 else "search") for number in range(120, 0, -1)]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A dashboard of 120 open negative items."""
    folder = tmp_path_factory.mktemp("dashboard")
    with (
        running_sandbox(tmp_path_factory.mktemp("sandbox"), items=ROWS) as sandbox,
        running_dashboard(folder, LOOP_API_KEY=sandbox.api_key, LOOP_BASE_URL=sandbox.base_url) as running,
    ):
        yield running


@pytest.fixture
def page(window: BrowserContext) -> Page:
    """A new tab."""
    return window.new_page()


def read(page: Page, message: str) -> None:
    """Wait until the pane shows this message, and the page is complete."""
    expect(page.get_by_test_id("stText").filter(has_text=re.compile(f"^{message}$")).first).to_be_visible()
    page.wait_for_load_state("networkidle")


def press(page: Page, key: str, item: str) -> None:
    """Press a key until the link has the item, because a newly drawn page may not listen yet."""
    for _ in range(6):
        page.keyboard.press(key)
        with suppress(TimeoutError):
            page.wait_for_url(re.compile(f"item={item}(&|$)"), timeout=5_000)
            return
    raise AssertionError(f"{key} did not lead to {item}: {page.url}")


def choose(page: Page, card: str, mark: str) -> None:
    """Click on a mark until the inbox opens, because a newly drawn chart may not listen yet."""
    for _ in range(6):
        page.locator(f".st-key-{card} [aria-label='{mark}']").click()
        with suppress(TimeoutError):
            page.wait_for_url(re.compile("/inbox"), timeout=5_000)
            return
    raise AssertionError(f"a click on {mark} led nowhere: {page.url}")


def back_to_overview(page: Page, link: str) -> None:
    """Go one step back, to the overview with that link."""
    page.go_back()
    page.wait_for_url(link)
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()


def test_keys_lead_from_item_to_item(page: Page, address: str) -> None:
    """J and k step through the view across its pages, h lists the keys, and in the search they are letters."""
    page.goto(f"{address}/inbox?item=fb_50")
    read(page, "Message 50")

    press(page, "j", "fb_51")
    read(page, "Message 51")
    expect(page.get_by_text("51-100 of 120 items")).to_be_visible()
    press(page, "k", "fb_50")
    read(page, "Message 50")
    listed = page.get_by_role("dialog").get_by_text("the next row")
    for _ in range(6):
        page.keyboard.press("h")
        with suppress(AssertionError):
            expect(listed).to_be_visible(timeout=5_000)
            break
    expect(listed).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)

    search = page.get_by_role("searchbox", name="Search")
    search.click()
    search.press_sequentially("jkh")
    expect(search).to_have_value("jkh")
    assert "item=fb_50" in page.url


def test_the_list_follows_the_keys(page: Page, address: str) -> None:
    """The open item is the selected row, so that a click on the previous row opens it again."""
    page.goto(f"{address}/inbox")
    read(page, "Message 1")
    second: Position = {"x": 60, "y": 130}
    page.get_by_test_id("stDataFrame").first.click(position=second)
    read(page, "Message 2")
    press(page, "j", "fb_3")
    read(page, "Message 3")

    page.get_by_test_id("stDataFrame").first.click(position=second)
    page.wait_for_url(re.compile("item=fb_2(&|$)"))
    read(page, "Message 2")


def test_an_item_can_be_copied_as_a_link_and_as_a_quote(page: Page, address: str) -> None:
    """A copied link opens its item in a new tab."""
    page.goto(f"{address}/inbox?item=fb_7&tag=exports")
    read(page, "Message 7")
    page.get_by_role("button", name="Copy").click()

    link = page.get_by_test_id("stCode").first.inner_text().strip()
    assert link == f"{address}/inbox?view=all&item=fb_7"
    assert "> Message 7" in page.get_by_test_id("stCode").nth(1).inner_text()
    page.goto(link)
    read(page, "Message 7")


def test_a_mark_leads_to_its_rows_and_back(page: Page, address: str) -> None:
    """A click on a bar opens the inbox with its items and the filters, and Back returns to the chart."""
    page.goto(f"{address}/?status=open")
    page.wait_for_load_state("networkidle")
    choose(page, "by-tag", "exports, negative, 80 items")

    page.wait_for_url(lambda url: "only=tag" in url and "status=open" in url)
    expect(page.get_by_text("Only sentiment negative, tag exports")).to_be_visible()
    expect(page.get_by_text("1-50 of 80 items")).to_be_visible()

    back_to_overview(page, f"{address}/?status=open&last=all+time")


@pytest.mark.parametrize("card", ["volume-items", "by-source", "heat", "ages"])
def test_a_mark_of_every_chart_leads_to_as_many_rows_as_it_says(page: Page, address: str, card: str) -> None:
    """Each mark lists as many rows as its description for screen readers says."""
    page.goto(address)
    page.wait_for_load_state("networkidle")
    mark = page.locator(f".st-key-{card} path[role=graphics-symbol]:not([aria-label$=' 0 items'])").first
    label = mark.get_attribute("aria-label") or ""
    choose(page, card, label)

    count = label.rpartition(", ")[2]
    expect(page.get_by_text(re.compile(rf"^(1-50 of )?{count}$"))).to_be_visible()


def test_a_click_counts_once(page: Page, address: str) -> None:
    """A selected mark does not navigate again when something else changes."""
    page.goto(f"{address}/?tag=exports")
    page.wait_for_load_state("networkidle")
    choose(page, "by-tag", "exports, negative, 80 items")
    back_to_overview(page, f"{address}/?tag=exports&last=all+time")
    page.wait_for_load_state("networkidle")

    page.get_by_text("30 days", exact=True).click()
    page.wait_for_url(re.compile("last="))
    page.wait_for_load_state("networkidle")
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()


def test_dragging_over_time_sets_the_dates(page: Page, address: str) -> None:
    """Dragging sets the dates of filters and link, and the counts follow."""
    page.goto(address)
    page.wait_for_load_state("networkidle")
    bars = page.locator(".st-key-volume-items [aria-roledescription=bar]:not([aria-label$=' 0 items'])")
    expect(bars.first).to_be_visible()
    page.locator(".st-key-volume-items").scroll_into_view_if_needed()
    first, last = bars.first.bounding_box(), bars.last.bounding_box()
    assert first is not None
    assert last is not None
    middle = first["y"] + first["height"] / 2
    page.mouse.move((first["x"] + last["x"]) / 2, middle - 40)
    page.mouse.down()
    page.mouse.move(last["x"] + last["width"] - 2, middle - 20, steps=5)
    page.mouse.up()

    page.wait_for_url(re.compile("since="))
    expect(page.get_by_text("Clear filters")).to_be_visible()
    assert "until=" in page.url


def test_a_number_leads_to_its_rows(page: Page, address: str) -> None:
    """Each card of the overview links to the items that it counts."""
    page.goto(address)
    page.get_by_role("link", name="To answer").click()

    expect(page.get_by_text("Only status open, sentiment negative")).to_be_visible()
    expect(page.get_by_text("1-50 of 120 items")).to_be_visible()
    page.get_by_role("button", name="Show all").click()
    expect(page.get_by_text("Only status open")).to_have_count(0)


def test_an_export_is_exactly_what_is_listed(page: Page, address: str) -> None:
    """An export has the rows of the view in its order, with its metadata, and a second click exports again."""
    page.goto(f"{address}/inbox?tag=search&sort=oldest first")
    expect(page.get_by_text("40 items", exact=True)).to_be_visible()
    page.wait_for_load_state("networkidle")
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV, for any program").click()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    with page.expect_download() as second:
        page.get_by_role("link", name="CSV, for any program").click()

    assert second.value.path().read_text().count("\n") == download.value.path().read_text().count("\n")
    lines = list(csv.DictReader(download.value.path().read_text(encoding="utf-8-sig").splitlines()))
    assert [line["id"] for line in lines] == [f"fb_{number}" for number in range(120, 0, -3)]
    assert re.fullmatch(r"feedback-open-negative-\d{4}-\d\d-\d\d-\d{4}\.csv", download.value.suggested_filename)
    about = lines[0]["about"]
    assert about.startswith("40 items · ")
    assert "tag=search" in about
    assert "complete back to" in about


def test_an_export_has_the_link_of_the_current_question(page: Page, address: str) -> None:
    """A filter typed a moment ago is in the file's link and filters."""
    page.goto(f"{address}/inbox?tag=search")
    expect(page.get_by_text("40 items", exact=True)).to_be_visible()
    page.wait_for_load_state("networkidle")
    page.get_by_role("searchbox", name="Search").fill("12")
    page.get_by_role("searchbox", name="Search").press("Enter")
    expect(page.get_by_text(re.compile("^[23] items, searched"))).to_be_visible()
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="JSON, for programs").click()

    about = json.loads(download.value.path().read_text())["about"]
    assert about["filters"]["text"] == "12"
    asked = parse_qs(about["link"].partition("?")[2])
    assert (asked["tag"], asked["text"]) == (["search"], ["12"])
