"""Answers are decoded as far as possible, unreadable items are set aside with a reason, and texts are cleaned."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop_client import Feedback, ResponseError
from tests.answers import Script, item, loop, page

FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def read(*items: Any) -> list[Feedback]:  # noqa: ANN401 - any JSON
    """The items of a page with this data."""
    return list(loop(Script(page(items))).feedback.list())


def test_a_documented_item_is_read() -> None:
    """Every field of the API reference's example is decoded."""
    example = {
        "id": "fb_3a91",
        "user": {"id": "u_8f2c"},
        "message": "The CSV export timed out on large datasets.",
        "sentiment": "negative",
        "source": "in-app-widget",
        "tag": "exports",
        "status": "open",
        "createdAt": "2026-06-19T14:02:11Z",
    }
    (only,) = read(example)

    assert (only.id, only.user.id, only.message) == ("fb_3a91", "u_8f2c", example["message"])
    assert (only.sentiment, only.source, only.tag, only.status) == ("negative", "in-app-widget", "exports", "open")
    assert only.created_at == datetime(2026, 6, 19, 14, 2, 11, tzinfo=UTC)
    assert only.extra == {}


def test_optional_fields_may_be_null_or_missing() -> None:
    """A null field and a missing one both count as absent."""
    bare = {"id": "fb_1", "user": {"id": "u"}, "message": "m", "createdAt": "2026-06-19T14:02:11Z"}
    nulls = {**bare, "id": "fb_2", "sentiment": None, "source": None, "tag": None, "status": None}

    for one in read(bare, nulls):
        assert (one.sentiment, one.source, one.tag, one.status) == (None, None, None, None)


def test_undocumented_fields_are_stored() -> None:
    """Unknown enum values are unchanged, and unknown fields are in `extra`."""
    (only,) = read(item(1, sentiment="mixed", status="archived", votes=[1, {"a": 2}], user={"id": "u", "name": "N"}))

    assert (only.sentiment, only.status) == ("mixed", "archived")
    assert only.extra == {"votes": [1, {"a": 2}], "user": {"name": "N"}}


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-06-19T14:02:11Z", datetime(2026, 6, 19, 14, 2, 11, tzinfo=UTC)),
        ("2026-06-19T14:02:11", datetime(2026, 6, 19, 14, 2, 11, tzinfo=UTC)),
        ("2026-06-19T16:02:11+02:00", datetime(2026, 6, 19, 14, 2, 11, tzinfo=UTC)),
        ("2026-06-19T14:02:11.1Z", datetime(2026, 6, 19, 14, 2, 11, 100000, tzinfo=UTC)),
        ("2026-06-19T14:02:11.123456789Z", datetime(2026, 6, 19, 14, 2, 11, 123457, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", FIRST),
        ("0001-01-01T00:00:00+14:00", FIRST),
        ("9999-12-31T23:59:59.999999999Z", LAST),
        ("9999-12-31T23:59:59.999999999-12:00", LAST),
        ("9999-12-31T23:59:59.9999995", LAST),
        ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)),
        ("2017-01-01T01:59:60.5+02:00", datetime(2016, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)),
    ],
)
@pytest.mark.parametrize("more", [{}, {"unknown": 1}])
def test_a_time_is_read_in_utc(text: str, moment: datetime, more: dict[str, Any]) -> None:
    """A time with Z, an offset or neither, and up to nine decimals, is decoded as UTC.

    Beyond the years 1 to 9999 it is the first or the last possible moment; a leap second is the end of its minute.
    """
    (only,) = read(item(1, createdAt=text, **more))

    assert only.created_at == moment
    assert only.created_at.tzinfo is UTC


@given(
    st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=st.timezones())  # noqa: DTZ001 - hypothesis's
)
def test_any_time_is_the_moment_that_it_names(moment: datetime) -> None:
    """A time with any offset is decoded as the same moment."""
    moment = moment.astimezone(UTC)

    assert read(item(1, createdAt=moment.isoformat()))[0].created_at == moment


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ({"id": None}, 'lacks "id"'),
        ({"id": 7}, 'lacks "id"'),
        ({"user": None}, 'lacks "user.id"'),
        ({"user": {"id": 7}}, 'lacks "user.id"'),
        ({"message": ["m"]}, 'lacks "message"'),
        ({"tag": 7}, 'has a "tag" that is not a string'),
        ({"createdAt": None}, 'lacks "createdAt"'),
        ({"createdAt": "yesterday"}, 'lacks "createdAt"'),
        ({"createdAt": 1.0e30}, 'lacks "createdAt"'),
        ({"createdAt": "0000-12-31T23:59:59Z"}, 'lacks "createdAt"'),
        ({"createdAt": "2026-06-19T23:59:61Z"}, 'lacks "createdAt"'),
    ],
)
def test_an_unreadable_item_is_set_aside_with_its_reason(bad: dict[str, Any], reason: str) -> None:
    """An unreadable item is set aside with its reason and counted, and the other items are read."""
    walk = loop(Script(page([item(1), item(2, **bad), item(3)]))).feedback.iter()

    assert [one.id for one in walk] == ["fb_1", "fb_3"]
    assert walk.stats.rejected == 1
    assert reason in walk.rejections[0]
    assert "(GET /v2/feedback, page 1, item 2). The item was set aside." in walk.rejections[0]


@pytest.mark.parametrize("nothing", [None, 7, "text", [], [[]]])
def test_what_is_no_item_is_set_aside(nothing: Any) -> None:  # noqa: ANN401 - any JSON
    """Any JSON in place of an item is set aside."""
    assert [one.id for one in read(nothing, item(1))] == ["fb_1"]


def test_text_is_cleaned_on_the_way_in() -> None:
    """Lone surrogates, NUL and control characters are replaced, line ends unified, and other characters unchanged."""
    texts = ["a\x00b", "a\x1b[31mb", "a\ud800b", "a\r\nb\rc\td\n", "\u202eabc", "🙂 é 日", "C:\\reports\\new"]
    cleaned = ["a\ufffdb", "a\ufffd[31mb", "a\ufffdb", "a\nb\nc\td\n", "\u202eabc", "🙂 é 日", "C:\\reports\\new"]
    body = json.dumps({"data": [item(n, message=text) for n, text in enumerate(texts)], "hasMore": False})
    plain = json.dumps({"data": [item(n, message=text) for n, text in enumerate(texts) if n != 2], "hasMore": False})

    for answer, expected in ((body, cleaned), (plain, cleaned[:2] + cleaned[3:])):
        got = loop(Script(httpx.Response(200, content=answer.encode()))).feedback.list()
        assert [one.message for one in got] == expected


@given(st.text(st.characters(exclude_categories=[])))
def test_no_text_breaks_a_frame(text: str) -> None:
    """Any text can be encoded and put into a frame."""
    body = json.dumps({"data": [item(1, message=text, tag=text, user={"id": text})], "hasMore": False}).encode()
    frame = loop(Script(httpx.Response(200, content=body))).feedback.to_frame()

    frame["message"].iloc[0].encode()
    assert "\0" not in frame["message"].iloc[0] + frame["user_id"].iloc[0]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>canary</html>",
        b'{"data": [',
        b'{"data": [], "hasMore": NaN}',
        b'{"data": [], "hasMore": false, "more": NaN}',
        b'{"data": [], "hasMore": 1}',
        b'{"data": {}, "hasMore": false}',
        b'{"data": []}',
        b'{"hasMore": false}',
        b'{"data": [], "hasMore": false, "nextCursor": 7}',
        b"[]",
        b"null",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"9" * 100_000,
        b"\xff\xfe",
    ],
)
def test_an_answer_that_is_no_page_is_an_error(body: bytes) -> None:
    """An answer that is not a page is a typed error without any part of its body."""
    with pytest.raises(ResponseError) as caught:
        loop(Script(httpx.Response(200, content=body)), max_retries=0).feedback.list()

    assert "GET /v2/feedback" in str(caught.value)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("raw", [b"a\x01b", b"a\xffb", b"a\xed\xa0\x80b"])
def test_broken_bytes_in_one_text_do_not_break_its_page(raw: bytes) -> None:
    """Raw control characters and invalid UTF-8 are replaced, and the other items are unchanged."""
    body = json.dumps({"data": [item(1, message="X"), item(2)], "hasMore": False}).encode().replace(b"X", raw)
    first, second = loop(Script(httpx.Response(200, content=body))).feedback.list()

    assert first.message.strip("ab").strip("\ufffd") == ""
    assert second.message == "Message 2"


def test_unknown_fields_are_cleaned_too() -> None:
    """Texts in unknown fields are cleaned, also in nested names and lists."""
    body = json.dumps({"data": [item(1, more={"a\0": ["b\ud800", {"c": "d\r\n"}]})], "hasMore": False}).encode()
    (only,) = loop(Script(httpx.Response(200, content=body))).feedback.list()

    assert only.extra == {"more": {"a\ufffd": ["b\ufffd", {"c": "d\n"}]}}


def test_an_unreadable_answer_is_requested_again() -> None:
    """An unreadable answer is requested again within the budget of retries."""
    script = Script(httpx.Response(200, content=b'{"data": ['), page([item(1)]))

    assert len(list(loop(script).feedback.list())) == 1


def test_a_page_is_judged_by_its_shape_not_by_its_content_type() -> None:
    """A page is recognized by its JSON, whatever its content type."""
    content = json.dumps({"data": [item(1)], "hasMore": False}).encode()
    answer = httpx.Response(200, headers={"Content-Type": "text/html"}, content=content)

    assert len(list(loop(Script(answer)).feedback.list())) == 1
