"""The inbox in Chromium: from item to item by keys, copies, and from a number to its rows and back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import running_dashboard
from tests.sandboxes import row, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

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
def page(browser: Browser) -> Iterator[Page]:
    """A fresh tab."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    yield context.new_page()
    context.close()


def read(page: Page, message: str) -> None:
    """Wait until the pane shows this message."""
    expect(page.get_by_test_id("stText").filter(has_text=re.compile(f"^{message}$")).first).to_be_visible()


def test_keys_lead_from_item_to_item(page: Page, address: str) -> None:
    """J and k step through the view, over its pages too, h lists the keys; typed into the search they are letters."""
    page.goto(f"{address}/inbox?item=fb_50")
    read(page, "Message 50")

    page.keyboard.press("j")
    page.wait_for_url(re.compile("item=fb_51"))
    read(page, "Message 51")
    expect(page.get_by_text("51-100 of 120 items")).to_be_visible()
    page.keyboard.press("k")
    page.wait_for_url(re.compile("item=fb_50"))
    page.keyboard.press("h")
    expect(page.get_by_role("dialog").get_by_text("the next item")).to_be_visible()
    page.keyboard.press("Escape")

    page.get_by_role("searchbox", name="Search").press_sequentially("jkh")
    assert page.get_by_role("searchbox", name="Search").input_value() == "jkh"
    assert "item=fb_50" in page.url


def test_an_item_can_be_copied_as_a_link_and_as_a_quote(page: Page, address: str) -> None:
    """The link opens this very item in a fresh tab."""
    page.goto(f"{address}/inbox?item=fb_7&tag=exports")
    read(page, "Message 7")
    page.get_by_role("button", name="Copy").click()

    link = page.get_by_test_id("stCode").first.inner_text().strip()
    assert link == f"{address}/inbox?view=all&item=fb_7"
    assert "> Message 7" in page.get_by_test_id("stCode").nth(1).inner_text()
    page.goto(link)
    read(page, "Message 7")
