"""The inbox on a phone: an item replaces the list, and the pages are within reach."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser import looking
from tests.browser.states import account_with
from tests.sandboxes import row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import BrowserContext, Locator, Page

pytestmark = pytest.mark.browser

PHONE = 390
HEIGHT = 844
NEXT = re.compile("^Next Shortcut")
LONG = "A very long message. " * 1_000
ROWS = [*(row(number) for number in range(60, 2, -1)), row(2, message=LONG), row(1)]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A dashboard of 60 open negative items, one of them very long."""
    with account_with(tmp_path_factory.mktemp("phone"), ROWS) as running:
        yield running


def phone(window: BrowserContext, url: str, width: int = PHONE) -> Page:
    """The inbox in a window of this width, with all items."""
    page = looking.opened(window, url, width=width)
    expect(page.get_by_text("complete back to")).to_be_visible(timeout=60_000)
    looking.settled(page)
    return page


def on_screen(one: Locator) -> bool:
    """Whether it is visible without scrolling."""
    box = one.bounding_box()
    return box is not None and box["y"] >= 0 and box["y"] + box["height"] <= HEIGHT


def test_a_row_that_is_tapped_shows_its_item_in_place_of_the_list(window: BrowserContext, address: str) -> None:
    """A tap on a row shows its item instead of the list, and Back or a button returns in one step."""
    page = phone(window, f"{address}/inbox?view=all")
    rows = page.get_by_test_id("stDataFrame").first
    expect(page.get_by_role("button", name=NEXT)).not_to_be_visible()
    before = page.url
    page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 400)")
    page.wait_for_timeout(300)
    rows.click(position={"x": 60, "y": 500})
    page.wait_for_url(re.compile("item="))
    looking.settled(page)

    expect(rows).not_to_be_visible()
    assert on_screen(page.get_by_role("button", name=NEXT))
    assert on_screen(page.get_by_test_id("stText").filter(has_text=re.compile("^Message 8$")))

    page.get_by_role("button", name="Back to the list").click()
    expect(rows).to_be_visible()
    page.go_back()
    expect(rows).not_to_be_visible()
    page.go_back()
    page.wait_for_url(before)
    expect(rows).to_be_visible()
    page.close()


def test_a_very_long_item_that_is_tapped_begins_at_its_top(window: BrowserContext, address: str) -> None:
    """A very long item is shown from its top, even if the list was scrolled."""
    page = phone(window, f"{address}/inbox?view=all")
    page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 200)")
    page.wait_for_timeout(300)
    page.get_by_test_id("stDataFrame").first.click(position={"x": 60, "y": 137})
    page.wait_for_url(re.compile("item=fb_2"))
    looking.settled(page)

    assert page.get_by_test_id("stMain").evaluate("main => main.scrollTop") == 0
    assert on_screen(page.get_by_role("button", name=NEXT))
    page.close()


def test_what_leads_on_from_a_very_long_message_stands_above_it(window: BrowserContext, address: str) -> None:
    """The person, tag, copy button and next item are above a very long message."""
    page = phone(window, f"{address}/inbox?view=all&item=fb_2")

    assert on_screen(page.get_by_role("button", name=NEXT))
    assert on_screen(page.get_by_role("button", name="Copy"))
    assert on_screen(page.get_by_text("u_1", exact=True).first)
    assert on_screen(page.get_by_text("exports", exact=True).first)
    page.close()


def test_the_pages_are_reached_without_opening_the_filters(window: BrowserContext, address: str) -> None:
    """Each page is one link on the first screen."""
    page = phone(window, f"{address}/inbox")
    for name in ("Submit", "Overview", "Inbox"):
        link = page.get_by_role("link", name=name, exact=True)
        assert on_screen(link)
        link.click()
        expect(page.get_by_role("heading", level=1, name=re.compile(name))).to_be_visible()
    page.close()


def test_a_wide_window_shows_list_and_item_side_by_side(window: BrowserContext, address: str) -> None:
    """In a wide window list and item are side by side, without a way back."""
    page = phone(window, f"{address}/inbox?view=all&item=fb_5", width=1440)

    expect(page.get_by_test_id("stDataFrame").first).to_be_visible()
    expect(page.get_by_role("button", name=NEXT)).to_be_visible()
    expect(page.get_by_role("button", name="Back to the list")).not_to_be_visible()
    page.close()
