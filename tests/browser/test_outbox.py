"""The outbox in a browser: from a refused draft to a stored item, and that updates leave alone what is open."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from loop_client import Loop
from tests.browser import looking
from tests.browser.conftest import running_dashboard
from tests.browser.states import QUICK
from tests.browser.test_keyboard import MOST, check_tabs
from tests.drafts import REFUSED, UNKNOWN, WAITING, draft_row, write_down
from tests.sandboxes import row, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Locator, Page

    from loop_client.mirror.store import DraftRow

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of the dashboard."""
    return tmp_path_factory.mktemp("dashboard")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Iterator[tuple[str, str]]:
    """A dashboard whose outbox is empty: its address, and the name of its account."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), items=[row(1)]) as sandbox:
        settings = {"LOOP_API_KEY": sandbox.api_key, "LOOP_BASE_URL": sandbox.base_url, **QUICK}
        with running_dashboard(folder, **settings) as address:
            loop = Loop(api_key=sandbox.api_key, base_url=sandbox.base_url)
            yield address, loop.account
            loop.close()


def opened(window: BrowserContext, address: str, folder: Path, rows: list[DraftRow], width: int = 1440) -> Page:
    """The page with these drafts."""
    write_down(folder, rows)
    page = looking.opened(window, f"{address}/outbox", width)
    expect(card(page, rows[0].token)).to_be_visible()
    return page


def card(page: Page, token: str) -> Locator:
    """A draft of the list."""
    return page.locator(f".st-key-outbox-{token}")


def pages(page: Page, name: str) -> Locator:
    """A link of the navigation."""
    return page.locator(".st-key-pages").get_by_role("link", name=name, exact=True)


def test_a_refused_draft_is_edited_sent_again_and_stored(
    window: BrowserContext, running: tuple[str, str], folder: Path
) -> None:
    """The count in the navigation goes with it, and the address of the page stays what it was."""
    address, account = running
    page = opened(window, address, folder, [draft_row("walk", account, state=REFUSED, message="Too long")])
    expect(pages(page, "Outbox (1)")).to_be_visible()
    assert page.url == f"{address}/outbox"

    card(page, "walk").get_by_role("link", name="Edit and send again").click()
    message = page.get_by_role("textbox", name="Message (required)")
    expect(message).to_have_value("Too long")
    message.fill("Short")
    page.get_by_role("button", name="Submit", exact=True).click()
    expect(page.get_by_text("Stored by Loop, and in the inbox now")).to_be_visible()

    pages(page, "Outbox").click()
    expect(page.get_by_text("Nothing is waiting, and nothing needs a decision.")).to_be_visible()
    assert page.url == f"{address}/outbox"


def test_an_open_popover_stays_open_while_drafts_come_and_go(
    window: BrowserContext, running: tuple[str, str], folder: Path
) -> None:
    """While drafts come and go above it; then the page shows by itself what another process did."""
    address, account = running
    rows = [draft_row(token, account, state=UNKNOWN) for token in ("kept", "above")]
    page = opened(window, address, folder, [*rows, draft_row("waits", account)])
    card(page, "kept").get_by_role("button", name=re.compile("Discard")).click()
    button = page.get_by_role("button", name="Discard this draft")
    expect(button).to_be_visible()

    write_down(folder, [draft_row("new", account, state=UNKNOWN)])
    expect(card(page, "new")).to_be_visible()
    expect(button).to_be_visible()
    assert button.evaluate("button => Boolean(button.closest('.st-key-discard-kept'))")

    button.click()
    expect(card(page, "kept")).to_have_count(0)
    expect(card(page, "above")).to_be_visible()
    expect(card(page, "new")).to_be_visible()


def test_keys_alone_reach_each_decision(window: BrowserContext, running: tuple[str, str], folder: Path) -> None:
    """Tab reaches each control of the page, shows where it is, and leads out again; Enter opens what asks once more."""
    address, account = running
    rows = [draft_row("keys-r", account, state=REFUSED), draft_row("keys-u", account, state=UNKNOWN)]
    page = opened(window, address, folder, rows)
    check_tabs(page)

    card(page, "keys-u").get_by_role("button", name=re.compile("Send again")).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("there will be two items")).to_be_visible()
    for _ in range(MOST):  # Streamlit has what a popover opens at the end of the page
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText") == "Send again as a new item":
            break
    page.keyboard.press("Enter")
    expect(card(page, "keys-u")).to_have_count(0)


@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_all_links_of_the_navigation_fit_beside_a_count(
    window: BrowserContext, running: tuple[str, str], folder: Path, width: int
) -> None:
    """All seven links are on the screen, also of a phone; nothing moves, and axe finds nothing serious of ours."""
    address, account = running
    rows = [draft_row(f"{width}-{number}", account, state=REFUSED) for number in range(12)]
    page = opened(window, address, folder, [*rows, draft_row(f"{width}-w", account, state=WAITING)], width)
    boxes = [link.bounding_box() for link in page.locator(".st-key-pages a:visible").all()]

    assert len(boxes) == 7
    assert all(box is not None and box["x"] >= 0 and box["x"] + box["width"] <= width for box in boxes)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert looking.shifted(page) < 0.1


def test_share_safe_is_on_after_a_reload(window: BrowserContext, running: tuple[str, str], folder: Path) -> None:
    """Streamlit removes the parameter of a switch that is not drawn, so the page has another one, and leads back."""
    address, account = running
    page = opened(window, address, folder, [draft_row("safe", account, state=REFUSED, user_id="canary")])
    expect(card(page, "safe")).to_contain_text("canary")

    page.goto(f"{address}/inbox?safe=true")
    page.locator(".st-key-pages").get_by_role("link", name=re.compile("Outbox")).click()
    expect(page).to_have_url(re.compile("/outbox.*masked=true"))
    page.reload()
    expect(card(page, "safe")).to_be_visible()
    expect(card(page, "safe")).not_to_contain_text("canary")

    pages(page, "Inbox").click()
    expect(page).to_have_url(re.compile("safe=true"))
