"""Configuration, errors and retries of the client."""

from __future__ import annotations

import json
import logging
import pickle
from datetime import UTC
from functools import partial
from importlib import metadata
from typing import TYPE_CHECKING, Any

import httpx
import pytest

import loop_client
from loop_client import (
    APIConnectionError,
    APIStatusError,
    AuthenticationError,
    ConfigurationError,
    InvalidRequestError,
    Loop,
    LoopError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
)
from tests.answers import FIELDS, KEY, URL, Script, error, item, loop, page

if TYPE_CHECKING:
    from tests.sandboxes import RunningSandbox


def test_the_documented_calls_work_to_the_letter(sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The calls of the API reference work as written, with key and address from the environment."""
    monkeypatch.setenv("LOOP_API_KEY", sandbox.api_key)
    monkeypatch.setenv("LOOP_BASE_URL", sandbox.base_url)

    with Loop() as client:
        stored = client.feedback.create(
            user={"id": "u_8f2c"}, message="…", sentiment="negative", source="in-app-widget", tag="exports"
        )
        listed = client.feedback.list(status="open", sentiment="negative", limit=2)
        walk = client.feedback.iter()
        frame = client.feedback.to_frame()

        assert (stored.user.id, stored.message, stored.status, stored.tag) == ("u_8f2c", "…", "open", "exports")
        assert stored.created_at.tzinfo is UTC
        assert list(listed) == [stored]
        assert (listed.next_cursor, listed.has_more) == (None, False)
        assert list(walk) == [stored]
        assert list(frame["id"]) == [stored.id]


def test_requests_name_the_version() -> None:
    """The User-Agent has the version of the package, which is the installed one."""
    script = Script(page([]))
    loop(script).feedback.list()

    assert script.requests[0].headers["User-Agent"] == f"loop-client/{loop_client.__version__}"
    assert metadata.version("loop-dashboard") == loop_client.__version__


def test_all_is_what_the_package_has() -> None:
    """`__all__` lists exactly the public names, including every error."""
    public = {name for name in vars(loop_client) if not name.startswith("_") and name[0].isupper()}

    kinds = [value for value in vars(loop_client.errors).values() if isinstance(value, type)]
    raised = {kind.__name__ for kind in kinds if issubclass(kind, LoopError)}

    assert set(loop_client.__all__) == public
    assert raised <= public
    assert loop_client.__all__ == sorted(loop_client.__all__)


@pytest.mark.parametrize("key", ["", "with space", "trailing ", "new\nline", "schlüssel", "nul\0"])
def test_a_key_that_cannot_be_sent_is_refused_at_once(key: str) -> None:
    """An invalid key is refused before any request, without being shown."""
    with pytest.raises(ConfigurationError) as caught:
        Loop(api_key=key, base_url=URL)

    assert "LOOP_API_KEY" in str(caught.value)
    assert not key or key not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://a:b:c/v2",
        "https://x:99999999/",
        "http://api.loop.dev/v2",
        "https://user:pw@api.loop.dev/v2",
        "https://api.loop.dev/v2?key=1",
        "https://api.loop.dev/v2?",
        "https://api.loop.dev/v2#",
        "https://xn--a/v2",
        "https://api.loop.dev:99999/v2",
        "https://api.loop.dev/v2 ",
        "http://[::1/v2",
        "ftp://x",
        "v2",
        KEY,
        "",
    ],
)
def test_an_address_that_could_leak_the_key_is_refused(url: str) -> None:
    """An address that is invalid, or could leak the key, is refused without being shown."""
    if url:
        with pytest.raises(ConfigurationError) as caught:
            Loop(api_key=KEY, base_url=url)
        assert url == "v2" or url not in str(caught.value)
    else:
        assert Loop(api_key=KEY, base_url=url).base_url == "https://api.loop.dev/v2"


def test_an_address_in_capitals_is_the_same_address() -> None:
    """An address in capitals is normalized, which also decides whether certificates are loaded."""
    client = Loop(api_key=KEY, base_url="HTTPS://API.loop.dev/v2/")

    assert client.base_url == "https://api.loop.dev/v2"


@pytest.mark.parametrize("host", ["a..b", "a" * 70 + ".b"])
def test_an_invalid_host_name_is_reported_as_such(host: str) -> None:
    """An invalid host name is reported as such, and nothing counts as sent."""
    with Loop(api_key=KEY, base_url=f"https://{host}/v2", max_retries=0) as client:
        for call in (client.feedback.list, partial(client.feedback.create, **FIELDS)):
            with pytest.raises(APIConnectionError, match="not a host name") as caught:
                call()
            assert not caught.value.sent


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf"), 1e20])
def test_an_invalid_timeout_is_refused(timeout: float) -> None:
    """The timeout must be more than zero and at most a day."""
    with pytest.raises(ConfigurationError, match="timeout"):
        Loop(api_key=KEY, base_url=URL, timeout=timeout)


def test_the_key_is_in_nothing_that_is_shown_or_stored(caplog: pytest.LogCaptureFixture) -> None:
    """The key is not in repr, str, errors, logs or a pickle."""
    caplog.set_level(logging.DEBUG)
    client = loop(Script(error(401, KEY, f"bad key {KEY}.")))
    with pytest.raises(AuthenticationError) as caught:
        client.feedback.list()

    shown = [repr(client), str(client), repr(caught.value), str(vars(caught.value)), caplog.text]
    assert not any(KEY in text for text in shown)
    assert KEY.encode() not in pickle.dumps(client)
    assert KEY.encode() not in pickle.dumps(caught.value)


def quota_answer(message: bytes) -> httpx.Response:
    """The answer of an exceeded quota, with these bytes in its message."""
    return httpx.Response(429, content=b'\xef\xbb\xbf{"error": {"message": %s", "type": "quota_exceeded"}}' % message)


@pytest.mark.parametrize(
    ("answer", "kind", "text"),
    [
        (error(400, message="tag: too long"), InvalidRequestError, "refused the request (400 for GET /v2/feedback"),
        (error(401), AuthenticationError, "Check LOOP_API_KEY, or unset it to try the sandbox."),
        (error(429, "rate_limited"), RateLimitError, "limiting requests (429 for GET /v2/feedback; tried 3 times)"),
        (error(429, "quota_exceeded"), QuotaExceededError, "monthly item quota"),
        (error(429, "x", "Monthly item quota exceeded"), QuotaExceededError, "monthly item quota"),
        (error(500), ServerError, "Loop failed (500 for GET /v2/feedback; tried 3 times)"),
        (error(503), ServerError, "Loop failed (503"),
        (error(301, Location="http://127.0.0.1:9/"), APIStatusError, "redirect (301 for GET /v2/feedback)"),
        (error(418), APIStatusError, "an error (418 for GET /v2/feedback)"),
        (httpx.Response(502, html="<html>canary-html</html>"), ServerError, "Loop failed (502"),
        (quota_answer(b'"\\ud800'), QuotaExceededError, "monthly item quota"),
        (quota_answer(b'"\xff'), QuotaExceededError, "monthly item quota"),
        (quota_answer(b'"\n\x01'), QuotaExceededError, "monthly item quota"),
        (httpx.Response(400, content=b"["), InvalidRequestError, "refused the request"),
        (httpx.Response(400, json={"error": "text"}), InvalidRequestError, "refused the request"),
        (httpx.Response(400, json={"error": {"message": 7}}), InvalidRequestError, "refused the request"),
        (httpx.Response(500, content=b'{"error":' * 5000), ServerError, "Loop failed (500"),
    ],
)
def test_an_error_answer_becomes_its_error(answer: httpx.Response, kind: type[LoopError], text: str) -> None:
    """The status decides the class of the error, whose text has no part of the body."""
    answer.headers["Retry-After"] = "0"
    with pytest.raises(kind) as caught:
        loop(Script(answer)).feedback.list()

    assert type(caught.value) is kind
    assert text in str(caught.value)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("method", "error_type", "advice"),
    [
        ("GET", "rate_limited", "Try again in 61 s, or choose a shorter period."),
        ("POST", "rate_limited", "Try again in 61 s."),
        ("GET", "quota_exceeded", "Try again in 61 s, or raise the quota."),
        ("POST", "quota_exceeded", "Try again in 61 s, or raise the quota."),
    ],
)
def test_the_advice_fits_the_call(method: str, error_type: str, advice: str) -> None:
    """The advice fits the call, and fractions of a second are rounded up."""
    client = loop(Script(error(429, error_type, **{"Retry-After": "60.3"})))
    call = client.feedback.list if method == "GET" else partial(client.feedback.create, **FIELDS)
    with pytest.raises((RateLimitError, QuotaExceededError)) as caught:
        call()

    assert str(caught.value).endswith(advice)


def test_an_errors_own_words_are_bounded_and_cleaned() -> None:
    """The API's message is shown on one line, with at most 300 characters."""
    with pytest.raises(InvalidRequestError) as caught:
        loop(Script(error(400, message="a\n\x1b[31m\u202eb" + "x" * 1000))).feedback.list()

    assert caught.value.message == ("a [31m b" + "x" * 1000)[:299] + "…"


def test_a_redirect_is_never_followed() -> None:
    """A redirect is an error, because following it would turn a create into a read."""
    script = Script(error(301, Location=URL + "/elsewhere"))
    with pytest.raises(APIStatusError):
        loop(script).feedback.create(user={"id": "u"}, message="m")

    assert script.methods == ["POST"]


@pytest.mark.parametrize("limit", [0, 101, -1, True, 2.0, "20"])
def test_a_limit_out_of_range_is_refused_without_a_request(limit: Any) -> None:  # noqa: ANN401 - wrong on purpose
    """A limit out of range is refused before any request."""
    script = Script(page([]))
    with pytest.raises(ValueError, match="from 1 to 100"):
        loop(script).feedback.list(limit=limit)
    with pytest.raises(ValueError, match="from 1 to 100"):
        loop(script).feedback.iter(page_size=limit)

    assert script.requests == []


def test_only_given_filters_are_sent() -> None:
    """Only given filters are sent, with every character of a tag."""
    script = Script(page([]))
    loop(script).feedback.list(tag="a&b=c d/é", limit=7)

    loop(script).feedback.list(tag="lone \ud800")

    assert dict(script.requests[0].url.params) == {"tag": "a&b=c d/é", "limit": "7"}
    assert script.requests[1].url.params["tag"] == "lone ?"
    assert script.requests[0].headers["Authorization"] == f"Bearer {KEY}"


def test_a_cursor_of_any_characters_leads_on() -> None:
    """Any cursor is encoded and sent, and one that is too long is a typed error."""
    surrogate = json.dumps({"data": [item(1)], "nextCursor": "a&b=ü \ud800", "hasMore": True}).encode()
    script = Script(httpx.Response(200, content=surrogate), page([item(2)]))
    assert [one.id for one in loop(script).feedback.iter()] == ["fb_1", "fb_2"]
    assert script.cursors == [None, "a&b=ü \ufffd"]

    with pytest.raises(InvalidRequestError, match="too long"):
        list(loop(Script(page([item(1)], "a" * 100_000)), max_retries=0).feedback.iter())
