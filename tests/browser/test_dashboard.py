"""The dashboard in Chromium: links, live data, failures, the form, and no request to any other host."""

from __future__ import annotations

import re
from contextlib import ExitStack
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Page, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.browser import looking
from tests.browser.conftest import running_dashboard
from tests.sandboxes import row, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext, WebSocketRoute

    from tests.sandboxes import RunningSandbox

pytestmark = pytest.mark.browser

HOSTILE = (
    '<img src="http://example.invalid/1.png" onerror="document.title=1"> ![x](http://example.invalid/2.png) '
    '<script src="http://example.invalid/3.js"></script> [link](http://example.invalid/4) :material/home: $x^2$'
)


ROWS = [
    row(5, tag=None, sentiment="positive"),
    row(4, message=HOSTILE, tag=HOSTILE[:150], user_id=HOSTILE[:150], source=HOSTILE[:150]),
    row(3, message="x" * 10_000),
    row(2, tag="search"),
    row(1),
]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    """A sandbox with five items, one of them hostile and one very long."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), items=ROWS) as running:
        yield running


@pytest.fixture(scope="module")
def address(sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A dashboard of that sandbox."""
    folder = tmp_path_factory.mktemp("dashboard")
    with running_dashboard(folder, LOOP_API_KEY=sandbox.api_key, LOOP_BASE_URL=sandbox.base_url) as running:
        yield running


@pytest.fixture
def page(window: BrowserContext) -> Page:
    """A new tab."""
    return window.new_page()


def plain(page: Page, text: str) -> None:
    """Wait until the page shows this text as plain text."""
    expect(page.get_by_test_id("stText").filter(has_text=text).first).to_be_visible()


def test_a_cold_deep_link_shows_its_view(page: Page, sandbox: RunningSandbox, tmp_path: Path) -> None:
    """A link with filters as the first request to a new server shows its page, filters and item."""
    settings = {"LOOP_API_KEY": sandbox.api_key, "LOOP_BASE_URL": sandbox.base_url}
    with running_dashboard(tmp_path, **settings) as address:
        page.goto(f"{address}/inbox?view=all&tag=(not+set)&tag=search&item=fb_2")
        expect(page.get_by_text("2 items", exact=True)).to_be_visible()
        plain(page, "Message 2")
        expect(page.get_by_role("heading", name="Filters")).to_be_visible()
        assert "tag=search" in page.evaluate("location.search")


def test_a_curl_post_reaches_the_inbox(page: Page, address: str, sandbox: RunningSandbox) -> None:
    """An item that somebody else posts is announced, and shown on a click."""
    page.goto(f"{address}/inbox?text=posted+elsewhere")
    expect(page.get_by_text("No item in “Open negative” matches the search.")).to_be_visible()
    headers = {"Authorization": f"Bearer {sandbox.api_key}"}
    body = {"user": {"id": "u_curl"}, "message": "Posted elsewhere", "sentiment": "negative"}
    httpx.post(f"{sandbox.base_url}/feedback", headers=headers, json=body).raise_for_status()

    page.get_by_role("button", name="1 new, 1 open negative · show").click()

    plain(page, "Posted elsewhere")


def test_choosing_a_row_opens_it_and_back_returns(page: Page, address: str) -> None:
    """A click on a row puts its item into the link, and Back returns to the previous one."""
    page.goto(f"{address}/inbox?view=all&user=u_1")
    plain(page, "Message 1")
    grid = page.get_by_test_id("stDataFrame").first.bounding_box()
    assert grid is not None
    page.mouse.click(grid["x"] + 60, grid["y"] + 35 + 66 + 33)
    page.wait_for_url(re.compile("item=fb_2"))
    plain(page, "Message 2")
    page.keyboard.press("ArrowDown")
    page.wait_for_url(re.compile("item=fb_3"))

    page.go_back()

    page.wait_for_url(re.compile("item=fb_2"))
    plain(page, "Message 2")


def test_hostile_feedback_stays_text(page: Page, address: str) -> None:
    """Markup in any field is shown as typed, and nothing is fetched from outside."""
    outside: list[str] = []
    page.on("dialog", lambda dialog: outside.append(dialog.message))
    page.on("request", lambda request: outside.append(request.url) if _is_outside(request.url) else None)
    for path in (
        "/",
        "/inbox?view=all&item=fb_4",
        "/inbox?tag=<img src=http://example.invalid/5.png onerror=alert(1)>",
        "/submit",
    ):
        page.goto(address + path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        page.wait_for_load_state("networkidle")
    page.goto(f"{address}/inbox?view=all&item=fb_4")

    plain(page, HOSTILE)
    assert outside == []
    assert page.title() == "Loop feedback"
    assert page.locator("[data-testid=stText] img, [data-testid=stText] script").count() == 0


def _is_outside(url: str) -> bool:
    return urlsplit(url).scheme in {"http", "https", "ws", "wss"} and urlsplit(url).hostname != "127.0.0.1"


def test_a_double_click_makes_one_item_that_is_in_the_inbox(page: Page, address: str, sandbox: RunningSandbox) -> None:
    """A double click on submit stores one item, which is shown with id and status and linked in the inbox."""
    before = len(sandbox.store)
    page.goto(f"{address}/submit")
    page.get_by_role("textbox", name="Person (required)").fill("u_42")
    page.get_by_role("textbox", name="Message (required)").fill("Typed by hand\nin two lines")
    page.get_by_text("positive", exact=True).click()
    page.get_by_role("button", name="Submit").dblclick()

    expect(page.get_by_text("Stored by Loop, and in the inbox now")).to_be_visible()
    assert len(sandbox.store) == before + 1

    page.reload()
    expect(page.get_by_text("Stored by Loop, and in the inbox now")).to_be_visible()
    assert len(sandbox.store) == before + 1

    page.get_by_role("link", name="Open in the inbox").click()
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
    plain(page, "Typed by hand")


def test_what_was_typed_survives_a_refusal_and_a_visit_elsewhere(page: Page, address: str) -> None:
    """A refused draft stays in the form with the reason at its field, even after a page change."""
    page.goto(f"{address}/submit")
    page.get_by_role("textbox", name="Person (required)").fill("u_42")
    page.get_by_role("textbox", name="Message (required)").fill("y" * 10_001)
    page.get_by_role("button", name="Submit").click()
    plain(page, "Loop refused this: message")

    page.get_by_role("link", name="Overview").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    page.get_by_role("link", name="Submit").click()

    expect(page.get_by_role("textbox", name="Message (required)")).to_have_value("y" * 10_001)
    expect(page.get_by_role("textbox", name="Person (required)")).to_have_value("u_42")


def test_an_outage_is_reported_and_ends(page: Page, tmp_path: Path) -> None:
    """During an outage the last data stays with a message, which disappears when the API is back."""
    folder = tmp_path / "sandbox"
    with ExitStack() as stack:
        with running_sandbox(folder, items=ROWS) as sandbox:
            port, key = urlsplit(sandbox.base_url).port or 0, sandbox.api_key
            settings = {"LOOP_API_KEY": key, "LOOP_BASE_URL": sandbox.base_url}
            page.goto(stack.enter_context(running_dashboard(tmp_path, **settings)))
            expect(page.get_by_text("5 items · complete back to")).to_be_visible()
        plain(page, "Loop cannot be reached")
        expect(looking.number(page, "Items")).to_have_text("5")
        with running_sandbox(folder, port=port, api_key=key):
            expect(page.get_by_test_id("stText").filter(has_text="cannot be reached")).to_have_count(0, timeout=60_000)


def test_the_first_rows_come_before_the_walk_ends(page: Page, tmp_path: Path) -> None:
    """On a slow API the first items are shown at once as partial, and the page follows until all are loaded."""
    rows = [row(number) for number in range(1200, 0, -1)]
    with running_sandbox(tmp_path / "slow", items=rows, latency_ms=700) as slow:
        settings = {"LOOP_API_KEY": slow.api_key, "LOOP_BASE_URL": slow.base_url}
        with running_dashboard(tmp_path, **settings) as address:
            page.goto(f"{address}/?last=all+time")  # the last 30 days are loaded first
            expect(page.get_by_text(re.compile(r"items so far · loading, back to"))).to_be_visible()
            expect(looking.number(page, "Items")).to_have_text(re.compile(r"^[\d,]+\+$"))
            titles = page.get_by_role("heading", level=3, name=re.compile("sentiment|week|first"))
            expect(titles).to_have_text([re.compile(", so far$")] * 4)
            expect(page.get_by_text("1,200 items · complete back to")).to_be_visible()
            expect(looking.number(page, "Items")).to_have_text("1,200")
            expect(titles.filter(has_text="so far")).to_have_count(0)


@pytest.mark.parametrize("path", ["/", "/inbox", "/submit"])
def test_a_phone_needs_no_sideways_scrolling(window: BrowserContext, address: str, path: str) -> None:
    """At 390 pixels no page needs sideways scrolling."""
    page = window.new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(address + path)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.wait_for_load_state("networkidle")

    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_run_that_is_lost_with_the_connection_is_made_again(page: Page, address: str) -> None:
    """A page is complete after a reconnect, even if the connection was lost just as its run began."""
    sockets: list[WebSocketRoute] = []
    losing: list[bool] = []  # from the click on, and from the beginning of its run on

    def opened(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        sockets.extend((socket, server))

        def passed_on(message: str | bytes) -> None:
            if len(losing) < 2:
                socket.send(message)
            assert isinstance(message, bytes)
            if losing and ForwardMsg.FromString(message).WhichOneof("type") == "new_session":
                losing.append(True)

        server.on_message(passed_on)

    page.route_web_socket("**/_stcore/stream", opened)
    page.goto(f"{address}/inbox")
    looking.settled(page)
    losing.append(True)
    page.get_by_role("link", name="Submit", exact=True).first.click()
    expect(page.get_by_role("heading", name="Inbox")).to_have_count(0)
    assert len(losing) == 2
    page.wait_for_timeout(1_000)  # the run ends
    losing.clear()
    for socket in reversed(sockets):
        socket.close()

    expect(page.get_by_role("heading", name="Submit feedback")).to_be_visible()
    expect(page.get_by_role("button", name="Submit", exact=True)).to_be_enabled()
