"""Allowed host names, against DNS rebinding: an attacker's page whose name resolves to this machine reads nothing.

The attack can be recognized only by the `Host` header, in which the browser sends the attacker's name.
"""

from __future__ import annotations

import ipaddress
import logging
import re
from typing import TYPE_CHECKING, Any

from loop_client.service import ALLOWED_HOSTS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, MutableMapping

    Message = MutableMapping[str, Any]
    App = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]

logger = logging.getLogger(__name__)

LOOPBACK = ("localhost", "127.0.0.1", "::1")

NOT_LOCAL = (
    "This dashboard has no sign-in, so it answers on its own machine only. Set up [auth] in secrets.toml, or, if a "
    f"proxy signs people in, name the address that they use in {ALLOWED_HOSTS}. Then start the dashboard again.\n"
)

LOGGED = 100
"""Most refused names that are logged, each once."""

_HOST = re.compile(
    r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?)(?::([0-9]{1,5}))?", re.ASCII | re.IGNORECASE
)


def name_of(host: str) -> str | None:
    """The normalized name in a `Host` header, without its port; None if it is invalid."""
    found = _HOST.fullmatch(host)
    if found is None or int(found[2] or 0) > 65535:
        return None
    name = found[1].lower().removesuffix(".")
    try:
        return str(ipaddress.ip_address(name.strip("[]")))
    except ValueError:
        return None if name.startswith("[") else name


def allowed(entries: Iterable[str]) -> frozenset[str]:
    """The loopback names and those of the setting; an invalid entry is logged and ignored."""
    names = set(LOOPBACK)
    for entry in entries:
        name = name_of(_encoded(entry)) or name_of(f"[{entry}]")
        if name is None:
            logger.warning(
                "%s: %.100r is not a host name, and is left out. Name one as in loop.example.com.", ALLOWED_HOSTS, entry
            )
        else:
            names.add(name)
    return frozenset(names)


def _encoded(name: str) -> str:
    """A name as browsers send it: non-ASCII letters in IDNA encoding."""
    try:
        return name if name.isascii() else name.encode("idna").decode()
    except UnicodeError:
        return name


class HostCheck:
    """Accepts requests and WebSockets with an allowed `Host`; other answers name the setting that allows a host."""

    def __init__(self, app: App, names: Iterable[str], *, is_local: bool = False) -> None:
        """Wrap the application. `is_local`: accepts requests of this machine alone, whatever name they send."""
        self._app, self._names, self._is_local, self._refused = app, frozenset(names), is_local, set[str]()

    async def __call__(
        self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        """Call the application, or answer 421."""
        if scope["type"] != "lifespan" and self._is_local and not _is_of_this_machine(scope):
            self._log(
                ascii(str((scope.get("client") or ("?",))[0])[:50]), "Refused a request from %s: there is no sign-in."
            )
            await _refuse(scope, send, 403, NOT_LOCAL)
            return
        if scope["type"] == "lifespan" or self._is_allowed(scope):
            await self._app(scope, receive, send)
            return
        hosts = _hosts(scope)
        shown = ascii(hosts[0][:100]) if len(hosts) == 1 else f"{len(hosts)} names"
        self._log(shown, f"Refused a request for the host %s. {ALLOWED_HOSTS} adds names that are served.")
        text = (
            f"This dashboard is not served under {shown}. If it should be, add the name to {ALLOWED_HOSTS} "
            "(several are separated by commas), and start the dashboard again.\n"
        )
        await _refuse(scope, send, 421, text)

    def _is_allowed(self, scope: Message) -> bool:
        """Whether there is exactly one `Host`, it is allowed, and the request's target contains no other."""
        hosts = _hosts(scope)
        return len(hosts) == 1 and name_of(hosts[0]) in self._names and scope["path"].startswith("/")

    def _log(self, shown: str, sentence: str) -> None:
        """Log each name once, up to a limit, so that requests with many names do not fill the log."""
        if shown not in self._refused and len(self._refused) < LOGGED:
            self._refused.add(shown)
            logger.warning(sentence, shown)


def _hosts(scope: Message) -> list[str]:
    return [value.decode("latin-1") for name, value in scope["headers"] if name.lower() == b"host"]


def _is_of_this_machine(scope: Message) -> bool:
    """Whether a request comes from this machine; one through a socket file has no address."""
    try:
        address = ipaddress.ip_address((scope.get("client") or ("127.0.0.1",))[0].partition("%")[0])
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


async def _refuse(scope: Message, send: Callable[[Message], Awaitable[None]], status: int, text: str) -> None:
    """Answer a request, or a WebSocket that is not accepted, with a text."""
    kind = "websocket.http.response" if scope["type"] == "websocket" else "http.response"
    if scope["type"] == "websocket" and kind not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close", "code": 1008})
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"x-content-type-options", b"nosniff")]
    await send({"type": f"{kind}.start", "status": status, "headers": headers})
    await send({"type": f"{kind}.body", "body": text.encode()})
