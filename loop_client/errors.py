"""What can go wrong, and the one place that reads the API's error answers.

LoopError
├── ConfigurationError       the key or the base URL cannot be used
├── APIConnectionError       no answer: refused, reset, DNS, TLS
│   └── APITimeoutError      no whole answer in time
├── APIStatusError           an answer that is an error: status_code, type, message, retry_after
│   ├── InvalidRequestError      400
│   ├── AuthenticationError      401
│   ├── RateLimitError           429
│   ├── QuotaExceededError       429, the monthly item quota
│   └── ServerError              5xx
├── ResponseError            an answer that cannot be read
├── PaginationError          pages that do not lead to an end
└── CreateOutcomeUnknown     a create whose answer was lost and whose item was not found

Every text is a sentence for the reader of a page; none carries the key or an answer's body. All can be pickled.
"""

from __future__ import annotations

import re

import msgspec

LONGEST_MESSAGE = 300
"""Characters of the API's own message that an error repeats."""


class LoopError(Exception):
    """Everything that this package raises on purpose."""


class ConfigurationError(LoopError):
    """The key or the base URL cannot be used; nothing was sent."""


class APIConnectionError(LoopError):
    """There was no answer. `sent`: whether the request may have arrived all the same."""

    def __init__(self, text: str, *, sent: bool = True) -> None:
        """Keep whether the request may have arrived."""
        super().__init__(text)
        self.sent = sent


class APITimeoutError(APIConnectionError):
    """There was no whole answer in time."""


class APIStatusError(LoopError):
    """The API answered with an error.

    `status_code`: of the answer. `type`, `message`: `error.type` and `error.message` of its body, cleaned and bounded;
    None where it has none. `retry_after`: seconds that it asked to wait; None where it did not say.
    """

    def __init__(
        self,
        text: str,
        status_code: int = 0,
        type: str | None = None,  # noqa: A002 - the API's word
        message: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        """Keep the fields."""
        super().__init__(text)
        self.status_code, self.type, self.message, self.retry_after = status_code, type, message, retry_after


class InvalidRequestError(APIStatusError):
    """400: a field or parameter is missing or invalid."""


class AuthenticationError(APIStatusError):
    """401: the key is missing or invalid."""


class RateLimitError(APIStatusError):
    """429: too many requests in a short time."""


class QuotaExceededError(APIStatusError):
    """429: the month's items are used up."""


class ServerError(APIStatusError):
    """5xx: the API failed."""


class ResponseError(LoopError):
    """The API's answer cannot be read."""


class TooLargeError(ResponseError):
    """The API's answer is larger than 16 MiB; a smaller page may not be."""


class PaginationError(LoopError):
    """The pages do not lead to an end: a cursor came back, or pages brought nothing new."""


class CreateOutcomeUnknown(LoopError):  # noqa: N818 - an outcome more than an error
    """The answer to a create was lost, and the item was not found in the list: it may have been stored, or not."""


def status_error(status: int, body: bytes, where: str, retry_after: float | None) -> APIStatusError:
    """The error that an answer with this status is. `where`: "GET /v2/feedback, page 7".

    Source: "Errors" in the API reference. Its `error.type` strings are not documented: the status decides, and only
    which of its two meanings a 429 has is judged by the word "quota".
    """
    kind, message = _kind_and_message(body)
    again = f"in {retry_after:,.0f} s" if retry_after else "later"
    said = f" Loop says: {message}" if message else ""
    error: type[APIStatusError] = APIStatusError
    text = f"Loop answered with an error ({status} for {where}).{said}"
    if status == 400:
        error, text = InvalidRequestError, f"Loop refused the request (400 for {where}).{said}"
    elif status == 401:
        text = f"Loop rejected the API key (401 for {where}). Check LOOP_API_KEY, or unset it to try the sandbox."
        error = AuthenticationError
    elif status == 429 and "quota" in f"{kind} {message}".lower():
        text = f"Loop's monthly item quota is used up (429 for {where}). Try again {again}, or raise the quota."
        error = QuotaExceededError
    elif status == 429:
        text = f"Loop is limiting requests (429 for {where}). Try again {again}, or choose a shorter period."
        error = RateLimitError
    elif status >= 500:
        error, text = ServerError, f"Loop failed ({status} for {where}). Try again {again}.{said}"
    elif 300 <= status < 400:
        text = f"Loop answered with a redirect ({status} for {where}), which is not followed. Check LOOP_BASE_URL."
    return error(text, status, kind, message, retry_after)


def _kind_and_message(body: bytes) -> tuple[str | None, str | None]:
    """`error.type` and `error.message`; None where the body has none, as a proxy's HTML page."""
    try:
        answer = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None, None
    error = answer.get("error") if isinstance(answer, dict) else None
    return (_cleaned(error.get("type")), _cleaned(error.get("message"))) if isinstance(error, dict) else (None, None)


def _cleaned(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    text = re.sub(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+", " ", value).strip()
    return text if len(text) <= LONGEST_MESSAGE else text[: LONGEST_MESSAGE - 1] + "…"
