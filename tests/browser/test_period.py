"""The period in the link, the numbers beside the options, and the tab's title, in a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import running_dashboard
from tests.browser.looking import number
from tests.sandboxes import row, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import BrowserContext, Page

    from tests.sandboxes import RunningSandbox

pytestmark = pytest.mark.browser

ROWS = [row(1, tag='a "quoted" tag'), row(2), row(3, tag=None), row(24 * 40), row(24 * 80, sentiment="positive")]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    """An account with three items of this month and two older ones."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), items=ROWS) as running:
        yield running


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, sandbox: RunningSandbox) -> Iterator[str]:
    """A dashboard of it."""
    settings = {"LOOP_API_KEY": sandbox.api_key, "LOOP_BASE_URL": sandbox.base_url}
    with running_dashboard(tmp_path_factory.mktemp("dashboard"), **settings) as running:
        yield running


@pytest.fixture
def page(window: BrowserContext, address: str) -> Page:
    """The bare address."""
    page = window.new_page()
    page.goto(address)
    expect(number(page, "Items")).to_have_text("3", timeout=60_000)
    return page


def test_the_period_is_in_the_link_on_each_way(page: Page, address: str) -> None:
    """The link always names the overview's period, so that a reload, Back and a copied link show the same."""
    expect(page).to_have_url(f"{address}/?last=30+days")

    page.get_by_role("radio", name="all time").click()
    expect(number(page, "Items")).to_have_text("5")
    expect(page).to_have_url(f"{address}/?last=all+time")
    page.reload()
    expect(number(page, "Items")).to_have_text("5")

    page.get_by_role("radio", name="30 days").click()
    expect(number(page, "Open negative")).to_have_text("3")
    page.get_by_role("link", name="All time: 4").click()
    expect(page.get_by_role("radio", name="all time")).to_be_checked()
    expect(page.get_by_text("4 items", exact=True)).to_be_visible()
    page.go_back()
    expect(number(page, "Items")).to_be_visible()
    expect(page.get_by_role("radio", name="30 days")).to_be_checked()
    expect(number(page, "Items")).to_have_text("3")


def test_each_option_has_its_number(page: Page) -> None:
    """An option's number is that of its items in the period, also while one types to find it."""
    page.get_by_role("combobox", name="Tag").click()
    of = "(option) => getComputedStyle(option, '::after').content"

    for option, items in (("exports", "1"), ('a "quoted" tag', "1"), ("No tag", "1")):
        assert page.get_by_role("option", name=option).evaluate(of) == f'"{items}"'
    page.keyboard.type("quoted")
    found = page.get_by_role("option", name='a "quoted" tag')
    assert found.evaluate(of) == '"1"'
    found.click()
    expect(number(page, "Items")).to_have_text("1")
    page.keyboard.press("Escape")
    page.get_by_role("radio", name="all time").click()
    page.get_by_role("combobox", name="Sentiment").click()
    expect(page.get_by_role("option", name="positive")).to_be_visible()
    assert page.get_by_role("option", name="positive").evaluate(of) in {"none", "normal"}


def test_the_title_counts_what_is_new_to_answer(page: Page, sandbox: RunningSandbox) -> None:
    """The tab's title counts new open negative items until they are shown, whatever else comes."""
    expect(page).to_have_title("Loop feedback")
    for message, sentiment in (("Slow again", "negative"), ("Thanks", "positive")):
        sandbox.store.create(
            {"user_id": "u_2", "message": message, "sentiment": sentiment, "source": None, "tag": None}
        )

    expect(page).to_have_title("(1) Loop feedback", timeout=90_000)
    page.get_by_role("button", name="2 new, 1 open negative · show").click()
    expect(page).to_have_title("Loop feedback")
    expect(number(page, "Items")).to_have_text("5")
