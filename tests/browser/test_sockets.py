"""One viewer can take neither all sockets nor all time of a real dashboard."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING

import httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.protocol import State

from loop_client.service.importer import LARGEST
from pages.server.sockets import MOST_OF_ONE_ADDRESS
from tests.browser.conftest import running_dashboard
from tests.sandboxes import row, running_sandbox

if TYPE_CHECKING:
    from pathlib import Path


def tab(address: str, viewer: str) -> connect:
    """A tab's WebSocket; the test acts as a proxy on this machine that names the viewer."""
    url = address.replace("http://", "ws://") + "/_stcore/stream"
    return connect(url, additional_headers={"X-Forwarded-For": viewer}, proxy=None, max_size=None)


async def crowd(address: str) -> None:
    """One viewer opens more tabs than an address may have; then another viewer connects."""
    async with AsyncExitStack() as stack:
        tabs: list[ClientConnection] = []
        for _ in range(MOST_OF_ONE_ADDRESS + 20):
            with suppress(InvalidStatus):  # 503; on a slow machine an older one is closed instead
                tabs.append(await stack.enter_async_context(tab(address, "192.0.2.1")))
        await asyncio.sleep(0.5)
        assert sum(one.state is State.OPEN for one in tabs) <= MOST_OF_ONE_ADDRESS

        viewer = await stack.enter_async_context(tab(address, "192.0.2.2"))
        message = BackMsg()
        message.rerun_script.query_string = ""
        await viewer.send(message.SerializeToString())
        assert await asyncio.wait_for(viewer.recv(), 30)
        assert (await asyncio.to_thread(httpx.get, f"{address}/healthz", timeout=30)).status_code == httpx.codes.OK


async def heap(address: str) -> None:
    """One viewer uploads files that are too large, or for nobody, and then sends a huge message."""
    async with tab(address, "192.0.2.3") as viewer, httpx.AsyncClient(base_url=address, timeout=30) as http:
        message = BackMsg()
        message.rerun_script.query_string = ""
        await viewer.send(message.SerializeToString())
        session = ForwardMsg()
        session.ParseFromString(await asyncio.wait_for(viewer.recv(decode=False), 30))
        token = (await http.get("/_stcore/health")).cookies["_streamlit_xsrf"]
        place = f"/_stcore/upload_file/{session.new_session.initialize.session_id}"
        for path, size, answer in (
            (f"{place}/1", 1, httpx.codes.NO_CONTENT),
            (f"{place}/2", LARGEST + 1, httpx.codes.REQUEST_ENTITY_TOO_LARGE),
            ("/_stcore/upload_file/nobody/3", 1, httpx.codes.BAD_REQUEST),
        ):
            sent = await http.put(path, files={"file": bytes(size)}, headers={"X-Xsrftoken": token})
            assert sent.status_code == answer
        sent = await http.put(f"{place}/4", files={"file": b"x"})
        assert sent.status_code == httpx.codes.FORBIDDEN

        with suppress(ConnectionClosed):
            await viewer.send(bytes(11_000_000))
        await asyncio.wait_for(viewer.wait_closed(), 30)
        assert viewer.close_code in {1009, 1006}  # 1006 if the connection ends before its reason arrives


def test_a_hog_does_not_lock_out_others(tmp_path: Path) -> None:
    """While one viewer has as many tabs as possible, another gets a page, a probe its answer, and memory is bounded."""
    with (
        running_sandbox(tmp_path / "sandbox", items=[row(1)]) as sandbox,
        running_dashboard(
            tmp_path,
            LOOP_API_KEY=sandbox.api_key,
            LOOP_BASE_URL=sandbox.base_url,
            LOOP_ALLOWED_HOSTS="dashboard.example",  # so that viewers on other machines are served
        ) as address,
    ):
        asyncio.run(crowd(address))
        asyncio.run(heap(address))
