"""Decodes the bytes of an answer into items: in one typed pass, or item by item when something is unusual."""

import json
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from loop_client.errors import ResponseError, TooLargeError
from loop_client.models import Feedback, FeedbackPage, User

ODD = re.compile(rb"\\(?:u00[01]|[bfr])")  # escapes of characters that have to be cleaned
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
ODD_TEXT = re.compile("[\x00-\x08\x0b-\x1f]")
TEXTS = ("id", "message", "sentiment", "source", "tag", "status")
LAST_INSTANT = re.compile(r":(?:60(?:\.\d+)?|59\.9{6}\d+)(?![\d.:])")
"""A leap second, which Python does not know, or a fraction that would be rounded up to the next second."""

TAIL = re.compile(rb"\]\s*,([^\[\]{}]*\})\s*$")  # the fields after a page's items, if they are plain values


@dataclass(frozen=True, slots=True)
class Answer:
    """A 2xx answer. `where`: the request as errors name it. `body`: decoded; if `cut`, only its last 64 KiB."""

    where: str
    body: bytes
    cut: bool


class _Page(msgspec.Struct):
    data: list[Feedback]
    hasMore: bool  # noqa: N815 - the API's word
    nextCursor: str | None = None  # noqa: N815 - the API's word


_decoder = msgspec.json.Decoder(_Page)


def feedback_page(answer: Answer) -> FeedbackPage:
    """The page in an answer. Raises ResponseError if it is not JSON, or has no `data` or `hasMore`.

    Unknown fields go to `extra`; an item that cannot be read, or is too large, is set aside with a reason.
    """
    if answer.cut:
        return _page_without_item(answer)
    try:
        page = _decoder.decode(answer.body)
        items = [item if item.created_at.tzinfo is UTC else _in_utc(item) for item in page.data]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _page_by_item(
            _untyped(answer.body, answer.where), answer.where
        )  # reports bad items and returns the others
    if ODD.search(answer.body):
        items = [_cleaned(item) for item in items]
    return FeedbackPage(data=tuple(items), next_cursor=page.nextCursor, has_more=page.hasMore)


def feedback_item(answer: Answer) -> Feedback:
    """The item in an answer. Raises ResponseError if it is not JSON, or not an item."""
    try:
        return _item(_untyped(answer.body, answer.where))
    except ValueError as error:
        raise ResponseError(f"Loop's answer {error} ({answer.where}).") from None


def inflated(parts: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Yield the decoded body in parts of at most 64 KiB, so that a decompression bomb is never in memory.

    Raises ValueError when it is broken, cut, or in another encoding than requested.
    """
    if encoding in {"", "identity"}:
        yield from parts
        return
    inflater = zlib.decompressobj(wbits=31)
    try:
        for part in parts if encoding == "gzip" else [encoding.encode()]:
            remaining = part
            while remaining:
                yield inflater.decompress(remaining, 65536)
                remaining = inflater.unconsumed_tail
        yield inflater.flush()
    except zlib.error:
        raise ValueError("broken") from None
    if not inflater.eof:
        raise ValueError("cut")


def clean(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """The value without characters that break databases, Arrow or screens; line ends become a single newline."""
    if isinstance(value, str):
        return CONTROLS.sub("\ufffd", value.replace("\r\n", "\n").replace("\r", "\n"))
    return [clean(one) for one in value] if isinstance(value, list) else value


def _page_without_item(answer: Answer) -> FeedbackPage:
    """The page for an answer whose only item was too large, from the end of the answer."""
    tail = TAIL.search(answer.body)
    if tail is None:
        raise TooLargeError(f"An item is larger than 16 MiB, and its answer does not end in a cursor ({answer.where}).")
    page = _page_by_item({**_untyped(b"{" + tail[1], answer.where), "data": []}, answer.where)
    reason = f"An item in Loop's answer is larger than 16 MiB ({answer.where}). The item was set aside."
    return msgspec.structs.replace(page, rejected=(reason,))


def _cleaned(item: Feedback) -> Feedback:
    i = item
    if not ODD_TEXT.search(f"{i.id}{i.user.id}{i.message}{i.sentiment}{i.source}{i.tag}{i.status}"):
        return item
    texts = {name: clean(getattr(item, name)) for name in TEXTS}
    return msgspec.structs.replace(item, user=User(id=clean(item.user.id)), **texts)


def _in_utc(item: Feedback) -> Feedback:
    return msgspec.structs.replace(item, created_at=_utc(item.created_at))


def _utc(moment: datetime) -> datetime:
    """A moment in UTC. A naive one counts as UTC; one outside Python's years becomes the first or the last moment."""
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC) if moment.year == 1 else datetime.max.replace(tzinfo=UTC)


def _moment(value: Any) -> datetime:  # noqa: ANN401 - any JSON
    """Parse a time, in UTC. Raises ValidationError."""
    try:
        return _utc(msgspec.convert(value, datetime))
    except msgspec.ValidationError:
        if not isinstance(value, str):
            raise
        return _utc(msgspec.convert(LAST_INSTANT.sub(":59.999999", value), datetime))


def _untyped(body: bytes, where: str) -> Any:  # noqa: ANN401 - any JSON
    def refuse(constant: str) -> None:
        raise ValueError(constant)

    def cleaned(fields: list[tuple[str, Any]]) -> dict[str, Any]:
        return {clean(name): clean(value) for name, value in fields}

    text = body.decode("utf-8-sig", "replace")
    try:  # raw control characters are cleaned like escaped ones; NaN and Infinity are not JSON
        return json.loads(text, strict=False, parse_constant=refuse, object_pairs_hook=cleaned)
    except (ValueError, RecursionError):
        raise ResponseError(f"Loop's answer is not JSON ({where}).") from None


def _page_by_item(answer: Any, where: str) -> FeedbackPage:  # noqa: ANN401 - any JSON
    fields = answer if isinstance(answer, dict) else {}
    data, has_more, cursor = fields.get("data"), fields.get("hasMore"), fields.get("nextCursor")
    if not isinstance(data, list) or not isinstance(has_more, bool) or not isinstance(cursor, str | None):
        raise ResponseError(f'Loop\'s answer lacks "data", "hasMore" or a usable "nextCursor" ({where}).')
    items, rejected = [], []
    for number, candidate in enumerate(data, start=1):
        try:
            items.append(_item(candidate))
        except ValueError as error:
            rejected.append(f"Loop's answer {error} ({where}, item {number}). The item was set aside.")
    return FeedbackPage(data=tuple(items), next_cursor=cursor, has_more=has_more, rejected=tuple(rejected))


def _item(candidate: Any) -> Feedback:  # noqa: ANN401 - any JSON
    """Parse an item. Raises ValueError with the end of a sentence."""
    fields: dict[str, Any] = candidate if isinstance(candidate, dict) else {}
    user: dict[str, Any] = fields["user"] if isinstance(fields.get("user"), dict) else {}
    texts = {name: fields.get(name) for name in TEXTS}
    for name, text in {**texts, "user.id": user.get("id")}.items():
        required = name in {"id", "message", "user.id"}
        if not isinstance(text, str if required else str | None):
            raise ValueError(f'lacks "{name}"' if required else f'has a "{name}" that is not a string')  # noqa: TRY004 - one kind
    extra = {name: value for name, value in fields.items() if name not in {*TEXTS, "user", "createdAt"}}
    if len(user) > 1:
        extra["user"] = {name: value for name, value in user.items() if name != "id"}
    try:
        created_at = _moment(fields.get("createdAt"))
    except msgspec.ValidationError:
        raise ValueError('lacks "createdAt", or it is not a time') from None
    return Feedback(**texts, user=User(id=user["id"]), created_at=created_at, extra=extra)  # type: ignore[arg-type] # checked above
