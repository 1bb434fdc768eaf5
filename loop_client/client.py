"""The client: settings, and sending a request with retries. httpx's errors do not leave this module."""

import hashlib
import json
import os
import random
import re
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, closing
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlencode

import httpx

from loop_client import errors, retry, version
from loop_client.decode import Answer, inflated
from loop_client.feedback import FeedbackResource
from loop_client.retry import Call
from loop_client.transport import DeadlineTransport, deadline

BASE_URL = "https://api.loop.dev/v2"
T = TypeVar("T")
LONGEST_TIMEOUT = 24 * 3600.0  # seconds
LONGEST_QUERY = 60_000  # characters
LARGEST_ANSWER = 16 * 1024**2  # bytes of a decoded body in memory: 200 KB on the wire can become 200 MB
LARGEST_SKIPPED = 16 * LARGEST_ANSWER  # bytes of a decoded body that are read when only its end is needed


class Loop(AbstractContextManager["Loop"]):
    """A client for one account of the Loop Feedback API, to be shared by all threads of a process.

    `api_key`, `base_url`: default to LOOP_API_KEY and LOOP_BASE_URL. `timeout`: seconds for one complete answer.
    `max_retries`: further attempts per request. `max_wait`: most seconds that all pauses of one call take together; a
    longer Retry-After raises at once. A pickle does not contain the key: unpickling reads LOOP_API_KEY.

    Source: "Overview" in the API reference.

    Raises:
        ConfigurationError: There is no key, or the key, the base URL or the timeout is invalid.
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
        if not 0 < timeout <= LONGEST_TIMEOUT:
            raise errors.ConfigurationError("timeout must be more than 0 and at most 86,400 seconds.")
        self.timeout, self.max_retries, self.max_wait = timeout, max_retries, max_wait
        self._url = httpx.URL(self.base_url + "/feedback")
        headers = {"Host": self._url.netloc.decode(), "Accept": "application/json", "Accept-Encoding": "gzip"}
        self._key = _usable_key(api_key or os.environ.get("LOOP_API_KEY"))
        bearer = {"User-Agent": f"loop-client/{version.VERSION}", "Authorization": f"Bearer {self._key}"}
        self._headers = httpx.Headers({**headers, **bearer})
        self._transport = transport or DeadlineTransport(self.base_url)
        self._closed = threading.Event()
        self.sleep: Callable[[float], bool] = self._closed.wait
        """Waits for some seconds; returns True when the client was closed. Tests replace it."""
        self.admit: Callable[[bool], None] = lambda _: None
        """Called before each request with whether a reader waits for it; a budget of calls makes it wait here."""
        self.feedback = FeedbackResource(self)

    @property
    def account(self) -> str:
        """The account's name, which does not reveal the key: copies of two accounts must not mix."""
        return f"{self.base_url} {hashlib.sha256(self._key.encode()).hexdigest()[:16]}"

    def __repr__(self) -> str:
        """Show the address, never the key."""
        return f"Loop(base_url={self.base_url!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the settings without the key."""
        settings = partial(Loop, timeout=self.timeout, max_retries=self.max_retries, max_wait=self.max_wait)
        return partial(settings, base_url=self.base_url), ()

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    def close(self) -> None:
        """Close the connections, and end pauses in other threads; no further request is made."""
        self._closed.set()
        self._transport.close()

    def send(  # noqa: PLR0913 - one request in all its parts
        self,
        call: Call,
        method: str,
        read: Callable[[Answer], T],
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        page: int | None = None,
        tail_only: bool = False,
    ) -> T:
        """Send a request to /feedback, with retries within the call's budget, and return what `read` parses.

        `tail_only`: of an answer over 16 MiB, return the end.

        Raises:
            LoopError: There was no answer, an error, or an answer that cannot be read.
        """
        url = self._address(urlencode(params or {}, errors="replace"))
        if body is None:  # with a stream, httpx skips its work on bodies, which is measurable in a walk
            request = httpx.Request(method, url, headers=self._headers, stream=httpx.ByteStream(b""))
        else:
            headers = {**self._headers, "Content-Type": "application/json"}
            request = httpx.Request(method, url, headers=headers, content=json.dumps(body).encode())
        attempt = 0
        while True:
            attempt += 1
            where = f"{method} {self._url.path}" + (f", page {page}" if page else "")
            where += f"; tried {attempt} times" if attempt > 1 else ""
            try:
                return read(self._attempt(call, request, where, tail_only=tail_only))
            except errors.LoopError as error:
                pause = retry.pause(error, attempt, random.random())  # noqa: S311 - no secret
                again = retry.decision(method, error) == "retry" and attempt <= self.max_retries
                if not again or not self.may_pause(call, pause):
                    raise
            self.pause(call, pause)

    def _address(self, query: str) -> httpx.URL:
        """The endpoint with an encoded query."""
        if len(query) > LONGEST_QUERY:
            raise errors.InvalidRequestError("The filters or the cursor are too long for an address.")
        return self._url.copy_with(query=query.encode()) if query else self._url

    def may_pause(self, call: Call, seconds: float) -> bool:
        """Whether the call's budget and its deadline allow this pause."""
        return call.waited + seconds <= self.max_wait and time.monotonic() + seconds < call.until

    def pause(self, call: Call, seconds: float) -> None:
        """Wait, reporting to the call once a second; closing the client ends the pause."""
        call.waited += seconds
        while seconds > 0:
            call.on_wait(seconds)
            if self.sleep(min(1.0, seconds)):
                raise errors.APIConnectionError("The client was closed while it waited to try again.", sent=False)
            seconds -= 1.0

    def _attempt(self, call: Call, request: httpx.Request, where: str, *, tail_only: bool) -> Answer:
        self.admit(call.until < float("inf"))
        if self._closed.is_set():
            raise errors.APIConnectionError("The client was closed: nothing was sent.", sent=False)
        call.requests += 1
        seconds = max(0.001, min(self.timeout, call.until - time.monotonic()))
        deadline.set(time.monotonic() + seconds)
        request.extensions = {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), seconds)}
        try:
            with closing(self._transport.handle_request(request)) as response:
                is_answer = 200 <= response.status_code < 300
                try:
                    body, cut = _body(response, where, tail_only=tail_only)
                except (ValueError, httpx.TransportError, errors.TooLargeError):
                    if is_answer:
                        raise
                    body, cut = b"", False  # the status alone is enough
        except UnicodeError:  # a host name that cannot be looked up
            text = f"Loop cannot be reached at {self.base_url}: this is not a host name ({where})."
            raise errors.APIConnectionError(text, sent=False) from None
        except ValueError:
            raise errors.ResponseError(f"Loop's answer cannot be decompressed ({where}).") from None
        except httpx.TransportError as error:
            raise self._connection_error(error, where) from _certificate_failure(error)
        call.date = response.headers.get("Date")
        if is_answer:
            return Answer(where, body, cut)
        now = retry.http_date(call.date) or datetime.now(UTC)
        wait = retry.retry_after(response.headers.get("Retry-After"), now)
        raise errors.status_error(response.status_code, body, where, wait, self._key)

    def _connection_error(self, error: httpx.TransportError, where: str) -> errors.APIConnectionError:
        sent = not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
        if isinstance(error, httpx.TimeoutException):
            return errors.APITimeoutError(f"Loop did not answer within {self.timeout:g} s ({where}).", sent=sent)
        if sent:
            return errors.APIConnectionError(f"The connection to Loop broke before its answer was complete ({where}).")
        reason = "its certificate is not trusted" if _certificate_failure(error) else "no connection"
        text = f"Loop cannot be reached at {self.base_url}: {reason} ({where})."
        return errors.APIConnectionError(text, sent=False)


def _body(response: httpx.Response, where: str, *, tail_only: bool) -> tuple[bytes, bool]:
    """The decoded body, or its end; and whether it was cut. Raises ValueError when it cannot be decoded."""
    parts: list[bytes] = []
    size = 0
    stream: Iterable[bytes] = response.stream  # type: ignore[assignment] # of a transport that is not async
    for part in inflated(stream, response.headers.get("Content-Encoding", "").strip().lower()):
        size += len(part)
        parts.append(part)
        if size > (LARGEST_SKIPPED if tail_only else LARGEST_ANSWER):
            raise errors.TooLargeError(f"Loop's answer is larger than {LARGEST_ANSWER >> 20} MiB ({where}).")
        if size > LARGEST_ANSWER:
            parts = [b"".join(parts)[-65536:]]
        if time.monotonic() > deadline.get():
            raise httpx.ReadTimeout("the deadline passed")
    return b"".join(parts), size > LARGEST_ANSWER


def _usable_key(key: str | None) -> str:
    if not key:
        raise errors.ConfigurationError("There is no API key. Set LOOP_API_KEY, or pass api_key.")
    if not re.fullmatch(r"[\x21-\x7e]+", key):
        text = "LOOP_API_KEY holds a space or a character that a key cannot have. Copy it again."
        raise errors.ConfigurationError(text)
    return key


def _usable_base_url(text: str) -> str:
    try:
        url = httpx.URL(text) if re.fullmatch(r"[\x21-\x7e]+", text) else httpx.URL()
        host = url.host  # decodes it
    except (httpx.InvalidURL, ValueError):
        url, host = httpx.URL(), ""
    if not host or url.userinfo or set(text) & set("?#@") or (url.port or 0) > 65535:
        what = "LOOP_BASE_URL must be a plain address as https://api.loop.dev/v2, without user name, query or fragment."
        raise errors.ConfigurationError(what)
    if url.scheme != "https" and not (url.scheme == "http" and host in {"127.0.0.1", "localhost", "::1"}):
        raise errors.ConfigurationError("LOOP_BASE_URL must start with https://, except on this very machine.")
    return str(url).rstrip("/")


def _certificate_failure(error: BaseException | None) -> ssl.SSLCertVerificationError | None:
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error
