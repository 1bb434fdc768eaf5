"""A Loop API whose answers a test makes up, without a network."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx

from loop_client import Loop

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

KEY = "canary-0f3a"
NEWEST = datetime(2026, 6, 19, 14, 2, 11, tzinfo=UTC)
URL = "http://127.0.0.1:1/v2"
FIELDS: dict[str, Any] = {"user": {"id": "u_1"}, "message": "m", "sentiment": "negative", "tag": "exports"}


def item(number: int = 1, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """An item as the API sends it; a higher number is older."""
    return {
        "id": f"fb_{number}",
        "user": {"id": "u_1"},
        "message": f"Message {number}",
        "sentiment": "negative",
        "source": None,
        "tag": "exports",
        "status": "open",
        "createdAt": (NEWEST - timedelta(seconds=number)).isoformat(),
        **fields,
    }


def page(items: Sequence[Any], cursor: str | None = None, *, has_more: bool | None = None) -> httpx.Response:
    """A page as the API sends it."""
    more = cursor is not None if has_more is None else has_more
    return httpx.Response(200, json={"data": list(items), "nextCursor": cursor, "hasMore": more})


def error(status: int, kind: str = "an_error", message: str = "It says why", **headers: str) -> httpx.Response:
    """An error as the API sends it."""
    return httpx.Response(status, json={"error": {"type": kind, "message": message}}, headers=headers)


class Script(httpx.BaseTransport):
    """A transport that answers with a function of each request, or with a list of answers, and records requests."""

    def __init__(self, *answers: httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]) -> None:
        """Give these answers; the last one is repeated."""
        self.requests: list[httpx.Request] = []
        self._answers = answers

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Record the request, and return the next answer."""
        self.requests.append(request)
        answer = self._answers[min(len(self.requests), len(self._answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        if callable(answer):
            return answer(request)
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    @property
    def methods(self) -> list[str]:
        """The methods of the requests so far."""
        return [request.method for request in self.requests]

    @property
    def cursors(self) -> list[str | None]:
        """The cursors of the requests so far."""
        return [request.url.params.get("cursor") for request in self.requests]

    def body(self, number: int = 0) -> Any:  # noqa: ANN401 - any JSON
        """The body of a request."""
        return json.loads(self.requests[number].content)


def loop(script: httpx.BaseTransport, slept: list[float] | None = None, **settings: Any) -> Loop:  # noqa: ANN401 - Loop's
    """A client that gets these answers, without waiting in pauses; `slept` collects their seconds."""
    client = Loop(**{"api_key": KEY, "base_url": URL, "transport": script, **settings})

    def sleep(seconds: float) -> bool:
        if slept is not None:
            slept.append(seconds)
        return False

    client.sleep = sleep
    return client
