"""The download route: each link works once, streams piece by piece, and never leaves a part that looks complete."""

from __future__ import annotations

import http.client
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import httpx
import pytest
from starlette.routing import Route

from loop_client.report.export import ExportError
from pages.server import downloads
from pages.server.tickets import LASTS, MOST, Tickets
from tests.served import served
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The base URL of the route."""
    with served(Route(f"{downloads.PATH}/{{token}}", downloads.answer)) as running:
        yield running


def file_of(pieces: Callable[[], Generator[bytes]]) -> downloads.File:
    """A file of these pieces."""
    return downloads.File("feedback-all.csv", "text/csv; charset=utf-8", pieces)


def test_a_link_gives_the_file_once(address: str) -> None:
    """A link gives the file once, uncached, with its name and type, and then explains how to get another one."""

    def pieces() -> Generator[bytes]:
        yield b""
        yield b"one,"
        yield b"two"

    link = address + downloads.link(file_of(pieces))
    head = httpx.head(link)
    answer, again = httpx.get(link), httpx.get(link)

    assert head.status_code == 405
    assert (answer.status_code, answer.content) == (200, b"one,two")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="feedback-all.csv"'
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert again.status_code == 410
    assert "open Export again" in again.text


@pytest.mark.parametrize("token", ["x", "x" * 43, "..%2f..%2fetc", "%00"])
def test_a_guess_gives_nothing(address: str, token: str) -> None:
    """A guessed link gives nothing."""
    downloads.link(file_of(lambda: iter(())))  # type: ignore[arg-type,return-value]

    assert httpx.get(f"{address}{downloads.PATH}/{token}").status_code in {404, 410}


def test_no_two_links_are_alike_and_each_has_256_random_bits() -> None:
    """Each link has 256 random bits."""
    tickets = Tickets[str]()
    tokens = {tickets.offer("x") for _ in range(100)}

    assert len(tokens) == 100
    assert all(re.fullmatch(r"[\w-]{43}", token) for token in tokens)


def test_links_are_good_for_ten_minutes_and_bounded() -> None:
    """Unused links expire after ten minutes, and the oldest ones when there are too many."""
    now = [0.0]
    tickets = Tickets[int](clock=lambda: now[0])
    old = tickets.offer(-1)
    tokens = [tickets.offer(number) for number in range(MOST)]
    now[0] = LASTS - 1
    in_time, crowded_out = tickets.take(tokens[0]), tickets.take(old)
    now[0] = LASTS
    too_late = tickets.take(tokens[1])
    tickets.offer(-2)

    assert (in_time, crowded_out, too_late) == (0, None, None)
    assert tickets.take(tokens[2]) is None


def test_a_file_that_cannot_be_written_is_reported_in_a_sentence(address: str) -> None:
    """A failure before the first byte is reported as an error page."""

    def pieces() -> Generator[bytes]:
        yield b""
        raise ExportError("The .xlsx file cannot be made: No space left on device.")

    answer = httpx.get(address + downloads.link(file_of(pieces)))

    assert answer.status_code == 500
    assert answer.text == "The .xlsx file cannot be made: No space left on device.\n"
    assert "attachment" not in answer.headers.get("Content-Disposition", "")


def test_a_file_that_fails_later_does_not_look_complete(address: str) -> None:
    """A failure after the first byte breaks the download visibly."""

    def pieces() -> Generator[bytes]:
        yield b"one,"
        raise OSError(28, "No space left on device")

    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(address + downloads.link(file_of(pieces)))


def test_a_reader_who_goes_ends_the_work(address: str) -> None:
    """A closed connection ends the export and cleans up."""
    made, ended = list[int](), threading.Event()

    def pieces() -> Generator[bytes]:
        try:
            while True:
                made.append(1)
                yield bytes(1 << 20)
        finally:
            ended.set()

    with httpx.stream("GET", address + downloads.link(file_of(pieces))) as answer:
        next(answer.iter_raw())

    assert ended.wait(10)


def test_a_file_is_made_as_fast_as_it_is_read(address: str) -> None:
    """Only a few pieces are produced ahead of a slow reader."""
    made = list[int]()

    def pieces() -> Generator[bytes]:
        for number in range(1000):
            made.append(number)
            yield bytes(1 << 20)

    with httpx.stream("GET", address + downloads.link(file_of(pieces))) as answer:
        next(answer.iter_raw())
        until(lambda: len(made) > 1)
        time.sleep(0.5)
        assert len(made) < 20


STOPPED = """
import asyncio, sys
from contextlib import asynccontextmanager
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route
from pages.server import downloads

def pieces():
    try:
        while True:
            yield bytes(1 << 16)
    finally:
        print("cleaned up", flush=True)

@asynccontextmanager
async def lifespan(app):
    downloads.bound_the_stop()
    print(downloads.link(downloads.File("x", "text/plain", pieces)), flush=True)
    yield
    print("stopped", flush=True)

app = Starlette(routes=[Route(downloads.PATH + "/{token}", downloads.answer)], lifespan=lifespan)
uvicorn.run(app, port=int(sys.argv[1]), log_level="critical")
"""


@pytest.mark.parametrize("reads", [True, False], ids=["reading", "stalled"])
def test_an_open_download_does_not_delay_the_end_of_the_process(reads: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """A stop cuts open downloads visibly, within 3 s."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with subprocess.Popen([sys.executable, "-c", STOPPED, str(port)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        try:
            link = process.stdout.readline().strip()
            until(lambda: _connected(connection))
            connection.request("GET", link)
            answer = connection.getresponse()
            answer.read(1)
            process.send_signal(signal.SIGTERM)
            signalled = time.monotonic()
            if reads:
                with pytest.raises((http.client.IncompleteRead, ConnectionError)):
                    answer.read()
            process.wait(timeout=10)
            took = time.monotonic() - signalled
            output = process.stdout.read()
        finally:
            connection.close()
            process.kill()
    assert took < (3 if reads else 5)
    assert output == "cleaned up\nstopped\n"


def _connected(connection: http.client.HTTPConnection) -> bool:
    try:
        connection.connect()
    except ConnectionRefusedError:
        connection.close()
        return False
    return True
