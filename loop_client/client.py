"""The client: configuration, the only importer of httpx, and one send with its retries."""

from __future__ import annotations

import json
import os
import random
import re
import ssl
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Any, Self, TypeVar
from urllib.parse import urlencode, urlsplit

import httpx

from loop_client import retry
from loop_client.deadline import DeadlineBackend, deadline
from loop_client.errors import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    ConfigurationError,
    ResponseError,
    TooLargeError,
    status_error,
)
from loop_client.feedback import FeedbackResource

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from loop_client.retry import Call

BASE_URL = "https://api.loop.dev/v2"
T = TypeVar("T")

LARGEST_ANSWER = 16 * 1024**2
"""Bytes of a decoded body that are held: 200 KB on the wire can become 200 MB."""

LARGEST_SKIMMED = 16 * LARGEST_ANSWER
"""Bytes of a decoded body that are read on, unheld, to find what stands at its end."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A 2xx answer. `body`: decoded; where `cut`, only its last 4 KiB. `date`: the server's clock, if it tells."""

    body: bytes
    cut: bool
    date: datetime | None


class Loop:
    """A client for one account of the Loop Feedback API, to be shared by all threads of a process.

    `api_key`, `base_url`: LOOP_API_KEY and LOOP_BASE_URL where not given. `timeout`: seconds for one whole answer.
    `max_retries`: further attempts per request. `max_wait`: seconds that all pauses of one call take at most; a longer
    Retry-After is raised at once. Pickling leaves the key out: the copy reads LOOP_API_KEY where it is unpickled.

    Source: "Overview" in the API reference.

    Raises:
        ConfigurationError: There is no key, or the key or the base URL cannot be used.
    """

    def __init__(  # noqa: PLR0913 - the documented settings, all by keyword
        self,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        timeout: float = 10.0,
        max_retries: int = 2,
        max_wait: float = 60.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Check the settings; nothing is sent."""
        self.base_url = _usable_base_url(base_url or os.environ.get("LOOP_BASE_URL") or BASE_URL)
        self.timeout, self.max_retries, self.max_wait = timeout, max_retries, max_wait
        headers = {
            "Authorization": f"Bearer {_usable_key(api_key or os.environ.get('LOOP_API_KEY'))}",
            "Accept": "application/json",
            "Accept-Encoding": "gzip, deflate",
            "User-Agent": "loop-client/0.1",
        }
        self._headers = {
            "GET": httpx.Headers(headers),
            "POST": httpx.Headers({**headers, "Content-Type": "application/json"}),
        }
        self._transport = transport or _transport(self.base_url)
        self._closed = threading.Event()
        self.feedback = FeedbackResource(self)

    def __repr__(self) -> str:
        """Name the account's address, never its key."""
        return f"Loop(base_url={self.base_url!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the settings without the key."""
        return _unpickled, (self.base_url, self.timeout, self.max_retries, self.max_wait)

    def __enter__(self) -> Self:
        """Use as a context manager, closed at its end."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    def close(self) -> None:
        """Give up the connections, and end the pauses of other threads."""
        self._closed.set()
        self._transport.close()

    def send(  # noqa: PLR0913 - one request in all its parts
        self,
        call: Call,
        method: str,
        read: Callable[[Answer, str], T],
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        page: int | None = None,
        skim: bool = False,
    ) -> T:
        """What `read` makes of the answer to one request to /feedback, sent again within the call's budget.

        `read` gets the answer and how errors name the request. `skim`: of an answer over 16 MiB, keep the end.

        Raises:
            APIConnectionError: No answer; for a POST, `sent` tells whether it may have arrived.
            APIStatusError: An answer that is an error.
            ResponseError: An answer that cannot be read.
        """
        url = f"{self.base_url}/feedback" + (f"?{urlencode(params)}" if params else "")
        content = json.dumps(body).encode() if body is not None else None
        for attempt in count(1):
            call.requests += 1
            where = f"{method} {urlsplit(self.base_url).path}/feedback" + (f", page {page}" if page else "")
            where += f"; tried {attempt} times" if attempt > 1 else ""
            request = httpx.Request(method, url, headers=self._headers[method], content=content)
            try:
                return read(self._attempt(request, where, skim=skim), where)
            except (APIConnectionError, APIStatusError, ResponseError) as error:
                pause = retry.pause_after(method, error, attempt, random.random())  # noqa: S311 - no secret
                if pause is None or attempt > self.max_retries or call.waited + pause > self.max_wait:
                    raise
            self.pause(call, pause)
        raise AssertionError  # the loop does not end

    def pause(self, call: Call, seconds: float) -> None:
        """Wait, telling the call about once a second; closing the client ends it."""
        call.waited += seconds
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            call.on_wait(left)
            if self._closed.wait(min(1.0, left)):
                raise APIConnectionError("The client was closed while it waited to try again.", sent=False)

    def _attempt(self, request: httpx.Request, where: str, *, skim: bool) -> Answer:
        request.extensions = {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), self.timeout)}
        try:
            with deadline(self.timeout):
                response = self._transport.handle_request(request)
                try:
                    body, cut = self._body(response, where, skim=skim)
                finally:
                    response.close()
        except httpx.TimeoutException as error:
            sent = not isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout)
            raise APITimeoutError(f"Loop did not answer within {self.timeout:g} s ({where}).", sent=sent) from None
        except httpx.DecodingError:
            raise ResponseError(f"Loop's answer cannot be decompressed ({where}).") from None
        except httpx.ConnectError as error:
            cause = _certificate_failure(error)
            reason = "its certificate is not trusted" if cause else "no connection"
            text = f"Loop cannot be reached at {self.base_url}: {reason} ({where})."
            raise APIConnectionError(text, sent=False) from cause
        except httpx.TransportError:
            raise APIConnectionError(f"The connection to Loop broke before its answer was whole ({where}).") from None
        if retry.after_status(request.method, response.status_code) == "answer":
            return Answer(body, cut, retry.http_date(response.headers.get("Date")))
        told = retry.retry_after(response.headers.get("Retry-After"), datetime.now(UTC))
        raise status_error(response.status_code, body, where, told)

    def _body(self, response: httpx.Response, where: str, *, skim: bool) -> tuple[bytes, bool]:
        """The decoded body, or the end of it; and whether it was cut."""
        parts: list[bytes] = []
        size, end = 0, time.monotonic() + self.timeout
        for part in response.iter_bytes():
            size += len(part)
            if size > (LARGEST_SKIMMED if skim else LARGEST_ANSWER):
                raise TooLargeError(f"Loop's answer is larger than {LARGEST_ANSWER // 1024**2} MiB ({where}).")
            parts.append(part)
            if size > LARGEST_ANSWER:
                parts = [b"".join(parts)[-4096:]]
            if time.monotonic() > end:
                raise httpx.ReadTimeout("the deadline passed")
        return b"".join(parts), size > LARGEST_ANSWER


def _unpickled(base_url: str, timeout: float, max_retries: int, max_wait: float) -> Loop:
    return Loop(base_url=base_url, timeout=timeout, max_retries=max_retries, max_wait=max_wait)


def _transport(base_url: str) -> httpx.HTTPTransport:
    """One pool of connections for all threads, and neither cookies nor redirects, which a httpx.Client would bring."""
    tls = ssl.create_default_context() if base_url.startswith("https") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    transport = httpx.HTTPTransport(verify=tls, trust_env=False)
    transport._pool._network_backend = DeadlineBackend()  # noqa: SLF001 - httpx has no setting for it; a test watches
    return transport


def _usable_key(key: str | None) -> str:
    if not key:
        raise ConfigurationError("There is no API key. Set LOOP_API_KEY, or pass api_key.")
    if not re.fullmatch(r"[\x21-\x7e]+", key):
        raise ConfigurationError("LOOP_API_KEY holds a space or a character that a key cannot have. Copy it again.")
    return key


def _usable_base_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise ConfigurationError("LOOP_BASE_URL must be an address alone, without a user name, query or fragment.")
    local = parts.hostname in {"127.0.0.1", "localhost", "::1"}
    if not parts.hostname or parts.scheme not in ({"https", "http"} if local else {"https"}):
        raise ConfigurationError(f"LOOP_BASE_URL must start with https://, unlike {url[:60]!r}.")
    return url.rstrip("/")


def _certificate_failure(error: BaseException | None) -> ssl.SSLCertVerificationError | None:
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error
