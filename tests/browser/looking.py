"""Measures a page in numbers: how far it shifts while it is drawn, and what axe finds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Locator, Page

WATCH = """
(() => {
  const seen = [];
  let readable = Infinity;  // when there was something of the page to read, and so to lose sight of
  const counts = (one, all) => !one.hadRecentInput && (all || one.startTime > readable);
  window.shifted = (all) => seen.reduce((sum, one) => sum + (counts(one, all) ? one.value : 0), 0);
  window.unshifted = () => seen.splice(0);
  new PerformanceObserver((list) => seen.push(...list.getEntries()))
    .observe({ type: "layout-shift", buffered: true });
  const look = () => {
    const main = document.querySelector("[data-testid=stMain]");
    if (main && main.innerText.trim()) setTimeout(() => { readable = performance.now(); });
    else requestAnimationFrame(look);
  };
  look();
})();
"""
"""Adds up layout shifts. Nothing before the page's first words counts: Streamlit shows an empty frame, and then moves
it aside for the sidebar, 0.2 of any app that has one."""

KIND = """
async (rules) => {
  const { violations } = await axe.run({ resultTypes: ["violations"], ...(rules.length && { runOnly: rules }) });
  const kind = (node) => {
    const found = document.querySelector(node.target[0]);
    const marks = found?.closest("svg") && [...found.classList].at(-1);
    const named = found?.closest("[data-testid]:not([data-testid=stMarkdownContainer])")?.dataset.testid;
    return marks || (named ?? node.html) + (found?.closest("[data-selected=true]") ? " selected" : "");
  };
  return violations
    .filter((one) => one.impact === "serious" || one.impact === "critical")
    .flatMap((one) => one.nodes.map((node) => [one.id, kind(node), node.html.slice(0, 300)]));
}
"""


def opened(browser: Browser | BrowserContext, url: str, width: int = 1440) -> Page:
    """A new window with that page, completely drawn."""
    page = browser.new_page()
    page.set_viewport_size({"width": width, "height": 900 if width > 500 else 844})
    page.add_init_script(WATCH)
    page.goto(url)
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=60_000)
    settled(page)
    return page


def settled(page: Page) -> None:
    """Wait until the page is completely drawn."""
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=60_000)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(500)  # charts and fonts fade in


def shifted(page: Page, *, all_of_it: bool = False) -> float:
    """The sum of the page's layout shifts."""
    return float(page.evaluate("shifted", all_of_it))


def violations(page: Page, *rules: str) -> dict[tuple[str, str], str]:
    """Serious and critical findings of axe: rule and kind of element → an example. Makes the window high to see all.

    `rules`: to try only these, such as those that depend on the theme.
    """
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    width = (page.viewport_size or {"width": 1440})["width"]
    page.set_viewport_size({"width": width, "height": max(900, min(height, 6_000))})
    page.wait_for_timeout(300)
    page.evaluate(AXE_SCRIPT)  # by the debugger, which the page's policy does not affect
    found: list[tuple[str, str, str]] = page.evaluate(KIND, rules)
    return {(rule, re.sub(r"_[0-9a-z]{8,}_", "_", kind)): html for rule, kind, html in found}


def number(page: Page, label: str) -> Locator:
    """The value of a KPI card."""
    card = page.get_by_test_id("stMetric").filter(has=page.get_by_text(label, exact=True))
    return card.get_by_test_id("stMetricValue")
