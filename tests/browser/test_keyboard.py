"""Every page without a mouse: Tab reaches each control, shows the focus, and leaves the page at the end."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import TimeoutError, expect  # noqa: A004 - its own

from tests.browser import looking
from tests.browser.states import sample

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import BrowserContext, Page

pytestmark = pytest.mark.browser

MOST = 120
"""Presses of Tab after which a page counts as a trap."""

FOCUSED = """
() => {
  const style = (one) => {
    const said = [];
    for (let up = 0; one && up < 4; up++, one = one.parentElement) {
      const { outlineStyle, outlineColor, boxShadow, borderColor, backgroundColor } = getComputedStyle(one);
      said.push(outlineStyle, outlineColor, boxShadow, borderColor, backgroundColor);
    }
    return said.join();
  };
  window.reached ??= new Map();
  window.unseen ??= [];
  const [last, before] = [...reached].at(-1) ?? [];
  const drawn = last?.isConnected && !last.matches("main, canvas, table *");  // not what scrolls, nor rows
  const field = last?.closest("[data-testid=stMultiSelect]");  // has one ring for all that is in it
  const left = drawn && !field?.contains(document.activeElement);
  if (left && style(last) === before) unseen.push(last.getAttribute("aria-label") || last.innerText || last.tagName);
  const now = document.activeElement;
  if (!now || now === document.body) return reached.size > 0;
  if (reached.size > 1 && now === [...reached.keys()][0]) return true;
  reached.delete(now);
  reached.set(now, style(now));
  return false;
}
"""
"""Notes the focused element and checks that the previous one looks as before; true once all had the focus."""

MISSED = """
() => [...document.querySelectorAll("a[href], button:enabled, input:enabled, textarea:enabled, summary")]
  .filter((one) => one.tabIndex >= 0 && one.checkVisibility({ visibilityProperty: true }) && !reached.has(one))
  .filter((one) => ![...reached.keys()].some((other) => one.closest("[role=radiogroup]")?.contains(other)))
  .map((one) => one.getAttribute("aria-label") || one.innerText || one.outerHTML.slice(0, 100))
"""
"""Controls that Tab did not reach; of a group of choices arrow keys reach the others."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A dashboard of sample items, completely loaded."""
    with sample(tmp_path_factory.mktemp("sample")) as running:
        yield running


def check_tabs(page: Page) -> None:
    """Tab reaches each control, each shows its focus, and Tab leaves the page after the last one."""
    for _ in range(MOST):
        page.keyboard.press("Tab")
        page.wait_for_timeout(60)  # rings fade in
        if page.evaluate(FOCUSED):
            break
    else:
        pytest.fail("Tab leads in circles")
    assert page.evaluate(MISSED) == []
    assert page.evaluate("unseen") == []


@pytest.mark.parametrize("link", ["/", "/inbox", "/submit"])
def test_tab_reaches_everything_and_shows_where_it_is(window: BrowserContext, address: str, link: str) -> None:
    """Tab reaches each control, each shows its focus, and Tab leaves the page after the last one."""
    page = complete(window, address + link)
    check_tabs(page)
    page.close()


def test_rows_are_read_with_keys_alone(window: BrowserContext, address: str) -> None:
    """Keys alone lead from a card's link to its rows, down the list, and on in the pane."""
    page = complete(window, address)
    page.get_by_role("link", name="To answer").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Only status open, sentiment negative")).to_be_visible()
    looking.settled(page)
    page.get_by_test_id("stDataFrame").first.locator("canvas").first.focus()
    pressed(page, "ArrowDown", "item=")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    pressed(page, "j", f"^(?!{re.escape(page.url)}$)")
    page.close()


def test_people_are_read_with_arrow_keys(window: BrowserContext, address: str) -> None:
    """The arrow keys go on from person to person, and from group to group, of which a button lists the people."""
    page = complete(window, f"{address}/people")
    page.get_by_test_id("stDataFrame").first.locator("canvas").first.focus()
    pressed(page, "ArrowDown", "person=")
    looking.settled(page)
    pressed(page, "ArrowDown", f"^(?!{re.escape(page.url)}$).*person=")
    page.close()

    page = complete(window, f"{address}/people?group_by=company")
    page.get_by_test_id("stDataFrame").first.locator("canvas").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.get_by_role("button", name="Show these").press("Enter")
    page.wait_for_url(re.compile("member_of=company"))
    page.close()


def pressed(page: Page, key: str, link: str) -> None:
    """Press a key until the link matches, because a newly drawn page may not listen yet."""
    for _ in range(6):
        page.keyboard.press(key)
        with suppress(TimeoutError):
            page.wait_for_url(re.compile(link), timeout=5_000)
            return
    pytest.fail(f"{key} did not lead to {link}: {page.url}")


def complete(window: BrowserContext, url: str) -> Page:
    """The page with all items loaded."""
    page = looking.opened(window, url)
    expect(page.get_by_text("complete back to")).to_be_visible(timeout=60_000)
    looking.settled(page)
    return page
