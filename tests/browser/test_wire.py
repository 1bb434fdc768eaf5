"""The bytes that a visit sends over a real WebSocket are bounded, whatever the names in the account are."""

from __future__ import annotations

import asyncio

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect

from tests.browser.conftest import running_dashboard
from tests.sandboxes import row, running_sandbox

LONG = 300_000
NAMES = ("tag", "source", "sentiment", "status", "user_id", "id")


def named(length: int) -> list[dict[str, str | None]]:
    """Items whose names have this length, two of each."""
    rows = []
    for number in range(8):
        names = {name: f"{name}{number // 2}".ljust(length, "x") for name in NAMES}
        rows.append(row(8 - number, **{**names, "id": f"fb_{number}", "status": "open"}))
        if number % 4 == 0:
            rows[-1] |= {"status": names["status"]}
        if number % 4 == 3:
            rows[-1] |= {"sentiment": "negative"}
    return rows


@pytest.fixture(scope="module")
def visits(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, int], int]:
    """Page and length of names → bytes of a visit."""
    sent = {}
    for length in (20, LONG):
        with (
            running_sandbox(tmp_path_factory.mktemp("sandbox"), items=named(length)) as sandbox,
            running_dashboard(
                tmp_path_factory.mktemp("dashboard"), LOOP_API_KEY=sandbox.api_key, LOOP_BASE_URL=sandbox.base_url
            ) as address,
        ):
            for page in ("", "inbox", "submit"):
                sent[page, length] = asyncio.run(visit(address, page))
    return sent


async def visit(address: str, page: str) -> int:
    """Open a page like a browser once all items are loaded, and count the bytes sent."""
    while True:
        async with connect(
            address.replace("http://", "ws://") + "/_stcore/stream", proxy=None, max_size=None
        ) as socket:
            asked = BackMsg()
            asked.rerun_script.query_string = ""
            asked.rerun_script.page_name = page
            await socket.send(asked.SerializeToString())
            size, text = 0, b""
            while True:
                part = await asyncio.wait_for(socket.recv(decode=False), 60)
                size, text = size + len(part), text + part
                message = ForwardMsg.FromString(part)
                if message.WhichOneof("type") == "script_finished":
                    break
            assert b"exception" not in text
            if b"complete back to" in text:
                return size


@pytest.mark.parametrize("page", ["", "inbox", "submit"])
def test_long_names_cost_no_more_than_a_few_kilobytes(visits: dict[tuple[str, int], int], page: str) -> None:
    """A value of 300,000 characters is sent only as a short name."""
    assert visits[page, LONG] < visits[page, 20] + 50_000
