"""Limits of the sockets and messages of one viewer, with an application and a clock made by the test."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from pages.server.sockets import DONE_AFTER_CLOSING, MESSAGES_AT_ONCE, MOST_WAITING, OF_ONE_ADDRESS, SILENT, SocketLimit
from pages.server.turns import Pace

Messages = list[dict[str, Any]]


class Clock:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        """Start at any time."""
        self.now = 100.0

    def __call__(self) -> float:
        """Return the seconds."""
        return self.now


class Tab:
    """A WebSocket to a limited application that reads messages until the end."""

    def __init__(self, limit: SocketLimit, address: str) -> None:
        """Connect."""
        self.sent: Messages = []
        self._said: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        scope = {"type": "websocket", "client": (address, 1), "headers": [], "extensions": {}}
        self._task = asyncio.ensure_future(limit(scope, self._said.get, self._send))

    async def _send(self, message: Any) -> None:  # noqa: ANN401 - as ASGI has it
        self.sent.append(message)

    async def say(self) -> None:
        """Send a message, and let the application process it."""
        await self._said.put({"type": "websocket.receive", "bytes": b""})
        await asyncio.sleep(0.01)

    def say_at_once(self, count: int) -> None:
        """Send this many messages at once."""
        for _ in range(count):
            self._said.put_nowait({"type": "websocket.receive", "bytes": b""})

    async def cancelled(self) -> bool:
        """Whether the task ends as cancelled after a cancellation."""
        self._task.cancel()
        await asyncio.wait([self._task])
        return self._task.cancelled()

    async def leave(self) -> None:
        """Disconnect."""
        await self._said.put({"type": "websocket.disconnect"})
        await self._task

    async def is_open(self) -> bool:
        """Whether the socket was neither refused nor closed."""
        await asyncio.sleep(0.01)
        return not self._task.done()


async def reading(_: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - as ASGI has it
    """An application that accepts and reads."""
    await send({"type": "websocket.accept"})
    while (await receive())["type"] != "websocket.disconnect":
        pass


def limited(clock: Clock) -> SocketLimit:
    """Limits of five WebSockets in all, three per address."""
    return SocketLimit(reading, 5, 3, clock)


def test_one_address_does_not_take_the_sockets_of_another() -> None:
    """The sockets of one address are bounded, so that other addresses can connect until all are taken."""

    async def story() -> None:
        limit = limited(Clock())
        hog = [Tab(limit, "192.0.2.1") for _ in range(4)]
        others = [Tab(limit, f"192.0.2.{number}") for number in (2, 3, 4)]
        assert [await tab.is_open() for tab in hog] == [True, True, True, False]
        assert [await tab.is_open() for tab in others] == [True, True, False]
        assert hog[3].sent == [{"type": "websocket.close", "code": 1013}]
        await hog[0].leave()
        assert await Tab(limit, "192.0.2.5").is_open()

    asyncio.run(story())


def test_a_silent_socket_makes_room_for_a_new_viewer() -> None:
    """A silent socket is closed for a new viewer, and an active one stays."""

    async def story() -> None:
        clock = Clock()
        limit = limited(clock)
        looked_at, silent, hidden = (Tab(limit, "192.0.2.1") for _ in range(3))
        await looked_at.say()
        await hidden.say()
        clock.now += 5
        assert await Tab(limit, "192.0.2.1").is_open()
        assert not await silent.is_open()
        assert silent.sent[-1] == {"type": "websocket.close", "code": 1013}

        clock.now += SILENT - 10
        await looked_at.say()
        clock.now += 10
        newest = [Tab(limit, "192.0.2.1") for _ in range(2)]
        assert [await tab.is_open() for tab in newest] == [True, True]
        assert await looked_at.is_open()
        assert not await hidden.is_open()

    asyncio.run(story())


def test_other_protocols_and_faults_pass_through() -> None:
    """HTTP is not limited, and the application's exceptions are raised."""

    async def failing(_: Any, __: Any, ___: Any) -> None:  # noqa: ANN401 - as ASGI has it
        raise KeyError

    async def nothing(_: Any) -> None:  # noqa: ANN401 - as ASGI has it
        pass

    async def story() -> None:
        limit = SocketLimit(failing, 1, 1)
        for kind in ("http", "websocket", "websocket"):
            try:
                await limit({"type": kind, "client": None, "extensions": {}}, asyncio.Queue[Any]().get, nothing)
            except KeyError:
                continue
            raise AssertionError("it was swallowed")

    asyncio.run(story())


def test_messages_wait_their_turn() -> None:
    """A burst of messages passes at once, then they are slowed down until the sender pauses."""
    clock = Clock()
    pace = Pace(4.0, MESSAGES_AT_ONCE, clock)
    waits = [pace.take() for _ in range(int(MESSAGES_AT_ONCE) + 2)]

    assert waits[:-2] == [0.0] * int(MESSAGES_AT_ONCE)
    assert waits[-2:] == [0.25, 0.5]
    clock.now += 60
    assert pace.take() == 0.0


@pytest.mark.parametrize(
    ("tabs", "waits"), [(1, True), (45, False), (60, True)], ids=["one tab", "many tabs", "too many for an address"]
)
def test_messages_of_a_socket_and_of_its_address_are_slowed_down(tabs: int, waits: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """One tab has a burst, and its address one of fifty tabs."""
    taken = 0

    async def counting(_: Any, receive: Any, __: Any) -> None:  # noqa: ANN401 - as ASGI has it
        nonlocal taken
        while (await receive())["type"] != "websocket.disconnect":
            taken += 1

    async def story() -> None:
        limit = SocketLimit(counting, 100, 100, Clock())
        burst = int(MESSAGES_AT_ONCE) + (8 if tabs == 1 else 0)
        opened = [Tab(limit, "192.0.2.1") for _ in range(tabs)]
        for tab in opened:
            tab.say_at_once(burst)
        free = int(min(tabs, OF_ONE_ADDRESS) * MESSAGES_AT_ONCE)
        for _ in range(200):
            await asyncio.sleep(0.05 if taken < free else 0)
        await asyncio.sleep(0.3)
        assert (taken < tabs * burst) is waits
        assert taken >= free

    asyncio.run(story())


class Taken:
    """An application that records the address and time of each message, which takes `seconds`."""

    def __init__(self, clock: Clock, seconds: float = 0.0) -> None:
        """Start without messages."""
        self.by: list[str] = []
        self._clock, self._seconds = clock, seconds

    async def __call__(self, scope: Any, receive: Any, _: Any) -> None:  # noqa: ANN401 - as ASGI has it
        """Process messages until the end."""
        while (await receive())["type"] != "websocket.disconnect":
            self.by.append(scope["client"][0])
            self._clock.now += self._seconds


@pytest.mark.parametrize(("sent", "most"), [(100, 2 * DONE_AFTER_CLOSING), (3, 3)])
def test_after_a_tab_is_closed_its_first_messages_are_processed(sent: int, most: int) -> None:
    """Of a closed tab only the first few messages are processed, enough for a submission."""

    async def story() -> None:
        taken = Taken(Clock())
        tab = Tab(SocketLimit(taken, 10, 10, Clock()), "192.0.2.1")
        tab.say_at_once(sent)
        await asyncio.wait_for(tab.leave(), 1.0)
        assert min(sent, DONE_AFTER_CLOSING) <= len(taken.by) <= most

    asyncio.run(story())


def test_a_tab_that_closes_slowly_takes_no_turn() -> None:
    """A closing socket that waits for its browser does not take a turn."""

    async def closing(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - as ASGI has it
        await receive()
        by.append(scope["client"][0])
        await send({"type": "websocket.close", "code": 1002})

    async def waiting(_: Any) -> None:  # noqa: ANN401 - as ASGI has it
        await asyncio.sleep(3600)

    by: list[str] = []

    async def story() -> None:
        limit = SocketLimit(closing, 10, 10)
        for address in ("192.0.2.1", "192.0.2.2"):
            messages: asyncio.Queue[Any] = asyncio.Queue()
            messages.put_nowait({"type": "websocket.receive", "bytes": b""})
            scope = {"type": "websocket", "client": (address, 1), "headers": [], "extensions": {}}
            task = asyncio.ensure_future(limit(scope, messages.get, waiting))
            await asyncio.sleep(0.05)
            assert not task.done()
        assert by == ["192.0.2.1", "192.0.2.2"]

    asyncio.run(story())


def test_a_tab_that_sends_without_end_is_closed() -> None:
    """A tab that sends endlessly is closed before its messages fill the memory."""

    async def story() -> None:
        tab = Tab(SocketLimit(Taken(Clock()), 10, 10, Clock()), "192.0.2.1")
        tab.say_at_once(MOST_WAITING + int(MESSAGES_AT_ONCE) + 10)
        await asyncio.sleep(0.1)
        assert tab.sent == [{"type": "websocket.close", "code": 1013}]

    asyncio.run(story())


def test_each_address_has_its_turn_and_other_tasks_the_remaining_time() -> None:
    """Addresses take turns, however many tabs they have, and the loop is free between them."""

    async def story() -> None:
        clock = Clock()
        taken = Taken(clock, 0.02)
        limit = SocketLimit(taken, 100, 100, clock)
        for _ in range(20):
            Tab(limit, "192.0.2.1").say_at_once(20)
        await asyncio.sleep(0.05)
        before = len(taken.by)
        assert 0 < before < 20
        Tab(limit, "192.0.2.2").say_at_once(1)
        await asyncio.sleep(0.3)
        assert taken.by.index("192.0.2.2") - before <= 3

    asyncio.run(story())


def test_a_socket_that_is_cancelled_from_outside_ends() -> None:
    """A socket cancelled by a stop ends as cancelled."""

    async def story() -> None:
        tab = Tab(limited(Clock()), "192.0.2.1")
        assert await tab.is_open()
        assert await tab.cancelled()
        assert tab.sent == [{"type": "websocket.accept"}]

    asyncio.run(story())
