"""Creating an item over HTTP: what is stored, and what is refused with which message."""

from __future__ import annotations

import http.client
import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

FULL = {
    "user": {"id": "u_8f2c"},
    "message": "The CSV export timed out on large datasets.",
    "sentiment": "negative",
    "source": "in-app-widget",
    "tag": "exports",
}
PLAIN = {"user": {"id": "u_1"}, "message": "Hello."}


def error(answer: httpx.Response) -> tuple[int, str, str]:
    """Status, type and message of an answer in the documented error shape."""
    assert answer.headers["content-type"] == "application/json"
    assert answer.json().keys() == {"error"}
    assert answer.json()["error"].keys() == {"type", "message"}
    return answer.status_code, answer.json()["error"]["type"], answer.json()["error"]["message"]


def test_a_created_item_comes_back_complete(any_api: httpx.Client) -> None:
    """A create answers 201 with its five fields, an id, status open and a UTC time in milliseconds."""
    answer = any_api.post("/feedback", json=FULL)
    item = answer.json()
    assert answer.status_code == 201
    assert {name: item.pop(name) for name in FULL} == FULL
    assert item.pop("id").startswith("fb_")
    assert item.pop("status") == "open"
    stamp = item.pop("createdAt")
    assert abs(datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC) - datetime.now(UTC)) < timedelta(
        minutes=1
    )
    assert len(stamp) == len("2026-06-19T14:02:11.000Z")
    assert not item


def test_a_created_item_is_listed_as_it_was_answered(api: httpx.Client) -> None:
    """The list has exactly the item that the create returned."""
    created = api.post("/feedback", json=FULL).json()
    assert api.get("/feedback").json() == {"data": [created], "nextCursor": None, "hasMore": False}


@pytest.mark.parametrize("value", [None, "", ...], ids=["null", "empty", "absent"])
@pytest.mark.parametrize("name", ["sentiment", "source", "tag"])
def test_an_optional_field_without_text_is_null(any_api: httpx.Client, name: str, value: Any) -> None:  # noqa: ANN401
    """An optional field that is null, empty or absent is returned as null."""
    body = {**PLAIN, name: value} if value is not ... else PLAIN
    assert any_api.post("/feedback", json=body).json()[name] is None


def test_nothing_of_a_refused_item_is_stored(api: httpx.Client) -> None:
    """A refusal changes nothing in the list."""
    assert api.post("/feedback", json={**PLAIN, "tag": 1}).status_code == 400
    assert api.get("/feedback").json()["data"] == []


def test_unknown_fields_are_ignored(any_api: httpx.Client) -> None:
    """Undocumented fields are neither an error nor stored."""
    text = b'{"user":{"id":"u_1","plan":"pro"},"message":"Hello.","id":"mine","status":"resolved","n":1' + b"0" * 5000
    item = any_api.post("/feedback", content=text + b"}").json()
    assert item["user"] == {"id": "u_1"}
    assert item["status"] == "open"
    assert item["id"] != "mine"
    assert "n" not in item


def test_texts_are_stored_unchanged(any_api: httpx.Client) -> None:
    """Texts up to the limit are stored unchanged: other scripts, emoji, control characters, blanks."""
    message = ("  \t=SUM(A1) <b>*x*</b> $x$ \0\x07\u202e\u0645\u0631\u062d\u0628\u0627 👩\u200d👧 " + "ж" * 10_000)[
        :10_000
    ]
    body = {"user": {"id": "ü" * 200}, "message": message, "source": " ", "tag": "\U0001f600" * 200}
    item = any_api.post("/feedback", json=body).json()
    assert {name: item[name] for name in body} == body


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("user.id", {"message": "Hello."}),
        ("user.id", {**PLAIN, "user": "u_1"}),
        ("user.id", {**PLAIN, "user": {}}),
        ("user.id", {**PLAIN, "user": {"id": 7}}),
        ("user.id", {**PLAIN, "user": {"id": " \n"}}),
        ("user.id", {**PLAIN, "user": {"id": "u" * 201}}),
        ("user.id", {**PLAIN, "user": {"id": "\ud800"}}),
        ("message", {"user": {"id": "u_1"}}),
        ("message", {**PLAIN, "message": None}),
        ("message", {**PLAIN, "message": 1}),
        ("message", {**PLAIN, "message": " \t\u00a0"}),
        ("message", {**PLAIN, "message": "m" * 10_001}),
        ("message", {**PLAIN, "message": "half \udc00"}),
        ("sentiment", {**PLAIN, "sentiment": "angry"}),
        ("sentiment", {**PLAIN, "sentiment": "Negative"}),
        ("sentiment", {**PLAIN, "sentiment": ["negative"]}),
        ("source", {**PLAIN, "source": 1}),
        ("source", {**PLAIN, "source": False}),
        ("source", {**PLAIN, "source": "s" * 201}),
        ("tag", {**PLAIN, "tag": {}}),
        ("tag", {**PLAIN, "tag": "t" * 201}),
        ("tag", {**PLAIN, "tag": "\udfff"}),
    ],
)
def test_a_bad_field_is_named(any_api: httpx.Client, name: str, body: dict[str, Any]) -> None:
    """A missing, blank, too long or mistyped field is a 400 whose message starts with its name."""
    status, kind, message = error(any_api.post("/feedback", content=json.dumps(body)))
    assert (status, kind) == (400, "validation_error")
    assert message.startswith(f"{name}: ")


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'"text"', b"null", b"\xff", b'{"n": NaN}', b"[" * 60_000],
    ids=lambda body: repr(body[:8]),
)
def test_a_body_that_is_no_json_object_is_refused(any_api: httpx.Client, body: bytes) -> None:
    """A body that is not JSON, or not an object, is a 400 about the body."""
    status, kind, message = error(any_api.post("/feedback", content=body))
    assert (status, kind) == (400, "validation_error")
    assert message.startswith("body: ")


@pytest.mark.parametrize("size", [64 * 1024 + 1, 4_000_000])
def test_a_body_over_64_kib_is_too_large(any_api: httpx.Client, size: int) -> None:
    """A body over 64 KiB is a 413, which a client gets even if it reads only after sending everything."""
    with closing(http.client.HTTPConnection(any_api.base_url.host, any_api.base_url.port, timeout=10)) as connection:
        headers = {"Authorization": any_api.headers["authorization"]}
        connection.request("POST", "/v2/feedback", b"x" * size, headers)
        answer = connection.getresponse()
        assert answer.status == 413
        assert json.loads(answer.read())["error"]["type"] == "payload_too_large"


def test_a_body_of_64_kib_is_not_too_large(any_api: httpx.Client) -> None:
    """A body of exactly 64 KiB is read."""
    head, tail = b'{"user":{"id":"u_1"},"message":"Hello.","pad":"', b'"}'
    body = head + b"x" * (64 * 1024 - len(head) - len(tail)) + tail
    assert any_api.post("/feedback", content=body).status_code == 201


@pytest.mark.parametrize("method", ["HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"])
def test_a_wrong_method_is_not_allowed(any_api: httpx.Client, method: str) -> None:
    """Any method but GET and POST is a 405 that names the allowed ones."""
    answer = any_api.request(method, "/feedback")
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == {"GET", "POST"}
    if method != "HEAD":
        assert error(answer)[1] == "method_not_allowed"


@pytest.mark.parametrize("path", ["/", "/feedback/", "/feedbacks", "/feedback/fb_1", "/../feedback", "//feedback"])
def test_an_unknown_path_is_not_found(any_api: httpx.Client, path: str) -> None:
    """Any path but /v2/feedback is a 404, without a redirect."""
    for method in ("GET", "POST"):
        assert error(any_api.request(method, str(any_api.base_url) + path[1:]))[:2] == (404, "not_found")


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer wrong", "Basic {key}", "{key}", "Bearer {key}x"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nobody_gets_in_without_the_key(any_api: httpx.Client, method: str, authorization: str | None) -> None:
    """A missing, malformed or wrong key is a 401 for both endpoints, before any other check."""
    key = any_api.headers["authorization"].removeprefix("Bearer ")
    headers = {} if authorization is None else {"Authorization": authorization.format(key=key)}
    answer = httpx.request(method, f"{any_api.base_url}feedback?limit=0", content=b"{", headers=headers)
    assert error(answer) == (401, "authentication_error", "Invalid or missing API key")
    assert answer.headers["www-authenticate"] == "Bearer"
