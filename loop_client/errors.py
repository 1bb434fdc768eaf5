"""The errors of this package, and the only place that reads the API's error answers.

LoopError
├── ConfigurationError · PaginationError · CreateOutcomeUnknown
├── ResponseError ── TooLargeError
├── APIConnectionError ── APITimeoutError
└── APIStatusError ── InvalidRequestError · AuthenticationError · RateLimitError · QuotaExceededError · ServerError

Every text is a sentence for the reader of a page and contains neither the key nor an answer's body. All can be pickled.
"""

import json
import math
import re

from loop_client.models import Text


class LoopError(Exception):
    """Base class of all errors that this package raises on purpose."""


class ConfigurationError(LoopError):
    """The key or the base URL is invalid; nothing was sent."""


class APIConnectionError(LoopError):
    """There was no answer: refused, reset, DNS, TLS. `sent`: whether the request may have arrived."""

    def __init__(self, text: str, *, sent: bool = True) -> None:
        """Store whether the request may have arrived."""
        super().__init__(text)
        self.sent = sent


class APITimeoutError(APIConnectionError):
    """There was no complete answer in time."""


class APIStatusError(LoopError):
    """The API answered with an error.

    `type`, `message`: `error.type` and `error.message` of the body, cleaned and cut to 300 characters; None if absent.
    `retry_after`: seconds to wait, as the API asked; None if it did not.
    """

    def __init__(
        self, text: str, status_code: int = 0, kind: Text = None, message: Text = None, retry_after: float | None = None
    ) -> None:
        """Store the fields."""
        super().__init__(text)
        self.status_code, self.type, self.message, self.retry_after = status_code, kind, message, retry_after


class InvalidRequestError(APIStatusError):
    """400: a field or parameter is missing or invalid."""


class AuthenticationError(APIStatusError):
    """401: the key is missing or invalid."""


class RateLimitError(APIStatusError):
    """429: too many requests in a short time."""


class QuotaExceededError(APIStatusError):
    """429: the monthly item quota is used up."""


class ServerError(APIStatusError):
    """5xx: the API failed."""


class ResponseError(LoopError):
    """The API's answer cannot be read."""


class TooLargeError(ResponseError):
    """The API's answer is larger than 16 MiB; a smaller page may fit."""


class PaginationError(LoopError):
    """Pagination does not end: a cursor was repeated, or several pages had nothing new."""


class CreateOutcomeUnknown(LoopError):  # noqa: N818 - an outcome more than an error
    """The answer to a create was lost, and the item was not found in the list: it may or may not have been stored."""


def status_error(status: int, body: bytes, where: str, retry_after: float | None, key: str) -> APIStatusError:
    """The error for an answer with this status. `where`: the request, such as "GET /v2/feedback, page 7".

    `key`: removed from the API's message, in case it repeats the key.

    Source: "Errors" in the API reference. Its `error.type` strings are not documented, so the status decides; only the
    two meanings of 429 are told apart by the word "quota".
    """
    try:
        answer = json.loads(body.decode("utf-8-sig", "replace"), strict=False)
    except (ValueError, RecursionError):
        answer = None  # such as a proxy's HTML page
    body_error = answer.get("error") if isinstance(answer, dict) else None
    fields = body_error if isinstance(body_error, dict) else {}
    kind, message = (_cleaned(fields.get(name), key) for name in ("type", "message"))
    again = f"Try again in {_duration(retry_after)}" if retry_after else "Try again later"
    quote = f" Loop says: {message}" if message else ""
    error, text = APIStatusError, f"Loop answered with an error ({status} for {where}).{quote}"
    if status == 400:
        error, text = InvalidRequestError, f"Loop refused the request (400 for {where}).{quote}"
    elif status == 401:
        text = f"Loop rejected the API key (401 for {where}). Check LOOP_API_KEY, or unset it to try the sandbox."
        error = AuthenticationError
    elif status == 429:
        is_quota = "quota" in f"{kind} {message}".lower()
        error = QuotaExceededError if is_quota else RateLimitError
        what = "Loop's monthly item quota is used up" if is_quota else "Loop is limiting requests"
        instead = ", or raise the quota" if is_quota else ", or choose a shorter period" * where.startswith("GET")
        text = f"{what} (429 for {where}). {again}{instead}."
    elif status >= 500:
        error, text = ServerError, f"Loop failed ({status} for {where}). {again}.{quote}"
    elif 300 <= status < 400:
        text = f"Loop answered with a redirect ({status} for {where}), which is not followed. Check LOOP_BASE_URL."
    return error(text, status, kind, message, retry_after)


def _duration(seconds: float) -> str:
    """A duration in words, rounded up."""
    for unit, size, most in (("s", 1, 120), ("min", 60, 120), ("h", 3600, 48), ("days", 86400, 31)):
        if (count := math.ceil(seconds / size)) <= most:
            return f"{count} {unit}"
    return "more than a month"


def _cleaned(value: object, key: str) -> Text:
    text = value.replace(key, "[the key]") if isinstance(value, str) else ""
    text = re.sub(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]+", " ", text)
    return (text.strip() if len(text) <= 300 else text[:299] + "…") or None
