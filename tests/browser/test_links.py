"""A link restores everything on the screen in a new browser."""

from __future__ import annotations

import random
import re
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import BrowserContext, Page, TimeoutError, expect  # noqa: A004 - its own

from tests.browser.conftest import running_dashboard
from tests.moment import NOW
from tests.sandboxes import row, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.browser

ROWS = [
    row(
        number,
        status="resolved" if number % 4 == 0 else "open",
        sentiment=[None, "negative", "negative", "positive", "neutral"][number % 5],
        tag=[None, "exports", "search", f"tag {number % 17}"][number % 4],
        source=["email", "in-app-widget"][number % 2],
        user_id=f"u_{number % 7}",
        created_at=f"{NOW - timedelta(hours=11 * number):%Y-%m-%dT%H:%M:%S.000Z}",
    )
    for number in range(300, 0, -1)
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A dashboard of 300 items of every kind, over five months."""
    folder = tmp_path_factory.mktemp("dashboard")
    with (
        running_sandbox(tmp_path_factory.mktemp("sandbox"), items=ROWS) as sandbox,
        running_dashboard(folder, LOOP_API_KEY=sandbox.api_key, LOOP_BASE_URL=sandbox.base_url) as running,
    ):
        yield running


def settled(page: Page) -> None:
    """Wait until the page is drawn and no script runs for it."""
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    for _ in range(2):
        page.wait_for_timeout(200)
        expect(page.locator("[data-testid=stApp][data-test-script-state=notRunning]")).to_be_attached()


def choose_value(label: str, value: str) -> Callable[[Page], None]:
    """Choose a value of a filter."""

    def act(page: Page) -> None:
        field = page.get_by_test_id("stMultiSelect").filter(has=page.get_by_text(label, exact=True)).locator("input")
        field.first.click(force=True)
        page.keyboard.type(value)
        page.keyboard.press("Enter")
        page.keyboard.press("Escape")
        page.get_by_test_id("stHeading").first.click()  # the next key is not for the field

    return act


def press_button(name: str) -> Callable[[Page], None]:
    """Click one of several buttons side by side."""

    def act(page: Page) -> None:
        page.get_by_test_id("stButtonGroup").get_by_role("radio", name=re.compile(f"^{name}")).first.click()

    return act


def follow(name: str) -> Callable[[Page], None]:
    """Follow a link, or the first of several."""
    return lambda page: page.get_by_role("link", name=name, exact=True).first.click()


def search(page: Page) -> None:
    """Search for a word."""
    page.get_by_label("Search", exact=True).first.fill("message")
    page.keyboard.press("Tab")


def add_column(page: Page) -> None:
    """Add a column to the list."""
    page.get_by_role("button", name="Columns", exact=True).click()
    page.get_by_role("button", name="source", exact=True).click()
    page.keyboard.press("Escape")


def switch(page: Page) -> None:
    """Toggle share-safe."""
    page.get_by_test_id("stSidebar").get_by_text("Share-safe").click()


def set_date(label: str, day: str) -> Callable[[Page], None]:
    """Type a date."""

    def act(page: Page) -> None:
        page.get_by_test_id("stDateInput").filter(has_text=label).locator("input").first.click()
        page.keyboard.type(day)
        page.keyboard.press("Enter")
        page.keyboard.press("Escape")

    return act


def drag(page: Page) -> None:
    """Drag over the newest part of the chart over time."""
    chart = page.locator("[class*=st-key-volume] svg").first.bounding_box()
    assert chart is not None
    middle = chart["y"] + chart["height"] / 2
    page.mouse.move(chart["x"] + chart["width"] * 0.4, middle)
    page.mouse.down()
    page.mouse.move(chart["x"] + chart["width"] * 0.9, middle + 10, steps=5)
    page.mouse.up()


def choose_mark(page: Page) -> None:
    """Click on a mark."""
    page.locator(".st-key-by-tag path[role=graphics-symbol]:not([aria-label$=' 0 items'])").first.click()


ANYWHERE: list[Callable[[Page], None]] = [
    choose_value("Status", "resolved"),
    choose_value("Sentiment", "negative"),
    choose_value("Tag", "exports"),
    choose_value("Source", "email"),
    press_button("30 days"),
    press_button("90 days"),
    *map(follow, ("Overview", "Inbox")),
    switch,
]
ON_PAGE: dict[str, list[Callable[[Page], None]]] = {
    "Overview": [*map(press_button, ("day", "week", "month", "shares", "counts")), follow("All items")],
    "Inbox": [
        *map(press_button, ("All", "No tag", "No sentiment", "oldest first", "most urgent", "newest first")),
        add_column,
    ],
}
"""Choices that are always offered."""

PERHAPS: list[Callable[[Page], None]] = [
    choose_value("Person", "u_3"),
    search,
    set_date("From", "2026-09-01"),
    drag,
    choose_mark,
    lambda page: page.keyboard.press("j"),
    lambda page: page.get_by_role("button", name="Next page").click(),
]
"""Choices offered on one page only, or with enough rows, or without share-safe."""


SEEN = """() => [
    ...["stMain", "stSidebar"].map(name => document.querySelector(`[data-testid=${name}]`).innerText),
    ...[...document.querySelectorAll("[aria-checked=true], input:checked")].map(one => one.innerText),
    ...[...document.querySelectorAll("input")].map(input => input.value),
]"""
"""Texts, chosen values and typed values."""


def seen(page: Page) -> list[str]:
    """All texts of the page, apart from the line with the time."""
    page.mouse.move(700, 5)  # some buttons appear only under the mouse
    settled(page)
    return [
        re.sub(r"300 items · complete.*|keyboard_double_arrow_left", "", text).strip() for text in page.evaluate(SEEN)
    ]


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 12))])
def test_a_link_shows_what_its_sender_sees(seed: int, window: BrowserContext, address: str) -> None:
    """After any choices in any order the link shows the same page, and a message for what share-safe hides."""
    chance = random.Random(seed)  # noqa: S311 - which test is run
    here, there = window.new_page(), window.new_page()
    here.goto(address + chance.choice(["/", "/inbox"]))
    settled(here)
    for _ in range(6):
        chance.choice([*ANYWHERE, *ON_PAGE[here.get_by_role("heading", level=1).inner_text()]])(here)
        settled(here)
        here.set_default_timeout(1_500)
        with suppress(TimeoutError, AssertionError):
            chance.choice(PERHAPS)(here)
        here.set_default_timeout(30_000)
        settled(here)

    if "hidden=" in here.url:  # share-safe leaves people out of links
        there.goto(here.url)
        expect(there.get_by_text("This link selects more items")).to_be_visible()
        here.get_by_role("button", name="Remove", exact=True).click()
        settled(here)
    sent: list[str] = []
    while sent != (sent := seen(here)):
        pass
    there.goto(here.url)

    for _ in range(20):  # a page is drawn in steps
        if seen(there) == sent:
            break
    assert seen(there) == sent, here.url


@pytest.mark.parametrize(
    ("link", "choice", "kept"),
    [
        ("/inbox?sort=oldest+first&columns=tag", "Status", {"columns=tag", "sort=oldest+first", "status=resolved"}),
        ("/inbox?safe=true&user=u_3&source=email", None, {"hidden=user", "safe=true", "source=email"}),
        ("/?bucket=day&measure=shares&safe=true&user=u_3", None, {"bucket=day", "hidden=user", "measure=shares"}),
    ],
)
def test_the_link_of_the_open_page_preserves_choices(
    link: str, choice: str | None, kept: set[str], window: BrowserContext, address: str
) -> None:
    """The link of the open page preserves choices, even where the page sets parameters itself."""
    page = window.new_page()
    page.goto(address + link)
    settled(page)
    if choice is not None:
        choose_value(choice, "resolved")(page)
        settled(page)

    follow("Inbox" if link.startswith("/inbox") else "Overview")(page)
    settled(page)

    assert {*page.url.partition("?")[2].split("&")} >= kept
