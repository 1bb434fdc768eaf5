"""A create is stored once: it is sent again only if that is safe, and looked up if its answer is lost."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from loop_client import APIConnectionError, CreateOutcomeUnknown, Loop, RateLimitError, ServerError
from tests.answers import FIELDS, KEY, URL, Script, error, item, loop, page

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandboxes import RunningSandbox


class Account:
    """An API that stores a create and then loses its answer."""

    def __init__(
        self, lose: Callable[[], httpx.Response], *, stores: bool = True, clock: timedelta = timedelta()
    ) -> None:
        """Lose the answer of a create in this way, with the server's clock ahead by `clock`."""
        self.items: list[dict[str, Any]] = []
        self._lose, self._stores, self._clock = lose, stores, clock

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Store a create and lose its answer, or list."""
        now = datetime.now(UTC) + self._clock
        date = {"Date": format_datetime(now, usegmt=True)}
        if request.method == "GET":
            listed = page(self.items)
            return httpx.Response(200, headers=date, content=listed.content)
        if self._stores:
            self.items.insert(0, item(len(self.items), **json.loads(request.content), createdAt=now.isoformat()))
        return self._lose()


def reset() -> httpx.Response:
    """Break the connection after the request was sent."""
    raise httpx.ReadError("reset")


@pytest.mark.parametrize(
    "lose",
    [
        reset,
        lambda: error(408),
        lambda: error(502),
        lambda: error(503),
        lambda: error(504),
        lambda: httpx.Response(201, content=b'{"id": "fb_'),
        lambda: httpx.Response(200, html="<html></html>"),
        lambda: httpx.Response(201, json={"id": 7}),
    ],
)
@pytest.mark.parametrize("clock", [timedelta(), timedelta(hours=-3), timedelta(hours=3)])
def test_a_lost_answer_is_looked_up_and_never_sent_again(lose: Callable[[], httpx.Response], clock: timedelta) -> None:
    """After a lost answer the item is found by its fields and the server's clock, and not sent again."""
    account = Account(lose, clock=clock)
    script = Script(account)

    stored = loop(script).feedback.create(**FIELDS)

    assert stored.id == account.items[0]["id"]
    assert script.methods == ["POST", "GET"]


def test_an_item_that_is_not_found_has_an_unknown_outcome() -> None:
    """An item that three lookups do not find has an unknown outcome."""
    script = Script(Account(reset, stores=False))
    with pytest.raises(CreateOutcomeUnknown, match="may or may not have been stored") as caught:
        loop(script).feedback.create(**FIELDS)

    assert script.methods == ["POST", "GET", "GET", "GET"]
    assert isinstance(caught.value.__cause__, APIConnectionError)


def test_an_older_equal_item_is_not_taken_for_the_new_one() -> None:
    """An equal item from an hour ago is not taken for the new one."""
    account = Account(reset, stores=False)
    account.items = [item(1, **FIELDS, createdAt=(datetime.now(UTC) - timedelta(hours=1)).isoformat())]
    with pytest.raises(CreateOutcomeUnknown):
        loop(Script(account), max_wait=0.0).feedback.create(**FIELDS)


def test_an_item_seen_before_the_send_is_not_taken_for_the_new_one() -> None:
    """An equal item seen before the create is not taken for the new one, even if it is a second old."""
    account = Account(reset, stores=False)
    account.items = [item(1, **FIELDS, createdAt=datetime.now(UTC).isoformat())]
    client = loop(Script(account), max_wait=0.0)
    client.feedback.list()
    with pytest.raises(CreateOutcomeUnknown):
        client.feedback.create(**FIELDS)


@pytest.mark.parametrize("field", ["user", "message", "sentiment", "tag", "source"])
def test_all_five_fields_must_be_equal(field: str) -> None:
    """An item that differs in any of the five fields is not taken for the new one."""
    account = Account(reset, stores=False)
    other = {"user": {"id": "u_2"}, "message": "n", "sentiment": None, "tag": None, "source": "email"}[field]
    account.items = [item(1, **{**FIELDS, field: other}, createdAt=datetime.now(UTC).isoformat())]
    with pytest.raises(CreateOutcomeUnknown):
        loop(Script(account), max_wait=0.0).feedback.create(**FIELDS)


def test_a_text_that_comes_back_tidied_is_still_found() -> None:
    """An item is found even if the server trimmed its text or changed line ends."""
    account = Account(reset)

    assert loop(Script(account)).feedback.create(**{**FIELDS, "message": "a\r\nb "}).message == "a\nb "


def test_closing_during_a_lookup_leaves_the_outcome_unknown() -> None:
    """A create whose answer was lost stays unknown if the client is closed during the lookup."""

    def closed() -> httpx.Response:
        client.close()
        return reset()

    script = Script(Account(closed, stores=False))
    client = Loop(api_key=KEY, base_url=URL, transport=script)
    with pytest.raises(CreateOutcomeUnknown):
        client.feedback.create(**FIELDS)
    assert script.methods == ["POST"]


def test_a_closed_client_sends_nothing() -> None:
    """A closed client sends nothing, and its error says so."""
    script = Script(Account(reset))
    client = Loop(api_key=KEY, base_url=URL, transport=script)
    client.close()
    with pytest.raises(APIConnectionError, match="client was closed") as caught:
        client.feedback.create(**FIELDS)

    assert not caught.value.sent
    assert script.methods == []


@pytest.mark.parametrize(("answer", "looks"), [(error(401), 1), (error(429, "quota_exceeded"), 1), (error(400), 1)])
def test_a_look_that_is_refused_is_not_repeated(answer: httpx.Response, looks: int) -> None:
    """A refused lookup is not repeated."""
    script = Script(httpx.ReadError("reset"), answer)
    with pytest.raises(CreateOutcomeUnknown):
        loop(script).feedback.create(**FIELDS)

    assert script.methods == ["POST", *["GET"] * looks]


def test_max_wait_bounds_the_pauses_of_lookups() -> None:
    """`max_wait` also bounds the pauses before lookups."""
    script, slept = Script(Account(reset, stores=False)), list[float]()
    with pytest.raises(CreateOutcomeUnknown):
        loop(script, slept, max_wait=2.0).feedback.create(**FIELDS)

    assert (script.methods, sum(slept)) == (["POST", "GET", "GET"], 1.0)


def test_each_stored_item_is_claimed_by_one_create() -> None:
    """Two equal creates with lost answers get different items."""
    account = Account(reset)
    client = loop(Script(account))

    first, second = client.feedback.create(**FIELDS), client.feedback.create(**FIELDS)

    assert first.id != second.id
    assert len(account.items) == 2


def test_an_item_of_a_create_that_was_answered_is_not_claimed_again() -> None:
    """An item that one create returned is not claimed by an equal one whose request was lost."""
    account = Account(reset, stores=False)
    account.items = [item(1, **FIELDS, createdAt=datetime.now(UTC).isoformat())]
    script = Script(httpx.Response(201, json=account.items[0]), account)
    client = loop(script, max_wait=0.0)

    assert client.feedback.create(**FIELDS).id == "fb_1"
    with pytest.raises(CreateOutcomeUnknown):
        client.feedback.create(**FIELDS)


def test_an_excluded_item_is_not_taken_for_the_new_one() -> None:
    """An excluded item is not taken for the new one."""
    account = Account(reset, stores=False)
    account.items = [item(1, **FIELDS, createdAt=datetime.now(UTC).isoformat())]
    client = loop(Script(account), max_wait=0.0)
    client.feedback.exclude(["fb_1"])
    with pytest.raises(CreateOutcomeUnknown):
        client.feedback.create(**FIELDS)


def test_a_create_that_did_not_leave_is_sent_again() -> None:
    """A create is sent again after a refused connection."""
    script = Script(httpx.ConnectError("refused"), httpx.Response(201, json=item(1)))

    assert loop(script).feedback.create(**FIELDS).id == "fb_1"
    assert script.methods == ["POST", "POST"]


def test_a_create_that_never_leaves_is_no_unknown_outcome() -> None:
    """A create that never left is reported as not sent, without a lookup."""
    script = Script(httpx.ConnectTimeout("slow"))
    with pytest.raises(APIConnectionError) as caught:
        loop(script, max_retries=1).feedback.create(**FIELDS)

    assert not caught.value.sent
    assert script.methods == ["POST", "POST"]


def test_a_500_is_sent_again_as_the_api_documents() -> None:
    """A create is sent again after a 500, and a repeated 500 is reported."""
    script = Script(error(500), httpx.Response(201, json=item(1)))
    assert loop(script).feedback.create(**FIELDS).id == "fb_1"

    with pytest.raises(ServerError):
        loop(Script(error(500, **{"Retry-After": "0"}))).feedback.create(**FIELDS)


def test_a_rate_limit_is_waited_for_and_then_reported() -> None:
    """A rate-limited create is sent again within the budget, and then reported, never as unknown."""
    script = Script(error(429, "rate_limited", **{"Retry-After": "0"}))
    with pytest.raises(RateLimitError):
        loop(script).feedback.create(**FIELDS)

    assert script.methods == ["POST"] * 3


def test_absent_fields_are_not_sent() -> None:
    """Absent fields are left out, not sent as null."""
    script = Script(httpx.Response(201, json=item(1)))
    loop(script).feedback.create(user={"id": "u"}, message="m")

    assert script.body() == {"user": {"id": "u"}, "message": "m"}
    assert script.requests[0].headers["Content-Type"] == "application/json"


def test_half_a_character_does_not_break_a_create() -> None:
    """A lone surrogate in a text is sent as a JSON escape."""
    script = Script(httpx.Response(201, json=item(1)))
    loop(script).feedback.create(user={"id": "u"}, message="lone \ud800")

    assert script.body()["message"] == "lone \ud800"


def test_the_stored_item_equals_the_draft(sandbox: RunningSandbox) -> None:
    """Over real HTTP, texts of many kinds are stored exactly."""
    text = 'Line\nline 🙂 "quoted" \u202e العربية 日本語 =SUM(A1)'
    with Loop(api_key=sandbox.api_key, base_url=sandbox.base_url) as client:
        stored = client.feedback.create(user={"id": "ü"}, message=text, tag="é/&?")

        assert client.feedback.list(tag="é/&?").data == (stored,)
    assert stored.message == text
