"""Measure in Chromium how long a click on a filter takes until the chart has changed, and what a first visit loads.

`python -m tests.benchmarks.clicks [--sizes 10000 100000] [--rounds 12] [--first]` serves our page and the floor (its
elements from constants, see `floor`), clicks in both in turns, and prints the median times. Bound: at most 1.5 times
the floor. With `--first` it also counts what a first and a second visit load, of our page, the ordinary dashboard
and an empty page, which is Streamlit's own part.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playwright.sync_api import Page, sync_playwright

from tests.benchmarks.table import Bound, ratio, show
from tests.browser.conftest import FLAGS, chromium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, WebSocket

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
"""Notes the milliseconds from the last click until the bars' descriptions have changed."""


@contextmanager
def served(page: str, size: int) -> Iterator[str]:
    """The base URL of our page or the floor with this many items."""
    command = [sys.executable, "-m", "tests.benchmarks.viewers", "--serve", page, "--items", str(size)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        finally:
            server.kill()


def opened(browser: Browser, address: str) -> Page:
    """A window with the overview, its chart drawn."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.add_init_script(WATCH)
    _load(page, address)
    return page


def _load(page: Page, address: str) -> None:
    page.goto(f"{address.rstrip('/')}/?last=all+time")  # the generated items are older than the first period
    page.locator(".st-key-volume-items [aria-roledescription=bar]").first.wait_for()
    page.wait_for_load_state("networkidle")


def clicked(page: Page) -> list[float]:
    """Milliseconds until the chart has changed, for two clicks: one sentiment, and one more, after loading the page."""
    _load(page, page.url.partition("?")[0])
    sentiments = page.get_by_test_id("stMultiSelect").filter(has_text="Sentiment")
    times = []
    for name in ("negative", "positive"):
        sentiments.get_by_role("combobox").click()
        page.get_by_role("option", name=name, exact=True).click()
        page.wait_for_function("took !== null")
        page.wait_for_timeout(300)  # the other charts change later
        times.append(float(page.evaluate("took")))
        page.keyboard.press("Escape")
    return times


QUIET = 4
"""Seconds without a file or message after which a visit is over; our page checks for new items every ten."""


@dataclass
class Visit:
    """What a visit loads: bytes of files as transferred, and WebSocket messages."""

    requests: int = 0
    file_bytes: int = 0
    messages: int = 0
    message_bytes: int = 0

    def count(self, socket: WebSocket) -> None:
        """Count what a socket receives from now on."""
        socket.on("framereceived", self._message)

    def _message(self, content: str | bytes) -> None:
        self.messages += 1
        self.message_bytes += len(content)


def visited(context: BrowserContext, address: str) -> Visit:
    """What a tab loads until nothing more arrives."""
    page, visit = context.new_page(), Visit()
    network = context.new_cdp_session(page)
    network.send("Network.enable")

    def finished(event: dict[str, float]) -> None:
        visit.requests += event["encodedDataLength"] > 0  # cached files are not transferred
        visit.file_bytes += int(event["encodedDataLength"])

    network.on("Network.loadingFinished", finished)
    page.on("websocket", visit.count)
    page.goto(f"{address.rstrip('/')}/?last=all+time")
    page.get_by_role("heading", name="Overview").first.wait_for()
    calm, before = 0, (0, 0)
    while calm < QUIET:  # the largest message arrives last, then what draws it
        page.wait_for_timeout(1000)
        is_running = page.locator("[data-test-script-state=running]").count() > 0
        now = visit.requests, visit.message_bytes
        calm, before = (0 if is_running or now != before else calm + 1), now
    page.close()
    return visit


def first_visits(size: int) -> None:
    """Print what a first and a second visit load."""
    rows, names = [], {"ours": "ours", "ordinary": "ordinary", "empty": "an empty page"}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        for name, told in names.items():
            with served(name, size) as address:
                context = browser.new_context(viewport={"width": 1440, "height": 900})
                for which in ("first", "second"):
                    visit = visited(context, address)
                    sizes = [f"{one / 1000:,.0f}" for one in (visit.file_bytes, visit.message_bytes)]
                    rows.append(
                        [f"{told}, {which} visit", str(visit.requests), sizes[0], str(visit.messages), sizes[1]]
                    )
                context.close()
        browser.close()
    show(
        f"What a visit of the overview loads, {size:,} items.",
        ["visit", "files", "kB of files", "messages", "kB of messages"],
        rows,
    )


def waits(size: int, rounds: int) -> list[str]:
    """The row of an account of this size."""
    with sync_playwright() as playwright, ExitStack() as stack:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        pages = {name: opened(browser, stack.enter_context(served(name, size))) for name in ("ours", "floor")}
        times: dict[str, list[float]] = {name: [] for name in pages}
        for number in range(rounds + 1):
            for name, page in pages.items():
                page.bring_to_front()
                waited = clicked(page)
                times[name] += waited if number else []  # the first round fills the caches
        browser.close()
    ours, floor = (statistics.median(times[name]) for name in ("ours", "floor"))
    return [
        f"{size:,} items",
        f"{ours:.0f} ms",
        f"{floor:.0f} ms",
        ratio(ours / floor),
        Bound(most=1.5).judged(ours / floor),
    ]


def main() -> None:
    """Print the medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--first", action="store_true", help="also the bytes and requests of a first visit")
    options = parser.parse_args()
    show(
        f"From a click to the changed chart, median of {2 * options.rounds} clicks in turns.",
        ["account", "ours", "floor", "ratio", "to hold"],
        [waits(size, options.rounds) for size in options.sizes],
    )
    if options.first:
        first_visits(options.sizes[-1])


if __name__ == "__main__":
    main()
