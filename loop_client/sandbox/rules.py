"""Validation of requests: the rules of the five fields, the parameters and the body, and their errors."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse

from loop_client.sandbox.store import FILTERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

SENTIMENTS = ("positive", "neutral", "negative")
STATUSES = ("open", "resolved")
LONGEST_MESSAGE, LONGEST_LABEL = 10_000, 200
LARGEST_BODY = 64 * 1024


class ProblemError(Exception):
    """An error answer in the documented shape."""

    def __init__(self, status: int, kind: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        """Store the response."""
        super().__init__(message)
        self.response = JSONResponse({"error": {"type": kind, "message": message}}, status, dict(headers or {}))


def invalid(field: str, what: str) -> ProblemError:
    """A 400 that names the field."""
    return ProblemError(400, "validation_error", f"{field}: {what}")


async def object_body(request: Request) -> dict[str, Any]:
    """The JSON object in a request. Raises a 400 or 413."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_BODY:
            raise ProblemError(413, "payload_too_large", "The body is larger than 64 KiB")
    try:
        fields = json.loads(body, parse_int=float, parse_constant=_not_json)
    except (ValueError, RecursionError):
        raise invalid("body", "is not JSON") from None
    if not isinstance(fields, dict):
        raise invalid("body", "is not an object")
    return fields


def _not_json(constant: str) -> None:
    raise ValueError(constant)


def checked_item(body: Mapping[str, Any]) -> dict[str, str | None]:
    """The five fields of a create. Raises a 400. Unknown fields are ignored; an empty optional string is absent."""
    user = body.get("user")
    sentiment = _label(body, "sentiment")
    if sentiment is not None and sentiment not in SENTIMENTS:
        raise invalid("sentiment", f"must be one of {', '.join(SENTIMENTS)}")
    return {
        "user_id": _required(user.get("id") if isinstance(user, dict) else None, "user.id", LONGEST_LABEL),
        "message": _required(body.get("message"), "message", LONGEST_MESSAGE),
        "sentiment": sentiment,
        "source": _label(body, "source"),
        "tag": _label(body, "tag"),
    }


def _required(value: object, name: str, longest: int) -> str:
    if not isinstance(value, str) or not value.strip():
        raise invalid(name, "is required and must be a string that is not blank")
    return _storable(value, name, longest)


def _label(body: Mapping[str, Any], name: str) -> str | None:
    value = body.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise invalid(name, "must be a string")
    return _storable(value, name, LONGEST_LABEL)


def _storable(value: str, name: str, longest: int) -> str:
    if len(value) > longest:
        raise invalid(name, f"must be at most {longest:,} characters long")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise invalid(name, "holds half of a surrogate pair, which is not text") from None
    return value


def checked_query(query: Mapping[str, str]) -> tuple[dict[str, str], int, str | None]:
    """Filters, limit and cursor of a list. Raises a 400. Unknown parameters are ignored."""
    for name, allowed in (("status", STATUSES), ("sentiment", SENTIMENTS)):
        if name in query and query[name] not in allowed:
            raise invalid(name, f"must be one of {', '.join(allowed)}")
    limit = query.get("limit", "20")
    if not (limit.isascii() and limit.isdigit() and len(limit) <= 3 and 1 <= int(limit) <= 100):
        raise invalid("limit", "must be a whole number from 1 to 100")
    if "tag" in query:
        _storable(query["tag"], "tag", LONGEST_LABEL)
    return {name: query[name] for name in FILTERS if name in query}, int(limit), query.get("cursor")
