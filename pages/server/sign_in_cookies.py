"""The cookies of a sign-in: Streamlit's, made small, and one that holds the page to come back to."""

from __future__ import annotations

import base64
import hashlib
import re
from posixpath import normpath
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, unquote

from starlette.requests import cookie_parser

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, MutableMapping

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    App = Callable[[Message, Receive, Send], Awaitable[None]]
    Headers = Iterable[tuple[bytes, bytes]]

USER, TOKENS, STATE = "_streamlit_user", "_streamlit_user_tokens", "_streamlit_session"
"""Streamlit's cookies: who is signed in, the provider's tokens, and the sign-ins that are under way."""

LONGEST_HINT: Final = 2_000
"""Bytes of the token that tells the provider whom to sign out. A longer one is left out: nginx' own limit for all
headers of an answer is 4 kB."""

REMEMBERED: Final = 86_400
"""Seconds for which a browser keeps the cookie of an ended session, so that its page can say that it has ended."""

BACK: Final = "loop_back_"
"""The first letters of the cookies that hold the page to come back to, one for each sign-in that is under way."""

OURS: Final = (USER, STATE, BACK)
"""The first letters of the cookies of the sign-in."""

_PLAIN: Final = re.compile(r"[!#-+\--:<-\[\]-~]*")

BACK_FOR: Final = 900
"""Seconds that a sign-in may take, for the page to be remembered."""

NO_PAGES: Final = ("/auth/", "/oauth2callback", "/sign-in")
"""The first letters of where nobody comes back to: a link could sign people out as soon as they are in."""

MOST_BACK: Final = 4_000
"""Bytes of the cookies of this kind, which are two at most: with those of a session they stay below what a server reads
as one header."""

LONGEST_PAGE: Final = 2_900
"""Characters of a page to come back to; browsers take 4,096 bytes a cookie. Of a longer one the path is kept."""


def sent(scope: Message) -> dict[str, str]:
    """The cookies of a request. One of the sign-in that was sent twice, or has odd characters, counts as not sent."""
    found: dict[str, str] = {}
    refused = set()
    for _, name, value in _parts(scope):
        if name.startswith(OURS) and (name in found or not _PLAIN.fullmatch(value)):
            refused.add(name)
        found[name] = value
    return {name: value for name, value in found.items() if value and name not in refused}


def judged(app: App) -> App:
    """The application, to which only those cookies of the sign-in are passed on that `sent` returns.

    It reads the header once more: no second spelling of a cookie may tell it something else.
    """

    async def call(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            parts = [text.strip() for text, name, _ in _parts(scope) if not name.startswith(OURS)]
            parts += [f"{name}={value}" for name, value in sent(scope).items() if name.startswith(OURS)]
            others = [one for one in scope["headers"] if one[0].lower() != b"cookie"]
            lines = [(b"cookie", "; ".join(parts).encode("latin-1"))] if parts else []
            scope = {**scope, "headers": [*others, *lines]}
        await app(scope, receive, send)

    return call


def _parts(scope: Message) -> list[tuple[str, str, str]]:
    """The text, the name and the value of each cookie of a request, as Streamlit's server reads them."""
    line = b";".join(values(scope["headers"], b"cookie")).decode("latin-1")
    return [(part, name, value) for part in line.split(";") for name, value in cookie_parser(part).items()]


def given(headers: Headers) -> dict[str, str]:
    """The cookies that an answer sets."""
    lines = [header.decode("latin-1").partition(";")[0] for header in values(headers, b"set-cookie")]
    return {name: value for text in lines for name, value in cookie_parser(text).items() if value}


def line_length(scope: Message) -> int:
    """Bytes of all cookies of a request, in one line."""
    return max((len(header) for header in values(scope["headers"], b"cookie")), default=0)


def values(headers: Headers, name: bytes) -> list[bytes]:
    """The values of all headers of this name."""
    return [value for one, value in headers if one.lower() == name]


def line(name: str, value: str, seconds: int) -> tuple[bytes, bytes]:
    """The header that sets a cookie which no script can read and no other site can send along, but for links."""
    return b"set-cookie", f"{name}={value}; HttpOnly; Max-Age={seconds}; Path=/; SameSite=lax".encode("latin-1")


def removed(scope: Message, *, under_way: bool = False) -> list[tuple[bytes, bytes]]:
    """The headers that remove the cookies of who is signed in. `under_way`: of sign-ins in other tabs, too."""
    names = OURS if under_way else (USER,)
    found = dict.fromkeys(name for _, name, value in _parts(scope) if value)
    return [line(name, '""', 0) for name in found if name.startswith(names)]


def remembered(scope: Message, state: str, page: str) -> list[tuple[bytes, bytes]]:
    """The headers that make the browser remember the page to come back to. `state`: the provider's, of this sign-in."""
    kept = page if len(page) <= LONGEST_PAGE else page.partition("?")[0][:LONGEST_PAGE]
    text = base64.urlsafe_b64encode(kept.encode()).decode().rstrip("=")
    return [line(_back(state), text, BACK_FOR), *_too_many(scope, state, len(_back(state)) + len(text))]


def _too_many(scope: Message, state: str, size: int = 0) -> list[tuple[bytes, bytes]]:
    """The headers that remove the pages of other sign-ins, but for the newest if it is short enough.

    `size`: of the cookie of this sign-in.
    """
    others = {name: value for name, value in sent(scope).items() if name.startswith(BACK) and name != _back(state)}
    newest = next(reversed(others), "")  # browsers send it last
    is_short = newest and len(newest) + len(others[newest]) + size <= MOST_BACK
    return [line(name, '""', 0) for name in others if not (is_short and name == newest)]


def recalled(scope: Message, state: str) -> str:
    """The page to come back to, by the cookie of this sign-in, or by the only one if a provider names no state."""
    kept = {name: value for name, value in sent(scope).items() if name.startswith(BACK)}
    text = kept.get(_back(state)) or (next(iter(kept.values())) if len(kept) == 1 and not state else "")
    try:
        return own_page(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode())
    except ValueError:
        return "/"


def is_under_way(scope: Message, state: str) -> bool:
    """Whether the browser began this sign-in, or any if a provider names no state."""
    return any(name == _back(state) or (not state and name.startswith(BACK)) for name in sent(scope))


def arrived(scope: Message, send: Send, state: str) -> Send:
    """A `send` that makes the browser forget the page to come back to, of this sign-in, and those that are too many."""
    gone = [line(_back(state), '""', 0), *_too_many(scope, state)]

    async def send_arrived(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *gone]}
        await send(message)

    return send_arrived


def _back(state: str) -> str:
    return BACK + hashlib.sha256(state.encode()).hexdigest()[:16]


def own_page(text: str) -> str:
    """A path and query of this dashboard, for a link or a redirect; the overview if it is anything else."""
    if not text.startswith("/") or text[1:2] in ("/", "\\") or not text.isprintable():
        return "/"
    path, before = text.partition("?")[0], ""
    while path != before:  # a proxy may decode once more
        before, path = path, unquote(path)
    if f"/{normpath(path.replace(chr(92), '/')).lstrip('/')}/".startswith(NO_PAGES):
        return "/"
    return quote(text, safe="/?&=%+,;:@!$'()*~[]|")


def secured(send: Send) -> Send:
    """A `send` that restricts every cookie to https."""

    async def send_secured(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [(name, _secure(name, value)) for name, value in message["headers"]]}
        await send(message)

    return send_secured


def _secure(name: bytes, value: bytes) -> bytes:
    is_needed = name.lower() == b"set-cookie" and b"secure" not in value.lower().replace(b" ", b"").split(b";")
    return value + b"; Secure" if is_needed else value
