"""From the bytes of an answer to items: one typed pass, and item by item where a page has something odd."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import msgspec

from loop_client.errors import ResponseError
from loop_client.models import Feedback, FeedbackPage, User

ODD = re.compile(rb"\\(?:u00[01]|u[dD][89a-fA-F]|[bfr])")
"""Escapes of control characters and surrogates, or the "\\r" of an escaped backslash before an r."""

CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
KNOWN = {"id", "user", "message", "sentiment", "source", "tag", "status", "createdAt"}
TAIL = re.compile(rb'"nextCursor"\s*:\s*"([^"\\]+)"\s*,\s*"hasMore"\s*:\s*true|"hasMore"\s*:\s*(false)')


class _Page(msgspec.Struct):
    data: list[Feedback]
    hasMore: bool  # noqa: N815 - the API's word
    nextCursor: str | None = None  # noqa: N815


_decoder = msgspec.json.Decoder(_Page)


def feedback_page(body: bytes, where: str) -> FeedbackPage:
    """The page in an answer's body. Unknown fields go to `extra`; an item that cannot be read is set aside.

    Raises:
        ResponseError: Not JSON, or without `data` and `hasMore`.
    """
    try:
        page = _decoder.decode(body)
        items = [item if item.created_at.tzinfo is UTC else _in_utc(item) for item in page.data]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError):
        return _page_by_item(_untyped(body, where), where)  # tells what is wrong, and keeps the rest
    if _is_odd(body):
        items = [_cleaned(item) for item in items]
    return FeedbackPage(data=tuple(items), next_cursor=page.nextCursor, has_more=page.hasMore)


def feedback_item(body: bytes, where: str) -> Feedback:
    """The item in an answer's body.

    Raises:
        ResponseError: Not JSON, or not an item.
    """
    try:
        return _item(_untyped(body, where))
    except ValueError as error:
        raise ResponseError(f"Loop's answer {error} ({where}).") from None


def page_without_item(tail: bytes, where: str) -> FeedbackPage:
    """The page of an answer whose only item was too large to be held, from the answer's last bytes.

    Raises:
        ResponseError: They do not tell how to go on.
    """
    found = TAIL.search(tail)
    if found is None:
        raise ResponseError(f"Loop's answer is too large, and its end does not tell how to go on ({where}).")
    reason = f"An item in Loop's answer is larger than 16 MiB ({where}). The item was set aside."
    cursor = found[1].decode() if found[1] else None
    return FeedbackPage(data=(), next_cursor=cursor, has_more=cursor is not None, rejected=(reason,))


def _is_odd(body: bytes) -> bool:
    """Whether the page may have something to clean."""
    heads = (body[: found.start()] for found in ODD.finditer(body))
    return any((len(head) - len(head.rstrip(b"\\"))) % 2 == 0 for head in heads)


def _in_utc(item: Feedback) -> Feedback:
    return msgspec.structs.replace(item, created_at=_utc(item.created_at))


def _utc(moment: datetime) -> datetime:
    """The moment in UTC; a naive one is taken for UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _cleaned(item: Feedback) -> Feedback:
    texts = {name: getattr(item, name) for name in ("id", "message", "sentiment", "source", "tag", "status")}
    clean = {name: _clean(text) for name, text in texts.items() if text}
    user = User(id=_clean(item.user.id))
    return msgspec.structs.replace(item, user=user, **clean)


def _untyped(body: bytes, where: str) -> Any:  # noqa: ANN401 - any JSON
    def refuse(constant: str) -> None:
        raise ValueError(constant)

    try:
        return json.loads(body, parse_constant=refuse)  # NaN and Infinity are no JSON
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
    """The item, cleaned. Raises ValueError with the end of a sentence."""
    fields: dict[str, Any] = candidate if isinstance(candidate, dict) else {}
    user: dict[str, Any] = fields["user"] if isinstance(fields.get("user"), dict) else {}
    try:
        created_at = _utc(msgspec.convert(fields.get("createdAt"), datetime))
    except (msgspec.ValidationError, OverflowError):
        raise ValueError('lacks "createdAt", or it is not a time') from None
    extra = {_clean(name): value for name, value in fields.items() if name not in KNOWN}
    beside_id = {_clean(name): value for name, value in user.items() if name != "id"}
    optional = {name: _text(fields, name, optional=True) for name in ("sentiment", "source", "tag", "status")}
    return Feedback(
        id=_text(fields, "id") or "",
        user=User(id=_text({"user.id": user.get("id")}, "user.id") or ""),
        message=_text(fields, "message") or "",
        created_at=created_at,
        extra={**extra, "user": beside_id} if beside_id else extra,
        **optional,
    )


def _text(fields: dict[str, Any], name: str, *, optional: bool = False) -> str | None:
    value = fields.get(name)
    if isinstance(value, str):
        return _clean(value)
    if value is None and optional:
        return None
    raise ValueError(f'has a "{name}" that is not a string' if optional else f'lacks "{name}"')


def _clean(text: str) -> str:
    """The text without what breaks databases, Arrow and screens; line ends as one character."""
    return CONTROLS.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))
