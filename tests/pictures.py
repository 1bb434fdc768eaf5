"""Take pictures of every page in every state, light and dark, wide and narrow: `make pictures`.

`python -m tests.pictures [--folder screenshots] [--only many]` writes `STATE-PAGE-THEME-WIDTH.png` for each.
"""

# ruff: noqa: T201 - a command prints
from __future__ import annotations

import argparse
import json
import logging
import re
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from playwright.sync_api import Page, expect, sync_playwright

from tests.browser.conftest import FLAGS, chromium
from tests.browser.states import STATES
from tests.moment import begun

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser

PLAIN = {"overview": "/", "changes": "/changes", "inbox": "/inbox?view=all", "submit": "/submit", "outbox": "/outbox"}
PAGES: dict[str, dict[str, str]] = {
    "sample": {
        "overview": "/",
        "overview-30-days": "/?last=30+days",
        "overview-shares": "/?measure=shares&bucket=month",
        "overview-filtered": "/?sentiment=negative&tag=exports",
        "overview-nothing-passes": "/?tag=never+seen",
        "overview-bad-link": "/?status=shut&since=yesterday&colour=red",
        "overview-safe": "/?safe=true",
        "changes": "/changes",
        "changes-safe": "/changes?last=7+days&safe=true",
        "changes-other-days": "/changes?compare=other+days&other_since=2026-05-01&other_until=2026-05-20",
        "changes-around": "/changes?compare=around+a+day&around=2026-06-10",
        "changes-no-period": "/changes?last=all+time",
        "inbox": "/inbox",
        "inbox-all": "/inbox?view=all&page=3",
        "inbox-search": "/inbox?view=all&text=csv+export",
        "inbox-nothing-passes": "/inbox?tag=never+seen",
        "inbox-no-such-item": "/inbox?item=fb_0",
        "inbox-bad-link": "/inbox?view=mine&page=x",
        "inbox-safe": "/inbox?safe=true&view=all",
        "submit": "/submit",
        "outbox": "/outbox",
        "import": "/import",
    },
    "awkward": {**PLAIN, **{f"inbox-item-{number}": f"/inbox?view=all&item=fb_{number}" for number in range(1, 10)}},
    "outbox": {
        "all": "/outbox",
        "safe": "/outbox?safe=true",
        "imports": "/import",
        "running-import": "/import?importing=running",
        "paused-import": "/import?importing=paused",
        "in-the-form": "/submit?submission=refused",
        "in-the-form-safe": "/submit?submission=refused&safe=true",
        "unknown-in-the-form": "/submit?submission=unknown",
        "discarded-in-the-form": "/submit?submission=discarded",
        "stored-in-the-form": "/submit?submission=stored",
    },
    "quota": {"outbox": "/outbox", "in-the-form": "/submit?submission=0", "overview": "/"},
}
"""State → its pages: name → link; `PLAIN` for other states."""

THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

UNFINISHED = {"loading", "partly", "unreachable"}
"""States in which not all items are loaded."""


def pressed(page: Page, name: str) -> None:
    """Click the button with this label, and wait for what it opens."""
    page.get_by_role("button", name=re.compile(rf"\b{name}\b")).first.click()
    page.wait_for_timeout(800)


def pressed_in_item(page: Page, name: str) -> None:
    """The same beside an item, which on a phone replaces the list once its row is tapped."""
    if not page.get_by_role("button", name=re.compile(rf"\b{name}\b")).first.is_visible():
        page.get_by_test_id("stDataFrame").first.click(position={"x": 60, "y": 150})  # the first row counts as selected
        page.wait_for_url(re.compile("item="))
    pressed(page, name)


def opened_sidebar(page: Page) -> None:
    """Open the filters on a phone, with one chosen."""
    closed = page.get_by_test_id("stExpandSidebarButton")
    if closed.count():
        closed.click()
        page.wait_for_timeout(500)
    page.get_by_label("Sentiment").first.click()
    page.wait_for_timeout(500)


def tables(page: Page) -> None:
    """Open the table of the tags."""
    pressed(page, "Tags as a table")


def refused(page: Page) -> None:
    """Click submit in an empty form."""
    page.get_by_role("button", name="Submit").last.click()
    page.wait_for_timeout(800)


TICKETS = (
    ("Export stops", "The PDF export stops at 50 %, every time since Monday.", "bad", ("export", "pdf")),
    ("", "Love the new editor!", "good", ("editor",)),
    ("Invoice", "Where do I find the invoice for October?", "offered", ("billing", "how-to")),
    ("Export stops", "The PDF export stops at 50 % every time, again.", "bad", ("export", "pdf")),
    ("", "", "good", ()),
    ("Search", "Search finds nothing when I type a hyphen.", "unoffered", ("search",)),
    ("Time zone", "Reports show yesterday's date in the evening.", "bad", ("Reports", "time zones")),
    ("Thank you", "Your support is the best.", "good", ()),
)
"""Made-up tickets: subject, description, rating, tags."""


def checked(page: Page) -> None:
    """Upload an export of tickets, and wait for its dry run."""
    tickets = [
        {
            "id": number,
            "subject": subject,
            "description": text,
            "requester_id": 20_978_392 + number % 6,
            "tags": tags,
            "satisfaction_rating": {"score": score},
            "created_at": "2025-11-03T09:00:00Z",
        }
        for number, (subject, text, score, tags) in enumerate(TICKETS, 1)
    ]
    file = json.dumps({"tickets": tickets}).encode()
    upload = page.locator("input[type=file]")
    upload.set_input_files({"name": "zendesk-tickets.json", "mimeType": "application/json", "buffer": file})
    expect(page.get_by_role("heading", name="What each row becomes")).to_be_visible()
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(1_500)


def mapped(page: Page) -> None:
    """The same, with the mapping open."""
    checked(page)
    page.get_by_text("How the file is read").click()
    page.wait_for_timeout(700)


OPENED: dict[str, tuple[str, Callable[[Page], None]]] = {
    "opened-details": ("/", partial(pressed, name="Details")),
    "opened-sample-data": ("/", partial(pressed, name="Sample data")),
    "opened-filters": ("/inbox?view=all", opened_sidebar),
    "opened-tables": ("/", tables),
    "opened-export": ("/inbox", partial(pressed, name="Export")),
    "opened-copy": ("/inbox", partial(pressed_in_item, name="Copy")),
    "opened-keys": ("/inbox", partial(pressed_in_item, name="Shortcuts")),
    "opened-import": ("/import", checked),
    "opened-mapping": ("/import", mapped),
    "opened-refusal": ("/submit", refused),
}
"""What can be opened in the sample account: name → link and action."""


def drawn(page: Page, address: str, *, whole: bool) -> None:
    """Open the page and wait until it is completely drawn; if `whole`, with all items too."""
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=60_000)
    if whole:
        expect(page.get_by_text("complete back to").or_(page.get_by_text(re.compile(r"^0 items")))).to_be_visible(
            timeout=120_000
        )
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(700)  # charts and fonts fade in


def taken(browser: Browser, address: str, state: str, folder: Path) -> int:
    """Take the pictures of a state, and return their number."""
    shots: dict[str, tuple[str, Callable[[Page], None] | None]]
    shots = {name: (link, None) for name, link in PAGES.get(state, PLAIN).items()}
    shots |= OPENED if state == "sample" else {}
    count = 0
    for theme in THEMES:
        for width, height in ((1440, 900), (390, 844)):
            for name, (link, act) in shots.items():
                page = browser.new_page(color_scheme=theme, viewport={"width": width, "height": height})
                drawn(page, address + link, whole=state not in UNFINISHED)
                if act is not None:
                    act(page)
                else:
                    _grow(page, width)
                page.screenshot(path=folder / f"{state}-{name}-{theme}-{width}.png")
                page.close()
                count += 1
    return count


def _grow(page: Page, width: int) -> None:
    """Make the window as high as the page, which scrolls inside it."""
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": width, "height": max(900, min(height, 6_000))})
    page.wait_for_timeout(300)


def main() -> None:
    """Take the pictures, and print where they are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("screenshots"))
    parser.add_argument("--only", choices=STATES, nargs="+", default=list(STATES))
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    logging.disable(logging.ERROR)  # from sandboxes stopped in the middle of an answer
    started = time.monotonic()
    with begun(), sync_playwright() as playwright, tempfile.TemporaryDirectory() as data:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        for state in options.only:
            (Path(data) / state).mkdir()
            with STATES[state](Path(data) / state) as address:
                print(f"{state}: {taken(browser, address, state, options.folder)} pictures", flush=True)
        browser.close()
    print(f"in {options.folder}/, after {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
