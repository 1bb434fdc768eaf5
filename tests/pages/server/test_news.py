"""The route that tells tabs of news, with tabs made by the test."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from pages.server import news

Message = dict[str, Any]

OWN = {"origin": "https://loop.example.com", "host": "loop.example.com"}


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look a hundred times a second."""
    monkeypatch.setattr(news, "LOOK_EVERY", 0.01)


async def nothing(*_: Any) -> None:  # noqa: ANN401 - as ASGI has it
    """Do nothing, as an application."""


class Mark:
    """A number that a test changes; `looks` counts who asks for it."""

    def __init__(self) -> None:
        """Start with any number."""
        self.now, self.looks = 7, 0

    def __call__(self) -> int:
        """Return it."""
        self.looks += 1
        return self.now


class Tab:
    """A WebSocket to the route."""

    def __init__(self, route: news.News, address: str = "192.0.2.1", **headers: str) -> None:
        """Connect."""
        self.sent: list[Message] = []
        self.takes = asyncio.Event()
        self.takes.set()
        self._said: asyncio.Queue[Message] = asyncio.Queue()
        self._said.put_nowait({"type": "websocket.connect"})
        lines = [(name.encode(), value.encode()) for name, value in (headers or OWN).items()]
        scope = {"type": "websocket", "path": news.PATH, "client": (address, 1), "headers": lines}
        self._task = asyncio.ensure_future(route(scope, self._said.get, self._send))

    async def _send(self, message: Any) -> None:  # noqa: ANN401 - as ASGI has it
        await self.takes.wait()
        self.sent.append(message)

    async def told(self) -> list[str]:
        """The numbers that were sent until now."""
        await asyncio.sleep(0.1)
        return [message["text"] for message in self.sent if message["type"] == "websocket.send"]

    async def is_open(self) -> bool:
        """Whether the socket was accepted, and neither refused nor closed."""
        await asyncio.sleep(0.05)
        return not self._task.done() and self.sent[0] == {"type": "websocket.accept"}

    async def say(self, kind: str = "websocket.receive") -> None:
        """Say something, and wait for the end."""
        self._said.put_nowait({"type": kind, "text": "x"})
        await asyncio.wait_for(self._task, 5)


def test_a_tab_is_told_each_number_once() -> None:
    """It gets the present number at once, and another one when it changes; nothing meanwhile."""

    async def story() -> None:
        mark = Mark()
        tab = Tab(news.News(nothing, mark))
        assert await tab.told() == ["7"]
        mark.now = 8
        assert await tab.told() == ["7", "8"]
        await tab.say("websocket.disconnect")

    asyncio.run(story())


def test_a_tab_that_comes_later_gets_the_number_of_then() -> None:
    """The number is not the one of when the last tab left."""

    async def story() -> None:
        mark = Mark()
        route = news.News(nothing, mark)
        first = Tab(route)
        assert await first.told() == ["7"]
        await first.say("websocket.disconnect")
        await asyncio.sleep(0.05)
        mark.now = 9
        second = Tab(route)
        assert await second.told() == ["9"]
        await second.say("websocket.disconnect")

    asyncio.run(story())


def test_a_slow_tab_misses_what_is_outdated() -> None:
    """What it did not take is not kept for it, and others do not wait for it."""

    async def story() -> None:
        mark = Mark()
        route = news.News(nothing, mark)
        slow, other = Tab(route), Tab(route)
        await asyncio.sleep(0.05)
        slow.takes.clear()
        for number in (8, 9, 10):
            mark.now = number
            await asyncio.sleep(0.05)
        assert await other.told() == ["7", "8", "9", "10"]
        slow.takes.set()
        assert await slow.told() == ["7", "8", "10"]
        for tab in (slow, other):
            await tab.say("websocket.disconnect")

    asyncio.run(story())


def test_one_look_serves_all_tabs_and_none_is_taken_without_them() -> None:
    """The process looks as often with many tabs as with one, and not at all once they have left."""

    async def looks(mark: Mark) -> int:
        before = mark.looks
        await asyncio.sleep(0.3)
        return mark.looks - before

    async def story() -> None:
        mark = Mark()
        route = news.News(nothing, mark)
        tabs = [Tab(route) for _ in range(50)]
        assert 0 < await looks(mark) <= 31
        for tab in tabs:
            await tab.say("websocket.disconnect")
        await asyncio.sleep(0.05)
        assert await looks(mark) == 0

    asyncio.run(story())


def test_a_tab_that_says_something_is_closed() -> None:
    """Nothing is to be said here, so that nothing is read."""

    async def story() -> None:
        tab = Tab(news.News(nothing, Mark()))
        assert await tab.told() == ["7"]
        await tab.say()
        assert tab.sent[-1] == {"type": "websocket.close", "code": 1008}

    asyncio.run(story())


def test_there_is_room_for_a_number_of_tabs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their number is bounded, in all and by address, and one that leaves makes room."""
    monkeypatch.setattr(news, "MOST_OF_ONE_ADDRESS", 2)

    async def story() -> None:
        route = news.News(nothing, Mark(), most=3)
        first, *others = [Tab(route) for _ in range(3)]
        assert [await tab.is_open() for tab in (first, *others)] == [True, True, False]
        more = [Tab(route, f"192.0.2.{number}") for number in (2, 3)]
        assert [await tab.is_open() for tab in more] == [True, False]
        assert more[1].sent == [{"type": "websocket.close", "code": 1008}]
        await first.say("websocket.disconnect")
        assert await Tab(route, "192.0.2.4").is_open()

    asyncio.run(story())


@pytest.mark.parametrize(
    ("origin", "host", "is_own"),
    [
        ("https://loop.example.com", "loop.example.com", True),
        ("http://localhost:8501", "localhost:8501", True),
        ("https://loop.example.com:8443", "Loop.Example.com.", True),
        ("http://[::1]:8501", "[::1]:8501", True),
        ("https://evil.example", "loop.example.com", False),
        ("https://loop.example.com.evil.example", "loop.example.com", False),
        ("https://loop.example.com@evil.example", "loop.example.com", False),
        ("file://loop.example.com", "loop.example.com", False),
        ("null", "loop.example.com", False),
        ("", "loop.example.com", False),
        ("https://[", "loop.example.com", False),
        ("https://loop.example.com", "", False),
    ],
)
def test_only_a_page_of_the_dashboard_listens(origin: str, host: str, is_own: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """A page of another address is refused, though its browser sends the reader's cookies; so is no page at all."""

    async def story() -> None:
        headers = {name: value for name, value in (("origin", origin), ("host", host)) if value}
        tab = Tab(news.News(nothing, Mark()), **headers)
        assert await tab.is_open() is is_own
        assert (tab.sent == [{"type": "websocket.close", "code": 1008}]) is not is_own

    asyncio.run(story())


def test_everything_else_is_passed_on() -> None:
    """Other paths, and requests to this one, are the application's."""
    passed: list[str] = []

    async def noting(scope: Any, *_: Any) -> None:  # noqa: ANN401 - as ASGI has it
        passed.append(scope["path"])

    async def story() -> None:
        route = news.News(noting, Mark())
        for kind, path in (("http", news.PATH), ("websocket", "/_stcore/stream"), ("lifespan", "")):
            await asyncio.wait_for(route({"type": kind, "path": path}, asyncio.Queue[Any]().get, nothing), 5)

    asyncio.run(story())
    assert passed == [news.PATH, "/_stcore/stream", ""]
