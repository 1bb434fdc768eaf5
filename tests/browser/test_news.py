"""Tabs learn at once that there is something new, without asking."""

from __future__ import annotations

import asyncio
import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import httpx
import pytest
from playwright.sync_api import WebSocketRoute, expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin

from pages.server import news
from tests.browser.conftest import ROOT, running_dashboard, started
from tests.browser.signing_in import place_in, sign_in
from tests.sandboxes import row, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

    from playwright.sync_api import Browser, BrowserContext, Page
    from websockets.asyncio.client import ClientConnection

    from tests.sandboxes import RunningSandbox

pytestmark = pytest.mark.browser

Result = TypeVar("Result")

SECRET = "canary-" + "s" * 30
OFFER = re.compile(r"\d new.* · show")
SOON = 8_000
"""Milliseconds in which only a tab that was told knows of an item: by itself, one looks after a minute."""


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    """A sandbox with a few items."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), items=[row(2), row(1)]) as running:
        yield running


@pytest.fixture(scope="module")
def address(sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A dashboard of that sandbox, with a webhook."""
    settings = {"LOOP_API_KEY": sandbox.api_key, "LOOP_BASE_URL": sandbox.base_url, "LOOP_HOOK_SECRET": SECRET}
    with running_dashboard(tmp_path_factory.mktemp("dashboard"), **settings) as running:
        yield running


def create(sandbox: RunningSandbox, address: str) -> None:
    """Store an item at Loop, whose webhook calls the dashboard."""
    headers = {"Authorization": f"Bearer {sandbox.api_key}"}
    body = {"user": {"id": "u_9"}, "message": "News", "sentiment": "negative"}
    httpx.post(f"{sandbox.base_url}/feedback", headers=headers, json=body).raise_for_status()
    httpx.post(f"{address}/hooks/loop/{SECRET}").raise_for_status()


def at_rest(page: Page, address: str, path: str = "/inbox") -> None:
    """Open a page, and wait until it was drawn completely and has nothing to ask for."""
    page.goto(address + path)
    expect(page.get_by_text("new as of")).to_be_visible()
    expect(page.locator("[data-test-script-state=notRunning]")).to_be_attached()
    page.wait_for_timeout(3_000)


def test_an_idle_tab_offers_a_new_item_at_once(window: BrowserContext, sandbox: RunningSandbox, address: str) -> None:
    """A tab that asks for nothing offers the item in seconds, and counts it in its title."""
    page = window.new_page()
    at_rest(page, address)

    create(sandbox, address)

    expect(page.get_by_role("button", name=OFFER)).to_be_visible(timeout=SOON)
    expect(page).to_have_title(re.compile(r"\(1\)"), timeout=SOON)


def test_news_disturb_nobody_who_types(window: BrowserContext, sandbox: RunningSandbox, address: str) -> None:
    """They redraw the line alone: the focus, and what was typed, stay."""
    page, said = window.new_page(), list[BackMsg]()

    def note(frame: bytes | str) -> None:
        assert isinstance(frame, bytes)
        said.append(BackMsg.FromString(frame))

    page.on("websocket", lambda socket: socket.on("framesent", note))
    at_rest(page, address)
    search = page.get_by_label("Search", exact=True)
    search.press_sequentially("half a wo")
    said.clear()

    create(sandbox, address)

    expect(page.get_by_role("button", name=OFFER)).to_be_visible(timeout=SOON)
    expect(search).to_be_focused()
    expect(search).to_have_value("half a wo")
    assert all(one.rerun_script.fragment_id for one in said)
    assert len(said) <= 2
    assert not page.get_by_role("button", name="Look for news", include_hidden=True).is_visible()


def test_a_tab_asks_no_more_often_than_before_there_were_news(window: BrowserContext, address: str) -> None:
    """However many numbers it is told, it asks twice, and then every fifteen seconds."""
    page, routes, said = window.new_page(), list[WebSocketRoute](), list[bytes | str]()
    page.route_web_socket("**/news", lambda route: routes.append(route))  # noqa: PLW0108 - Playwright takes no builtin
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: said.append(frame)))  # noqa: PLW0108
    at_rest(page, address)
    said.clear()

    for number in range(40):
        routes[0].send(str(number))
        page.wait_for_timeout(200)

    assert len(said) == 2


def test_a_tab_whose_socket_drops_listens_again(window: BrowserContext, sandbox: RunningSandbox, address: str) -> None:
    """After a cut it connects again by itself, and is told what it missed."""
    page, routes = window.new_page(), list[WebSocketRoute]()

    def passed_on(route: WebSocketRoute) -> None:
        routes.append(route)
        route.connect_to_server()

    page.route_web_socket("**/news", passed_on)
    at_rest(page, address)

    routes[0].close()
    create(sandbox, address)

    expect(page.get_by_role("button", name=OFFER)).to_be_visible(timeout=SOON)
    assert len(routes) == 2


def test_a_tab_that_cannot_listen_looks_by_itself(
    window: BrowserContext, sandbox: RunningSandbox, address: str
) -> None:
    """Where a proxy refuses the socket, a tab asks by itself, as if there were none."""
    page = window.new_page()
    page.route_web_socket("**/news", lambda route: route.close())
    at_rest(page, address)

    create(sandbox, address)

    expect(page.get_by_role("button", name=OFFER)).to_be_visible(timeout=25_000)


def done(story: Coroutine[Any, Any, Result]) -> Result:
    """The result of a coroutine; Playwright has the event loop of this thread."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, story).result()


def listening(address: str, origin: str | None = None, cookies: str = "") -> connect:
    """A WebSocket for news, as by a page of this address."""
    page = Origin(address if origin is None else origin)
    headers = {"Cookie": cookies} if cookies else {}
    return connect(address.replace("http", "ws") + news.PATH, origin=page, additional_headers=headers, proxy=None)


async def status(address: str, origin: str | None = None) -> int:
    """The status with which a WebSocket is refused."""
    try:
        async with listening(address, origin):
            return 101
    except InvalidStatus as error:
        return error.response.status_code


def test_a_page_of_another_address_hears_nothing(address: str) -> None:
    """It is refused, and an own page gets a number and nothing else."""

    async def story() -> None:
        for origin in ("http://evil.example", "null", address.replace("127.0.0.1", "localhost")):
            assert await status(address, origin) == 403
        async with listening(address) as own:
            assert re.fullmatch(r"\d{1,10}", str(await own.recv()))

    done(story())


async def closed(tab: ClientConnection) -> None:
    """Wait until a socket is closed, whatever it tells before."""
    with suppress(ConnectionClosed):
        while True:
            await tab.recv()


def test_open_sockets_do_not_delay_a_stop(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """The process ends as fast as without them, and closes each."""
    settings = {"LOOP_API_KEY": sandbox.api_key, "LOOP_BASE_URL": sandbox.base_url, "LOOP_DATA_DIR": str(tmp_path)}

    async def story() -> float:
        async with AsyncExitStack() as stack:
            tabs = [await stack.enter_async_context(listening(address)) for _ in range(150)]
            for tab in tabs:
                await tab.recv()
            began = time.monotonic()
            process.terminate()
            for tab in tabs:
                await asyncio.wait_for(closed(tab), 10)
            await asyncio.to_thread(process.wait, 20)
            return time.monotonic() - began

    with started(Path("app.py"), tmp_path, ROOT, 0, **settings) as (address, process):
        assert done(story()) < 5


def test_news_are_for_those_who_are_signed_in(browser: Browser, tmp_path: Path) -> None:
    """Nobody else hears any, and a sign-out in one tab ends what others hear."""
    with place_in(tmp_path) as place, place.dashboard():
        assert done(status(place.address)) == 403
        page = browser.new_page()
        page.goto(place.address)
        sign_in(page, "lena")
        expect(page.get_by_role("button", name="Account")).to_be_visible()
        cookies = "; ".join(f"{one['name']}={one['value']}" for one in page.context.cookies(place.address))

        async def story() -> None:
            async with listening(place.address, cookies=cookies) as tab:
                assert str(await tab.recv()).isdigit()
                await asyncio.to_thread(httpx.post, f"{place.address}/auth/logout", headers={"Cookie": cookies})
                await asyncio.wait_for(tab.wait_closed(), 30)

        done(story())
        page.context.close()
