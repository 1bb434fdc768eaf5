"""Hostile texts in values, names of views, links and errors of the API: nothing of them runs."""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from loop_client.mirror import StoreError
from loop_client.service import Markers, SavedViews
from tests.browser import looking
from tests.browser.conftest import running_dashboard
from tests.browser.test_hostile import PAYLOADS, Sink, rendered
from tests.moment import NOW
from tests.sandboxes import row, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def sink() -> Iterator[Sink]:
    """A foreign server that records requests."""
    with Sink.listening() as server:
        yield server


@pytest.fixture(scope="module")
def cache(browser: Browser) -> Iterator[BrowserContext]:
    """A browser context without the content security policy."""
    context = browser.new_context(viewport={"width": 1440, "height": 1200}, bypass_csp=True)
    yield context
    context.close()


@pytest.fixture
def page(window: BrowserContext, sink: Sink) -> Iterator[Page]:
    """A window without the policy, which at the end must have fetched, run and broken nothing."""
    page = window.new_page()
    said: list[str] = []
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    assert page.evaluate("window.ran") is None
    assert said == []
    assert sink.heard == []


@pytest.fixture(scope="module")
def values(sink: Sink) -> list[str]:
    """Payloads short enough for a name."""
    rendered_ones = (rendered(payload, sink.address)[:150].strip() for payload in PAYLOADS if len(payload) < 400)
    return list(dict.fromkeys(filter(None, rendered_ones)))


@pytest.fixture(scope="module")
def address(values: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A dashboard with each payload as a value of every field, as a saved view, and as a marker."""
    folder = tmp_path_factory.mktemp("dashboard")
    views = SavedViews(folder / "views.db")
    for number, value in enumerate(values[:40]):
        views.save(f"{value[:50]} {number}", urlencode({"view": "all", "tag": value}), number)
    for number, value in enumerate(values[:40]):
        with suppress(StoreError):  # control characters are refused
            Markers(folder).add(NOW.date() - timedelta(days=number % 2), f"{value[:50]} {number}")
    items = [
        row(n, id=f"id {one}", user_id=one, tag=one, source=one, sentiment=one, status=one, message=one)
        for n, one in enumerate(values, start=1)
    ]
    with (
        running_sandbox(folder / "sandbox", items=items[::-1]) as sandbox,
        running_dashboard(folder, LOOP_API_KEY=sandbox.api_key, LOOP_BASE_URL=sandbox.base_url) as running,
    ):
        yield running


def opened(page: Page, url: str) -> None:
    """That page, completely drawn without an error."""
    page.goto(url)
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=60_000)
    looking.settled(page)
    assert page.get_by_test_id("stException").count() == 0
    assert page.title() == "Loop feedback"


def test_values_are_only_shown(page: Page, address: str, values: list[str]) -> None:
    """Hostile values are only shown, in columns, badges, tables, tooltips, filters, names of views and copies."""
    every = [("columns", name) for name in ("sentiment", "tag", "source", "person", "status")]
    opened(page, f"{address}/inbox?{urlencode([('view', 'all'), ('single', 'true'), *every])}")
    for number in range(1, len(values)):
        page.locator(".st-key-step-j button").click()
        expect(page.get_by_text(f"{number + 1} of {len(values)}", exact=True)).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.get_by_test_id("stCode").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".st-key-saved").get_by_role("radio")).to_have_count(min(40, len(values)))

    opened(page, address)
    for title in page.get_by_test_id("stExpander").locator("summary").all():
        title.click()
    looking.settled(page)
    page.get_by_text("Tags, most negative items first").first.scroll_into_view_if_needed()
    for mark in page.locator(".st-key-by-tag path[role=graphics-symbol]").all():
        box = mark.bounding_box()
        if box and box["width"] > 2:
            page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator("#vg-tooltip-element")).to_be_attached()
    for label in ("Status", "Sentiment", "Tag", "Source", "Person"):
        field = page.get_by_test_id("stMultiSelect").filter(has=page.get_by_text(label, exact=True)).locator("input")
        field.first.click(force=True)
        expect(page.get_by_role("option").first).to_be_visible()
        page.keyboard.press("Enter")
        page.keyboard.press("Escape")
        looking.settled(page)


def test_links_are_only_read(page: Page, address: str, values: list[str]) -> None:
    """Hostile parameters of a link do nothing, known and unknown ones."""
    filters = urlencode([(name, one) for one in values for name in ("tag", "user", "source", "sentiment", "status")])
    parts = urlencode([(name, one) for one in values for name in ("only", "view", "sort", "page", "since", one)])
    narrowed = urlencode([("only", f"{name}:{one}") for one in values for name in ("tag", "source", "sentiment")])
    form = urlencode({"draft_message": " ".join(values)[:5_000], "draft_tag": values[0], "submission": values[0]})
    for path in (
        f"/?{filters}",
        f"/inbox?{filters}",
        f"/inbox?{parts}",
        f"/?{parts}",
        f"/inbox?{narrowed}",
        f"/submit?{form}",
    ):
        opened(page, address + path)
    opened(page, f"{address}/inbox?{urlencode({'item': values[0]})}")


def test_errors_of_the_api_are_only_reported(page: Page, values: list[str], tmp_path: Path) -> None:
    """Hostile errors of the API are only shown, on every page and after a submission."""
    answer = json.dumps({"error": {"type": values[0], "message": " ".join(values)}}).encode()

    class Refusing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            self.send_response(400)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_POST = do_GET  # noqa: N815 - http.server's name

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as api:
        threading.Thread(target=api.serve_forever, daemon=True).start()
        base_url = f"http://127.0.0.1:{api.server_port}/v2"
        with running_dashboard(tmp_path, LOOP_API_KEY="canary", LOOP_BASE_URL=base_url) as refused:
            for path in ("/", "/inbox", "/submit?draft_user_id=u&draft_message=m"):
                opened(page, refused + path)
                expect(page.get_by_test_id("stText").filter(has_text="400").first).to_be_visible(timeout=30_000)
            page.get_by_role("button", name="Submit", exact=True).click()
            expect(page.get_by_text("400 for POST", exact=False).first).to_be_visible(timeout=30_000)
        api.shutdown()


def test_names_of_markers_are_only_shown(page: Page, address: str) -> None:
    """Hostile names of markers are only shown, beside their flags, in tooltips, in their menu, and once removed."""
    opened(page, f"{address}/?bucket=day")
    flags = page.locator("[data-testid=stVegaLiteChart][aria-label*='Markers: '] path[aria-label^=Marker]")
    for flag in flags.all():
        flag.hover()
        expect(page.locator("#vg-tooltip-element")).to_be_visible()
    page.get_by_role("button", name="Markers", exact=True).click()
    rows = page.locator("[class*=st-key-unmark-]")
    expect(rows.nth(20)).to_be_attached()
    rows.first.get_by_role("button").click()
    expect(page.get_by_test_id("stPopoverBody").get_by_text("Removed “")).to_be_visible()
    looking.settled(page)
    assert flags.count() >= 2
    assert page.get_by_test_id("stException").count() == 0
    assert page.title() == "Loop feedback"
