"""Files on another process: requests for them arrive there and answers come back, whole or visibly cut."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from loop_client.service import SignIn, SignOuts
from loop_client.service.sign_in import AllowList
from pages.server import downloads, sign_in_gate, uploads
from pages.server.forwarding import AT_ONCE, Forwarding
from pages.server.sign_in_means import Means
from pages.session import sign_in
from tests.served import served
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator

    from starlette.requests import Request
    from starlette.types import ASGIApp

OURS, THEIRS = "0000aaaa", "0000bbbb"
"""The names of two processes."""

TOKEN: Final = "t" * 43
FILE: Final = "0123abcd-0123-0123-0123-0123456789ab"
EXPORT: Final = f"{downloads.PATH}/{THEIRS}-{TOKEN}"
UPLOAD: Final = f"{uploads.ROUTE}session-1/{THEIRS}-{FILE}"


class Other:
    """The process that has the files. It notes what it is asked, and answers by a function of the test."""

    def __init__(self) -> None:
        """Answer with what it was sent."""
        self.asked: list[tuple[str, str, list[tuple[str, str]]]] = []
        self.answer: Callable[[Request], Awaitable[ASGIApp]] = self.echo

    async def route(self, request: Request) -> ASGIApp:
        """Note the request, and answer it."""
        path, query = request.scope["path"], request.scope["query_string"].decode()
        self.asked.append((request.method, path + query, request.headers.items()))
        return await self.answer(request)

    @staticmethod
    async def echo(request: Request) -> Response:
        """Answer with the size and the digest of the body, reading it piece by piece."""
        size, digest = 0, hashlib.sha256()
        async for piece in request.stream():
            size += len(piece)
            digest.update(piece)
        return JSONResponse([size, digest.hexdigest()])


@contextmanager
def forwarding(addresses: Callable[[str], str | None], name: str = OURS) -> Iterator[str]:
    """A process with this name, which answers "own" to what is its own; yields its base URL."""

    async def own(_: Request) -> Response:
        return Response("own")

    layer = Middleware(Forwarding, name=name, address=addresses)
    with served(Route("/{path:path}", own, methods=["GET", "PUT", "DELETE"]), middleware=[layer]) as address:
        yield address


@pytest.fixture
def other() -> Other:
    """The other process."""
    return Other()


@pytest.fixture
def address(other: Other) -> Iterator[str]:
    """The base URL of a process that knows where the other one is."""
    route = Route("/{path:path}", other.route, methods=["GET", "PUT", "DELETE"])
    with served(route) as theirs, forwarding({THEIRS: theirs.removeprefix("http://")}.get) as ours:
        yield ours


def test_a_file_comes_from_the_process_that_has_it(address: str, other: Other) -> None:
    """Its bytes, status and headers come through as they were sent, each once."""
    packed = gzip.compress(b"id,message")

    async def answer(_: Request) -> Response:
        headers = {"Content-Encoding": "gzip", "Content-Disposition": 'attachment; filename="a.csv"'}
        answered = Response(packed, 203, headers, "text/csv")
        answered.set_cookie("one", "1")
        answered.set_cookie("two", "2")
        return answered

    other.answer = answer
    answer_of_both = httpx.get(address + EXPORT)

    assert (answer_of_both.status_code, answer_of_both.text) == (203, "id,message")
    assert answer_of_both.headers["Content-Disposition"] == 'attachment; filename="a.csv"'
    assert [line.partition(";")[0] for line in answer_of_both.headers.get_list("Set-Cookie")] == ["one=1", "two=2"]
    names = [name.lower() for name, _ in answer_of_both.headers.raw]
    assert (names.count(b"date"), names.count(b"server"), names.count(b"content-length")) == (1, 1, 1)


def test_the_other_process_judges_the_request_of_the_browser(address: str, other: Other) -> None:
    """It gets the browser's host, cookies, token and addresses, as the proxy sent them, and nothing in addition."""
    sent = {
        "Host": "loop.example.com",
        "Cookie": "_streamlit_user=x; _streamlit_xsrf=y",
        "X-Xsrftoken": "y",
        "X-Forwarded-For": "203.0.113.7",
        "X-Forwarded-Proto": "https",
        "Connection": "keep-alive, X-Private",
        "X-Private": "1",
        "Proxy-Authorization": "Basic eDp5",
        "TE": "trailers",
    }
    with httpx.Client() as browser:
        del browser.headers["Accept-Encoding"], browser.headers["User-Agent"], browser.headers["Accept"]
        browser.delete(f"{address}{UPLOAD}?to=http://192.0.2.1/", headers=sent)
    method, path, headers = other.asked[0]

    assert (method, path) == ("DELETE", UPLOAD)
    assert dict(headers) == {
        "host": "loop.example.com",
        "cookie": "_streamlit_user=x; _streamlit_xsrf=y",
        "x-xsrftoken": "y",
        "x-forwarded-for": "203.0.113.7",
        "x-forwarded-proto": "https",
        "x-loop-forwarded": "1",
    }


@pytest.mark.parametrize("size", [0, 1, 25 << 20])
@pytest.mark.parametrize("is_chunked", [False, True], ids=["with length", "chunked"])
def test_an_upload_arrives_whole(address: str, other: Other, size: int, is_chunked: bool) -> None:  # noqa: FBT001 - a row
    """Up to the largest file, with its length or without."""
    content = os.urandom(size)
    pieces = (content[at : at + 65_536] for at in range(0, size, 65_536))
    answer = httpx.put(address + UPLOAD, content=pieces if is_chunked else content, timeout=60)

    assert answer.json() == [size, hashlib.sha256(content).hexdigest()]
    assert len(other.asked) == 1


def test_an_upload_waits_for_the_other_process(address: str, other: Other) -> None:
    """While that reads nothing, only a part is read of the browser: no process has the whole file in memory."""
    go_on, sent = threading.Event(), list[int]()

    async def answer(request: Request) -> Response:
        while not go_on.is_set():  # noqa: ASYNC110 - set in another thread
            await asyncio.sleep(0.01)
        return await Other.echo(request)

    def pieces() -> Iterator[bytes]:
        for number in range(400):
            sent.append(number)
            yield bytes(65_536)

    other.answer = answer
    answers = list[httpx.Response]()
    upload = threading.Thread(target=lambda: answers.append(httpx.put(address + UPLOAD, content=pieces(), timeout=60)))
    upload.start()
    until(lambda: len(sent) > 1)
    before = -1
    while before != len(sent):
        before = len(sent)
        time.sleep(0.5)
    go_on.set()
    upload.join()

    assert before < 300
    assert answers[0].json()[0] == 400 * 65_536


def test_a_refusal_comes_before_the_whole_file(address: str, other: Other) -> None:
    """The other process answers a large upload without reading it, and its reason reaches the browser."""

    async def answer(_: Request) -> Response:
        return Response("XSRF token missing or invalid", 403)

    other.answer = answer
    with closing(http.client.HTTPConnection(address.removeprefix("http://"), timeout=20)) as browser:
        browser.putrequest("PUT", UPLOAD)
        browser.putheader("Content-Length", str(25 << 20))
        browser.endheaders(bytes(1000))
        with suppress(OSError):
            browser.send(bytes(25 << 20))
        assert browser.getresponse().status in {403, 503}


@pytest.mark.parametrize(
    "path",
    [
        f"{downloads.PATH}/{OURS}-{TOKEN}",
        f"{uploads.ROUTE}session-1/{OURS}-{FILE}",
        f"{downloads.PATH}/{TOKEN}",
        f"{uploads.ROUTE}session-1/{FILE}",
        f"{downloads.PATH}/{THEIRS}-{TOKEN}/",
        f"{downloads.PATH}/{THEIRS}-{TOKEN}/../../healthz",
        f"{downloads.PATH}/{THEIRS}-{TOKEN}%0d%0aX-Evil:%201",
        f"{downloads.PATH}/{THEIRS}-{TOKEN}%0a",
        f"{downloads.PATH}/{THEIRS}-{TOKEN}%3Fx",
        f"{downloads.PATH}/{THEIRS}-{'t' * 44}",
        f"{downloads.PATH}/{THEIRS.upper()}-{TOKEN}",
        f"{downloads.PATH}/192.0.2.1-{TOKEN}",
        f"{downloads.PATH}/localhos-{TOKEN}",
        f"{downloads.PATH}/%EF%BC%90000bbbb-{TOKEN}",
        f"/x{EXPORT}",
        f"{uploads.ROUTE}{'s' * 65}/{THEIRS}-{FILE}",
        f"{uploads.ROUTE}a/b/{THEIRS}-{FILE}",
        f"{uploads.ROUTE}@192.0.2.1/{THEIRS}-{FILE}",
        f"{uploads.ROUTE}../{THEIRS}-{FILE}",
        "/healthz",
    ],
)
def test_no_other_request_is_forwarded(path: str) -> None:
    """Of names and paths that are not made as ours are, no process is looked for."""
    looked_for = list[str]()
    with forwarding(looked_for.append) as address:
        host, _, port = address.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port))) as browser:  # as it is: httpx would tidy the path
            browser.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            answer = b"".join(iter(lambda: browser.recv(4096), b""))

    assert answer.startswith((b"HTTP/1.1 200 ", b"HTTP/1.1 404 "))  # this process has no page with a line break
    assert looked_for == []


@pytest.mark.parametrize(("method", "path"), [("GET", EXPORT), ("PUT", UPLOAD), ("DELETE", UPLOAD)])
def test_the_end_of_a_process_is_explained(method: str, path: str) -> None:
    """Where no process of that name is known, the answer says what to do."""
    with forwarding(lambda _: None) as address:
        answer = httpx.request(method, address + path, content=b"x" if method == "PUT" else None)

    assert answer.status_code == 410
    assert "Reload the page" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("method", "path"), [("GET", EXPORT), ("PUT", UPLOAD)])
@pytest.mark.parametrize("there", ["127.0.0.1:{}", "no such host:80", "[::1"])
def test_a_process_that_is_gone_without_a_word_is_explained(method: str, path: str, there: str) -> None:
    """It was killed, and its address leads nowhere."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with forwarding(lambda _: there.format(port)) as address:
        answer = httpx.request(method, address + path, content=bytes(1 << 20) if method == "PUT" else None)

    assert answer.status_code == 503
    assert "Reload the page" in answer.text
    assert answer.headers["Retry-After"] == "5"


def test_a_request_is_forwarded_once() -> None:
    """Where an address leads to another process by now, or back to this one, that is the end of it."""
    looked_for, addresses = list[str](), dict[str, str]()

    def found(name: str) -> str | None:
        looked_for.append(name)
        return addresses.get(name)

    with forwarding(found) as ours:
        addresses[THEIRS] = ours.removeprefix("http://")
        answer = httpx.get(ours + EXPORT)

    assert answer.status_code == 410
    assert looked_for == [THEIRS]


def test_a_cut_file_does_not_look_whole(address: str, other: Other) -> None:
    """The other process breaks off: the browser gets what came, without the end."""

    async def answer(_: Request) -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"one,"
            await asyncio.sleep(0.1)
            raise OSError

        return StreamingResponse(pieces())

    other.answer = answer
    got = list[bytes]()
    with pytest.raises(httpx.RemoteProtocolError), httpx.stream("GET", address + EXPORT) as cut:
        got.extend(cut.iter_raw())
    assert b"".join(got) == b"one,"


def test_a_reader_who_goes_ends_the_work(address: str, other: Other) -> None:
    """A browser that closes a download ends it in the process that makes it."""
    ended = threading.Event()

    def pieces() -> Generator[bytes]:
        try:
            while True:
                yield bytes(65_536)
        finally:
            ended.set()

    async def answer(_: Request) -> ASGIApp:
        return downloads.Download(downloads.File("a.csv", "text/csv", pieces))

    other.answer = answer
    with httpx.stream("GET", address + EXPORT) as download:
        next(download.iter_raw())

    assert ended.wait(10)


@pytest.mark.parametrize("begun", ["Content-Length: 1000\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"])
def test_an_upload_that_is_given_up_ends(address: str, other: Other, begun: str) -> None:
    """A browser that leaves in the middle of an upload is gone for the other process, too: what came is no file."""
    began, gone = threading.Event(), threading.Event()

    async def answer(request: Request) -> Response:
        try:
            async for _ in request.stream():
                began.set()
        except ClientDisconnect:
            gone.set()
        return Response()

    other.answer = answer
    host, _, port = address.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as browser:
        browser.sendall(f"PUT {UPLOAD} HTTP/1.1\r\nHost: x\r\n{begun}".encode())
        assert began.wait(10)

    assert gone.wait(10)


def test_few_are_forwarded_at_a_time(address: str, other: Other) -> None:
    """One more is refused at once, and comes through when another has ended."""
    waiting, go_on = list[int](), threading.Event()

    async def answer(_: Request) -> Response:
        waiting.append(1)
        while not go_on.is_set():  # noqa: ASYNC110 - set in another thread
            await asyncio.sleep(0.01)
        return Response()

    async def crowd() -> tuple[httpx.Response, list[httpx.Response]]:
        async with httpx.AsyncClient(timeout=30) as browser:
            others = [asyncio.create_task(browser.get(address + EXPORT)) for _ in range(AT_ONCE)]
            await asyncio.to_thread(until, lambda: len(waiting) == AT_ONCE)
            refused = await browser.get(address + EXPORT)
            go_on.set()
            return refused, [*await asyncio.gather(*others), await browser.get(address + EXPORT)]

    other.answer = answer
    refused, answers = asyncio.run(crowd())
    assert refused.status_code == 503
    assert {one.status_code for one in answers} == {200}


STOPPED: Final = """
import sys
from contextlib import asynccontextmanager
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from pages.server import downloads
from pages.server.forwarding import Forwarding

@asynccontextmanager
async def lifespan(app):
    downloads.bound_the_stop()
    print("started", flush=True)
    yield

layer = Middleware(Forwarding, name="0000aaaa", address=lambda _: sys.argv[2])
uvicorn.run(Starlette(middleware=[layer], lifespan=lifespan), port=int(sys.argv[1]), log_level="critical")
"""


def test_a_download_does_not_delay_the_end_of_the_process(other: Other) -> None:
    """A stop cuts what is forwarded, visibly, within seconds."""

    async def answer(_: Request) -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            while True:
                yield bytes(1000)
                await asyncio.sleep(0.05)

        return StreamingResponse(pieces())

    other.answer = answer
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with served(Route("/{path:path}", other.route)) as theirs:
        command = [sys.executable, "-c", STOPPED, str(port), theirs.removeprefix("http://")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                process.stdout.readline()
                until(lambda: is_open(port))
                with httpx.stream("GET", f"http://127.0.0.1:{port}{EXPORT}") as download:
                    pieces = download.iter_raw()
                    next(pieces)
                    process.send_signal(signal.SIGTERM)
                    signalled = time.monotonic()
                    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
                        list(pieces)
                process.wait(timeout=10)
                assert time.monotonic() - signalled < downloads.STOP_WITHIN
            finally:
                process.kill()


def is_open(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_nobody_without_a_session_reaches_another_process(tmp_path: Path) -> None:
    """The gate stands before it: no process is looked for."""
    looked_for, sent = list[str](), list[Any]()

    async def application(*_: Any) -> None:  # noqa: ANN401 - as ASGI has it
        raise AssertionError

    async def send(message: Any) -> None:  # noqa: ANN401 - as ASGI has it
        sent.append(message)

    forward = Forwarding(application, OURS, looked_for.append)
    people = SignIn(("default",), "http://localhost/oauth2callback", AllowList.of(["example.com"]), hours=1)
    means = Means(sign_in.opened, sign_in.signed, str, b"", time.time, longest_line=8_000)
    gate = sign_in_gate.Gate(forward, people, SignOuts(tmp_path), means)
    scope = {"type": "http", "method": "GET", "path": EXPORT, "query_string": b"", "headers": [(b"host", b"localhost")]}
    asyncio.run(gate(scope, asyncio.Queue[Any]().get, send))

    assert sent[0]["status"] in {302, 303, 401, 403}
    assert looked_for == []


ASKED: Final = """
import json
from starlette.testclient import TestClient
import app
path = "/export/0000bbbb-" + "t" * 43
answers = []
for name in ("localhost", "evil.example"):
    reader = TestClient(app.app, base_url=f"http://{name}", client=("127.0.0.1", 1))
    answers.append(reader.get(path, follow_redirects=False).status_code)
print(json.dumps([answers, [layer.cls.__name__ for layer in app.app._user_middleware]]))
"""
"""Asks the dashboard, as it is put together, under its name and under another."""


@pytest.mark.parametrize("has_sign_in", [False, True])
def test_the_dashboard_judges_before_it_forwards(tmp_path: Path, has_sign_in: bool) -> None:  # noqa: FBT001 - a row
    """Host and sign-in come first; the limit of uploads comes after, which counts files that this process has."""
    settings = {name: value for name, value in os.environ.items() if not name.startswith("LOOP_")}
    settings["HOME"] = str(tmp_path)
    if has_sign_in:
        settings["LOOP_ALLOWED_EMAILS"] = "example.com"
        (tmp_path / ".streamlit").mkdir()
        (tmp_path / ".streamlit" / "secrets.toml").write_text(
            f'[auth]\nredirect_uri = "http://localhost/oauth2callback"\ncookie_secret = "{token_hex(20)}"\n'
            'client_id = "loop"\nclient_secret = "x"\nserver_metadata_url = "http://127.0.0.1:9/x"\n'
        )
    command, root = [sys.executable, "-c", ASKED], Path(__file__).parents[3]
    asked = subprocess.run(command, cwd=root, env=settings, capture_output=True, text=True, check=True)
    answers, layers = json.loads(re.findall(r"^\[\[.*", asked.stdout, re.MULTILINE)[-1])

    assert (answers[0] == 410) is not has_sign_in
    assert answers[1] == 421
    assert layers.index("Forwarding") < layers.index("UploadLimit")
