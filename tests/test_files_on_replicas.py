"""Two real processes of the dashboard on one real database: each gets the files of the other's page."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from typing import TYPE_CHECKING, Final

import httpx
import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from pages.server.uploads import KEPT
from tests.benchmarks.replica import Replica
from tests.benchmarks.tabs import Run, Tab
from tests.browser.signing_in import free_port
from tests.sandboxes import row, running_sandbox
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamlit.proto.Common_pb2 import FileURLs

    from tests.postgres import Server

WITHIN: Final = 90.0
"""Seconds for two starts, on a machine that is busy with other tests."""

ROWS: Final = b"message,user\nThe export hangs at forty percent,u_1\n"


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, postgres_server: Server) -> Iterator[list[Replica]]:
    """Two processes that share a database."""
    folder, url = tmp_path_factory.mktemp("pair"), postgres_server.new_database()
    with running_sandbox(folder / "loop", items=[row(number) for number in range(5, 0, -1)]) as sandbox:
        shared = {name: value for name, value in os.environ.items() if not name.startswith(("LOOP_", "STREAMLIT_"))}
        shared |= {"LOOP_API_KEY": sandbox.api_key, "LOOP_BASE_URL": sandbox.base_url, "LOOP_STORE_URL": url}
        shared |= {"HOME": str(folder)}  # without anybody's secrets.toml
        replicas = [
            Replica(
                folder / f"{number}", shared | {"LOOP_DATA_DIR": str(folder / f"data-{number}")}, number, free_port()
            )
            for number in (1, 2)
        ]
        try:
            for one in replicas:
                one.start()
            until(lambda: all(one.is_ready() for one in replicas), WITHIN)
            yield replicas
        finally:
            for one in replicas:
                one.send(signal.SIGTERM)
            postgres_server.drop(url)


def pressed(widget: str) -> WidgetState:
    """The state of a menu that is open."""
    return WidgetState(id=widget, bool_value=True)


async def export_links(tab: Tab) -> list[str]:
    """The links of the export menu."""
    page = await tab.run()
    menu = re.search(rb"\$\$ID-[0-9a-f]{32}-export", b"".join(one.SerializeToString() for one in page.messages))
    assert menu is not None
    opened = await tab.run(pressed(menu[0].decode()))
    return links_in(opened)


def links_in(run: Run) -> list[str]:
    """The links to files that a page shows."""
    text = b"".join(one.SerializeToString() for one in run.messages)
    return [link.decode() for link in dict.fromkeys(re.findall(rb"/export/[0-9a-f]{8}-[\w-]{43}", text))]


def test_a_download_comes_through_the_other_process(pair: list[Replica]) -> None:
    """The link of a page gives the file whichever process is asked, and once."""
    first, second = pair

    async def links() -> list[str]:
        async with Tab(first.address, "inbox") as tab:
            return await export_links(tab)

    csv = asyncio.run(links())[0]
    answer, again = httpx.get(second.address + csv), httpx.get(second.address + csv)

    assert answer.status_code == 200
    assert answer.text.count("\n") > 5
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert (again.status_code, "This link has been used" in again.text) == (410, True)


async def chosen(tab: Tab) -> tuple[str, list[FileURLs]]:
    """The field for a file, and where one process wants the files, as a browser asks when somebody chooses them."""
    page = await tab.run()
    session = next(one.new_session.initialize.session_id for one in page.messages if one.HasField("new_session"))
    field = page.widget("file_uploader", "import-file-0")
    assert field is not None
    assert tab._socket is not None  # noqa: SLF001 - a tab has no other use for it
    asked = BackMsg()
    asked.file_urls_request.request_id, asked.file_urls_request.session_id = "1", session
    asked.file_urls_request.file_names.extend(f"{number}.csv" for number in range(KEPT + 1))
    await tab._socket.send(asked.SerializeToString())  # noqa: SLF001 - as above
    while True:
        answer = ForwardMsg.FromString(bytes(await tab._socket.recv(decode=False)))  # noqa: SLF001 - as above
        if answer.HasField("file_urls_response"):
            return field, [*answer.file_urls_response.file_urls]


def sent(tab: Tab, address: str, method: str, path: str) -> httpx.Response:
    """The answer to an upload, or to the removal of one, by one of the processes."""
    token = httpx.get(f"{tab.address}/_stcore/health").cookies["_streamlit_xsrf"]
    headers = {"X-Xsrftoken": token, "Cookie": f"_streamlit_xsrf={token}"}
    files = {"file": ("rows.csv", ROWS, "text/csv")} if method == "PUT" else None
    return httpx.request(method, address + path, headers=headers, files=files)


async def imported(page_of: Replica, through: Replica) -> tuple[list[int], Run]:
    """Upload more files than are kept, remove one, and show the last; the statuses, and the page."""
    async with Tab(page_of.address, "import") as tab:
        field, urls = await chosen(tab)
        statuses = [sent(tab, through.address, "PUT", one.upload_url).status_code for one in urls]
        statuses.append(sent(tab, through.address, "DELETE", urls[0].delete_url).status_code)
        state = WidgetState(id=field)
        info = state.file_uploader_state_value.uploaded_file_info.add(name="rows.csv", size=len(ROWS))
        info.file_id = urls[-1].file_id
        info.file_urls.CopyFrom(urls[-1])
        return statuses, await tab.run(state)


@pytest.mark.parametrize("through", [0, 1], ids=["own process", "other process"])
def test_an_upload_arrives_through_any_process(pair: list[Replica], through: int) -> None:
    """The page has the file, and says what each row becomes."""
    statuses, page = asyncio.run(imported(pair[0], pair[through]))

    assert {*statuses} == {204}
    assert page.shows(b"The export hangs at forty percent")
    assert page.errors() == []


def test_without_a_token_against_forged_requests_an_upload_is_refused(pair: list[Replica]) -> None:
    """By the process that would have to take it, whichever is asked."""
    first, second = pair

    async def refused() -> int:
        async with Tab(first.address, "import") as tab, httpx.AsyncClient() as browser:
            _, urls = await chosen(tab)
            return (await browser.put(second.address + urls[0].upload_url, files={"file": ROWS})).status_code

    assert asyncio.run(refused()) == 403


def test_a_process_that_has_ended_is_explained(pair: list[Replica]) -> None:
    """Killed or stopped, and running again: the links of its earlier pages say that the page has to be reloaded."""
    first, second = pair

    async def links() -> list[str]:
        async with Tab(second.address, "inbox") as tab:
            return await export_links(tab)

    link = asyncio.run(links())[0]
    second.send(signal.SIGTERM)
    stopped = httpx.get(first.address + link)
    second.start()
    until(second.is_ready, WITHIN)
    restarted = httpx.get(second.address + link)
    link = asyncio.run(links())[0]
    second.send(signal.SIGKILL)
    killed = httpx.get(first.address + link)

    assert [one.status_code for one in (stopped, restarted, killed)] == [410, 410, 503]
    assert all("Reload the page" in one.text for one in (stopped, restarted, killed))
