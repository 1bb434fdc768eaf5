"""What a person waits for after a click on a filter of the overview, in Chromium: until the chart has changed.

`python -m tests.benchmarks.clicks [--sizes 10000 100000] [--rounds 12]` serves our page and the floor (its elements,
nothing counted), clicks in both by turns, and prints the median times. To hold: at most 1.5 times the floor.
"""

# ruff: noqa: T201 - a command prints
from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import FLAGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

WATCH = """
(() => {
  const drawn = () => [...document.querySelectorAll(".st-key-volume-items [aria-roledescription=bar]")]
    .map((bar) => bar.getAttribute("aria-label")).join();
  let before, clicked;
  window.took = null;
  addEventListener("click", () => { [before, clicked, window.took] = [drawn(), performance.now(), null]; }, true);
  new MutationObserver(() => {
    if (window.took === null && before !== undefined && drawn() && drawn() !== before)
      window.took = performance.now() - clicked;
  }).observe(document, { subtree: true, childList: true, attributes: true });
})();
"""
"""Notes the milliseconds from the last click until the bars, as they are read aloud, are others."""


@contextmanager
def served(page: str, size: int) -> Iterator[str]:
    """The address of ours or the floor over so many items."""
    command = [sys.executable, "-m", "tests.benchmarks.viewers", "--serve", page, "--items", str(size)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        finally:
            server.kill()


def opened(browser: Browser, address: str) -> Page:
    """A window with the overview, and its chart in it."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.add_init_script(WATCH)
    _load(page, address)
    return page


def _load(page: Page, address: str) -> None:
    page.goto(address)
    page.locator(".st-key-volume-items [aria-roledescription=bar]").first.wait_for()
    page.wait_for_load_state("networkidle")


def clicked(page: Page) -> list[float]:
    """Milliseconds until the chart had changed, of two clicks: a sentiment, and one more. Loads the page before."""
    _load(page, page.url.partition("?")[0])
    sentiments = page.get_by_test_id("stMultiSelect").filter(has_text="Sentiment")
    times = []
    for name in ("negative", "positive"):
        sentiments.get_by_role("combobox").click()
        page.get_by_role("option", name=name, exact=True).click()
        page.wait_for_function("took !== null")
        page.wait_for_timeout(300)  # the other charts follow
        times.append(float(page.evaluate("took")))
        page.keyboard.press("Escape")
    return times


def main() -> None:
    """Print the medians and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--rounds", type=int, default=12)
    options = parser.parse_args()
    print("items    ours ms  floor ms  ours/floor (at most 1.5)")
    for size in options.sizes:
        with sync_playwright() as playwright, ExitStack() as stack:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
            pages = {name: opened(browser, stack.enter_context(served(name, size))) for name in ("ours", "floor")}
            times: dict[str, list[float]] = {name: [] for name in pages}
            for number in range(options.rounds + 1):
                for name, page in pages.items():
                    page.bring_to_front()
                    waits = clicked(page)
                    times[name] += waits if number else []  # the first round is for what is kept
            browser.close()
        ours, floor = (statistics.median(times[name]) for name in ("ours", "floor"))
        print(f"{size:>7,}  {ours:7.0f}  {floor:8.0f}  {ours / floor:10.2f}")


if __name__ == "__main__":
    main()
