"""Back undoes one step at a time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser import looking
from tests.browser.states import sample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import BrowserContext, Page

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A dashboard of sample items."""
    with sample(tmp_path_factory.mktemp("sample")) as running:
        yield running


def pill(name: str) -> Callable[[Page], None]:
    """Choose a view."""
    return lambda page: page.get_by_role("radio", name=re.compile(f"^{name}")).click()


def follow(name: str) -> Callable[[Page], None]:
    """Follow a link of the navigation."""
    return lambda page: page.get_by_role("link", name=name, exact=True).first.click()


STEPS: list[tuple[Callable[[Page], None], str]] = [
    (lambda page: page.locator(".st-key-by-tag [aria-label^='exports, negative']").click(), "/inbox.*only=tag"),
    (pill("No tag"), "view=untagged"),
    (pill("All"), "view=all"),
    (lambda page: page.get_by_role("button", name="Show all").click(), "/inbox(?!.*only=)"),
    (lambda page: page.get_by_test_id("stDataFrame").first.click(position={"x": 60, "y": 200}), "item="),
    (lambda page: page.keyboard.press("j"), "item="),
    (follow("Overview"), ":[0-9]+/(?!inbox)"),
    (follow("Submit"), "/submit"),
]
"""Steps of a reader, and the link after each."""


def test_each_thing_that_a_reader_does_is_one_step_back(window: BrowserContext, address: str) -> None:
    """A mark, a view, an item and a page are one step each, and Back restores their links in order."""
    page = looking.opened(window, f"{address}/?tag=exports&tag=search&bucket=week&measure=shares")
    expect(page.get_by_text("complete back to")).to_be_visible(timeout=60_000)
    looking.settled(page)
    links = [page.url]
    for act, there in STEPS:
        act(page)
        page.wait_for_url(re.compile(f"^(?!{re.escape(links[-1])}$).*{there}"))
        looking.settled(page)
        links.append(page.url)

    for link in reversed(links[:-1]):
        page.go_back()
        page.wait_for_url(link)
        looking.settled(page)
        expect(page).to_have_url(link)
    page.close()


def test_filters_leave_no_step(window: BrowserContext, address: str) -> None:
    """A changed filter replaces the link without a step in the history."""
    page = looking.opened(window, f"{address}/inbox?tag=exports&source=email&sentiment=negative&last=90+days")
    expect(page.get_by_text("complete back to")).to_be_visible(timeout=60_000)
    looking.settled(page)
    before = page.evaluate("history.length")

    page.get_by_text("30 days", exact=True).click()
    page.wait_for_url(re.compile("last=30"))
    page.get_by_role("button", name="Clear filters").first.click()
    page.wait_for_url(lambda url: "tag" not in url and "last" not in url)
    looking.settled(page)

    assert page.evaluate("history.length") == before
    page.close()


def test_a_view_that_gives_way_to_a_filter_leaves_no_step(window: BrowserContext, address: str) -> None:
    """A view replaced because of a filter makes no step, and opens no item."""
    page = looking.opened(window, f"{address}/inbox")
    expect(page.get_by_text("complete back to")).to_be_visible(timeout=60_000)
    looking.settled(page)
    before = page.evaluate("history.length")

    page.get_by_role("combobox", name="Status").click()
    page.get_by_role("option", name="resolved").click()
    page.wait_for_url(re.compile("view=all"))
    looking.settled(page)

    assert page.url == f"{address}/inbox?status=resolved&view=all"
    assert page.evaluate("history.length") == before
    page.close()


@pytest.mark.parametrize("act", [pill("All"), lambda page: page.get_by_text("oldest first").click()])
def test_what_changes_the_list_opens_no_item(window: BrowserContext, address: str, act: Callable[[Page], None]) -> None:
    """A change of the list does not open the previously selected row."""
    page = looking.opened(window, f"{address}/inbox")
    expect(page.get_by_text("complete back to")).to_be_visible(timeout=60_000)
    looking.settled(page)

    act(page)
    page.wait_for_url(re.compile("view=|sort="))
    looking.settled(page)

    assert "item=" not in page.url
    page.close()


def test_a_page_is_a_step_on_a_phone_too(window: BrowserContext, address: str) -> None:
    """On a phone a page is a step too."""
    page = looking.opened(window, address, width=390)
    expect(page.get_by_text("complete back to")).to_be_visible(timeout=60_000)
    looking.settled(page)
    before = page.url

    page.get_by_role("link", name="Inbox", exact=True).click()
    page.wait_for_url(re.compile("/inbox"))
    looking.settled(page)
    page.go_back()

    page.wait_for_url(before)
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    page.close()
