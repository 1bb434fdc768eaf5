"""The sandbox's HTTP side: the two endpoints, their errors, and simulated latency, limits and faults."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import logging
import math
import random
import secrets
import time
from collections import Counter, deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from loop_client.sandbox.cutting import cut
from loop_client.sandbox.handshake import proof
from loop_client.sandbox.hook import Hook
from loop_client.sandbox.openapi import DESCRIPTION
from loop_client.sandbox.rules import ProblemError, checked_item, checked_query, invalid, object_body
from loop_client.sandbox.store import FILTERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from loop_client.sandbox.store import Store

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Behaviour:
    """The sandbox's simulated behaviour.

    `latency_ms`: before each answer. `rate_limit`: requests per minute. `quota`: items that one run may create per
    month. `error_rate`: share of requests that fail with 500, before anything is stored. `lose_answers`: share of
    creates that are stored, and whose connection is then cut; only with `CuttableProtocol`. `webhook`: an address on
    this machine that learns of each create.
    """

    latency_ms: float = 0.0
    rate_limit: int | None = None
    quota: int | None = None
    error_rate: float = 0.0
    lose_answers: float = 0.0
    webhook: str | None = None


class Sandbox:
    """One account's endpoints over its store."""

    def __init__(self, store: Store, api_key: str, behaviour: Behaviour) -> None:
        """Serve the store to clients that have the key."""
        self.store, self.behaviour = store, behaviour
        self._api_key = api_key
        self._authorization = f"Bearer {api_key}".encode()
        self._signing_key = hashlib.sha256(b"cursor" + api_key.encode()).digest()
        self._recent: deque[float] = deque()
        self._created = Counter[tuple[int, int]]()
        self._hook = Hook(behaviour.webhook) if behaviour.webhook else None

    async def admit(self, request: Request) -> None:
        """Accept a request, or raise the error to answer with: checks the key, then limits, then simulated faults."""
        given = request.headers.get("authorization", "").encode("latin-1", "replace")
        if not hmac.compare_digest(given, self._authorization):
            raise ProblemError(
                401, "authentication_error", "Invalid or missing API key", {"WWW-Authenticate": "Bearer"}
            )
        self._count()
        if self.behaviour.latency_ms:
            await asyncio.sleep(self.behaviour.latency_ms / 1000)
        if random.random() < self.behaviour.error_rate:  # noqa: S311 - no secret
            raise ProblemError(500, "internal_error", "Unexpected server error; safe to retry")

    def _count(self) -> None:
        """Enforce the rate limit over the last 60 seconds."""
        if self.behaviour.rate_limit is None:
            return
        now = time.monotonic()
        while self._recent and self._recent[0] <= now - 60:
            self._recent.popleft()
        if len(self._recent) >= self.behaviour.rate_limit:
            wait = math.ceil(self._recent[0] + 60 - now) if self._recent else 60
            raise ProblemError(429, "rate_limited", "Too many requests", {"Retry-After": str(max(1, wait))})
        self._recent.append(now)

    async def feedback(self, request: Request) -> Response:
        """`POST` and `GET /v2/feedback`."""
        try:
            await self.admit(request)
            return await self._answer(request)
        except ProblemError:
            raise
        except ClientDisconnect:  # before its body was read; nobody receives the answer
            return Response(status_code=400)
        except Exception as error:  # otherwise the answer would be plain text, and the connection would be reset
            logger.exception("Unexpected error")
            raise ProblemError(500, "internal_error", "Unexpected server error") from error

    async def _answer(self, request: Request) -> Response:
        return await (self.create(request) if request.method == "POST" else self.list(request))

    async def create(self, request: Request) -> Response:
        """Store one item."""
        fields = checked_item(await object_body(request))
        now = datetime.now(UTC)
        month = (now.year, now.month)
        if self.behaviour.quota is not None and self._created[month] >= self.behaviour.quota:
            next_month = datetime(now.year + now.month // 12, now.month % 12 + 1, 1, tzinfo=UTC)
            wait = {"Retry-After": str(math.ceil((next_month - now).total_seconds()))}
            raise ProblemError(429, "quota_exceeded", "Monthly item quota exceeded", wait)
        self._created[month] += 1  # before the write, so that concurrent creates cannot exceed the quota
        try:
            item = await run_in_threadpool(self.store.create, fields)
        except BaseException:
            self._created[month] -= 1
            raise
        if self._hook:
            self._hook.created(item)
        if random.random() < self.behaviour.lose_answers:  # noqa: S311 - no secret
            await cut(request)
        return Response(item, 201, media_type="application/json")

    async def list(self, request: Request) -> Response:
        """One page, newest first."""
        filters, limit, cursor = checked_query(request.query_params)
        after = self._position(cursor, filters) if cursor is not None else None
        items, end = self.store.page(filters, limit, after)
        following = json.dumps(None if end is None else self._cursor(end, filters))
        body = f'{{"data":[{",".join(items)}],"nextCursor":{following},"hasMore":{json.dumps(end is not None)}}}'
        return Response(body, media_type="application/json")

    def _cursor(self, position: tuple[str, int], filters: Mapping[str, str]) -> str:
        """An opaque cursor for a position, signed together with its filters."""
        return self._signed(json.dumps(position).encode(), filters)

    def _position(self, cursor: str, filters: Mapping[str, str]) -> tuple[str, int]:
        try:
            payload = base64.urlsafe_b64decode(cursor[2:] + "=" * (-(len(cursor) - 2) % 4))[12:]
        except ValueError:
            payload = b""
        if not hmac.compare_digest(cursor.encode(errors="replace"), self._signed(payload, filters).encode()):
            raise invalid("cursor", "unknown, or of a list with other filters")
        created_at, n = json.loads(payload)
        return created_at, n

    def _signed(self, payload: bytes, filters: Mapping[str, str]) -> str:
        bound = json.dumps([filters.get(name) for name in FILTERS]).encode()
        signature = hmac.digest(self._signing_key, payload + b"\0" + bound, "sha256")[:12]
        return "c_" + base64.urlsafe_b64encode(signature + payload).decode().rstrip("=")

    async def proof(self, request: Request) -> Response:
        """Prove to a client with the key that this server has it too, without revealing anything to others."""
        return Response(proof(self._api_key, request.path_params["challenge"]), media_type="text/plain")


async def _openapi(_: Request) -> Response:
    return JSONResponse(DESCRIPTION)


async def _problem(_: Request, error: Any) -> Response:  # noqa: ANN401 - one of the two that it is there for
    if isinstance(error, HTTPException):
        kind = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "internal_error")
        error = ProblemError(error.status_code, kind, error.detail, error.headers)
    return cast("ProblemError", error).response


def sandbox_app(store: Store, api_key: str | None = None, behaviour: Behaviour | None = None) -> Starlette:
    """The ASGI application of a sandbox over this store; without a key, it rejects all requests."""
    sandbox = Sandbox(store, api_key or secrets.token_hex(16), behaviour or Behaviour())
    routes = [
        Route("/v2/feedback", sandbox.feedback, methods=["GET", "POST"]),
        Route("/openapi.json", _openapi),
        Route("/proof/{challenge}", sandbox.proof),
    ]
    for route in routes:
        (route.methods or set()).discard("HEAD")  # Starlette adds it to GET; the API does not have it
    application = Starlette(routes=routes, exception_handlers=dict.fromkeys((ProblemError, HTTPException), _problem))
    application.router.redirect_slashes = False  # an unknown path is a 404
    return application
