"""Limits of uploads, with an application made by the test."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from pages.server.uploads import AT_ONCE, KEPT, ROUTE, UploadLimit

Messages = list[dict[str, Any]]


class Files:
    """An application that stores uploads until they are removed, each once it has arrived."""

    def __init__(self, status: int = 204) -> None:
        """`status`: of its answers."""
        self.status, self.arrived = status, asyncio.Event()
        self.stored: list[tuple[str, str]] = []
        self.called = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401, ARG002 - as ASGI has it
        """Store a file."""
        self.called += 1
        await self.arrived.wait()
        self.stored.append((*scope["path"].rsplit("/", 2)[1:],))
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    def remove(self, session: str, file: str) -> None:
        """Forget a file."""
        self.stored.remove((session, file))


async def sent(limit: UploadLimit, path: str = f"{ROUTE}session/1", method: str = "PUT") -> Messages:
    """The answer to a request."""
    answer: Messages = []

    async def send(message: Any) -> None:  # noqa: ANN401 - as ASGI has it
        answer.append(message)

    async def receive() -> Any:  # noqa: ANN401 - as ASGI has it
        await asyncio.Event().wait()

    await limit({"type": "http", "path": path, "method": method}, receive, send)
    return answer


def test_few_files_are_uploaded_at_a_time() -> None:
    """One more is refused at once, and comes through when another has arrived; other requests always do."""

    async def crowd() -> None:
        files = Files()
        limit = UploadLimit(files, files.remove)
        uploads = [asyncio.create_task(sent(limit, f"{ROUTE}s/{number}")) for number in range(AT_ONCE)]
        await asyncio.sleep(0)
        refused = await sent(limit)
        assert refused[0]["status"] == 503
        assert (b"retry-after", b"30") in refused[0]["headers"]
        others = [asyncio.create_task(sent(limit, *one)) for one in ((f"{ROUTE}s/1", "DELETE"), ("/healthz", "GET"))]
        await asyncio.sleep(0)
        assert files.called == AT_ONCE + 2
        files.arrived.set()
        assert {one[0]["status"] for one in await asyncio.gather(*uploads, *others)} == {204}
        assert (await sent(limit))[0]["status"] == 204

    asyncio.run(crowd())


def test_only_the_last_files_stay_in_memory() -> None:
    """The oldest goes before the browser learns of the newest, whoever uploaded it."""

    async def many() -> None:
        files = Files()
        files.arrived.set()
        limit = UploadLimit(files, files.remove)
        for number in range(KEPT + 3):
            await sent(limit, f"{ROUTE}session-{number}/{number}")
            assert len(files.stored) <= KEPT
        assert files.stored == [(f"session-{number}", f"{number}") for number in range(3, KEPT + 3)]

    asyncio.run(many())


def test_a_refused_file_takes_no_place() -> None:
    """Streamlit has not stored it, and the files that it has stay."""

    async def refused() -> None:
        files = Files()
        files.arrived.set()
        limit = UploadLimit(files, files.remove)
        await sent(limit, f"{ROUTE}s/first")
        files.status = 413
        for number in range(KEPT + 1):
            await sent(limit, f"{ROUTE}s/{number}")
        assert ("s", "first") in files.stored

    asyncio.run(refused())


def test_a_stalled_upload_is_ended() -> None:
    """With 408, and its place is free again."""

    async def stalled() -> None:
        files = Files()
        limit = UploadLimit(files, files.remove, longest=0.05)
        uploads = asyncio.gather(*[sent(limit, f"{ROUTE}s/{number}") for number in range(AT_ONCE)])
        answers = await asyncio.wait_for(uploads, 2)
        assert {one[0]["status"] for one in answers} == {408}
        files.arrived.set()
        assert (await sent(limit))[0]["status"] == 204

    asyncio.run(stalled())


@pytest.mark.parametrize("kind", ["websocket", "lifespan"])
def test_what_is_no_request_passes(kind: str) -> None:
    """It has neither a method nor, in a lifespan, a path."""

    async def passed() -> int:
        files = Files()

        async def app(*_: Any) -> None:  # noqa: ANN401 - as ASGI has it
            files.called += 1

        await UploadLimit(app, files.remove)({"type": kind}, None, None)  # type: ignore[arg-type] # nothing to read
        return files.called

    assert asyncio.run(passed()) == 1
