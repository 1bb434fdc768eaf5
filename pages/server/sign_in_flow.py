"""The ways to the sign-in provider and back, and out again; Streamlit's own routes speak with the provider."""

from __future__ import annotations

import logging
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, quote, urlsplit

import anyio.to_thread

from loop_client.service import Refusal
from pages.server import sign_in_cookies as cookies
from pages.server import sign_in_pages as pages

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, MutableMapping

    from loop_client.service import Session, SignIn, SignOuts
    from pages.server.sign_in_means import Means
    from pages.server.sign_in_pages import Notice

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    App = Callable[[Message, Receive, Send], Awaitable[None]]

logger = logging.getLogger(__name__)

START: Final = "/sign-in"
"""Our route that begins a sign-in, with the provider and the page to come back to."""

LOGIN, LOGOUT, CALLBACK = "/auth/login", "/auth/logout", "/oauth2callback"
"""Streamlit's routes."""

REFUSED: Final = {
    Refusal.NO_EMAIL: pages.NO_EMAIL,
    Refusal.NOT_VERIFIED: pages.NOT_VERIFIED,
    Refusal.NOT_LISTED: pages.NOT_LISTED,
}


class Flow:
    """Answers the requests that begin and end sessions, and shows people why they are not let in."""

    def __init__(self, app: App, sign_in: SignIn, sign_outs: SignOuts, means: Means) -> None:
        """`app`: has Streamlit's routes."""
        self._app, self._sign_in, self._sign_outs, self._means = app, sign_in, sign_outs, means

    def claims(self, scope: Message) -> Mapping[str, Any]:
        """What the signed cookie of a request says; nothing if there is none, or its secret was replaced."""
        return self._means.opened(cookies.sent(scope), cookies.USER) or {}

    async def refused(self, scope: Message) -> tuple[Notice, str] | None:
        """Why a request is not answered, and whom that is about; None if it is answered."""
        if cookies.line_length(scope) > self._means.longest_line:
            return pages.TOO_LARGE, ""
        claims = self.claims(scope)
        session = self._sign_in.session(claims)
        if session is None:
            refusal = self._sign_in.refusal(claims) if claims else None
            return (REFUSED[refusal], str(claims.get("email") or "")) if refusal else (pages.SIGN_IN, "")
        await self.read_sign_outs()
        if self._sign_outs.has(session):
            return pages.SIGNED_OUT, ""
        return (pages.EXPIRED, "") if self.is_over(session) else None

    def is_over(self, session: Session) -> bool:
        """Whether a session has ended, as far as this process knows."""
        return self._means.now() >= session.until or self._sign_outs.has(session)

    async def read_sign_outs(self) -> None:
        """Learn of the sign-outs of other processes, every few seconds."""
        if self._sign_outs.is_due():
            await anyio.to_thread.run_sync(self._sign_outs.read)

    async def answer(self, scope: Message, send: Send, notice: Notice, about: str = "", to: str = "") -> None:
        """Answer with a notice: with a page if a browser opens one, otherwise with its title as text.

        The cookie of a session that goes on stays in the browser.

        `about`: whom or what it is about. `to`: the page to come back to; the requested one by default.
        """
        accepted = b",".join(cookies.values(scope["headers"], b"accept"))
        is_page = scope["method"] in ("GET", "HEAD") and b"text/html" in accepted
        if is_page:
            query = scope["query_string"].decode("latin-1")
            to = to or cookies.own_page(quote(scope["path"]) + (f"?{query}" if query else ""))
            host = b",".join(cookies.values(scope["headers"], b"host")).decode("latin-1")
            start = START if host == self._sign_in.host else self._sign_in.origin + START  # where its cookies are read
            targets = {one: f"{start}?provider={quote(one)}&to={quote(to, '')}" for one in self._sign_in.providers}
            body = pages.page(notice, targets, about, self._sign_in.hours)
        else:
            body = f"{notice.title}.\n".encode()
        kind = b"text/html; charset=utf-8" if is_page else b"text/plain; charset=utf-8"
        headers = [(b"content-type", kind), (b"cache-control", b"no-store")]
        if notice.forgets and await self.refused(scope):
            headers += cookies.removed(scope, under_way=notice is pages.TOO_LARGE)
        await send({"type": "http.response.start", "status": notice.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    @staticmethod
    def is_needless(scope: Message) -> bool:
        """Whether a request begins a sign-in, or looks like the end of a sign-out, as if nobody were signed in."""
        is_answer = any(_parameter(f"?{scope['query_string'].decode('latin-1')}", name) for name in ("state", "error"))
        return scope["path"] == START or (scope["path"] == CALLBACK and not is_answer)

    async def skip(self, scope: Message, _: Receive, send: Send) -> None:
        """Lead somebody who is signed in, perhaps by another tab, to the page that this one asked for."""
        to = _parameter(f"?{scope['query_string'].decode('latin-1')}", "to")
        await _redirect(send, [(b"location", cookies.own_page(to).encode())])

    async def begin(self, scope: Message, receive: Receive, send: Send) -> None:
        """Send the browser to the provider; a cookie holds the page to come back to."""
        asked = parse_qs(scope["query_string"].decode("latin-1"))
        to = cookies.own_page(asked.get("to", ["/"])[0])
        if scope["path"] == START:
            name = asked.get("provider", [""])[0]
            provider = name if name in self._sign_in.providers else self._sign_in.providers[0]
            query = urlsplit(self._means.login(provider)).query.encode()
            scope = {**scope, "path": LOGIN, "raw_path": LOGIN.encode(), "query_string": query}
        status, headers = await self._answered(scope, receive)
        state = _parameter(_location(headers), "state")
        if status == 302 and state:
            await _redirect(send, [*headers, *cookies.remembered(scope, state, to)])
        else:  # Streamlit leads back to the first page where its own token was too old, and answers 400 otherwise
            notice = pages.INCOMPLETE if status == 302 else pages.PROVIDER_DOWN
            await self.answer(scope, send, notice, to=to)

    async def come_back(self, scope: Message, receive: Receive, send: Send) -> None:
        """Judge the person whom the provider names, and lead them to the page that they asked for."""
        state, error = (_parameter(f"?{scope['query_string'].decode('latin-1')}", name) for name in ("state", "error"))
        to, send = cookies.recalled(scope, state), cookies.arrived(scope, send, state)
        if not state and not error:  # the provider's answer to a sign-out
            await self.answer(scope, send, pages.SIGNED_OUT, to="/")
            return
        if error and cookies.is_under_way(scope, state):  # Streamlit would log what any stranger sends, in full
            logger.warning("The provider refused a sign-in: %s", ascii(error[:100]))
        headers = [] if error else (await self._answered(scope, receive))[1]
        claims = self._means.opened(cookies.given(headers), cookies.USER)
        if not claims and not await self.refused(scope):
            await _redirect(send, [(b"location", to.encode())])
        elif not claims:
            notice = pages.DENIED if error else pages.INCOMPLETE
            await self.answer(scope, send, notice, error[:100], to)
        elif (refusal := self._sign_in.refusal(claims)) is not None:
            email = str(claims.get("email") or "")[:200]
            logger.warning("Refused to sign in %s: %s", ascii(email), refusal)
            await self.answer(scope, send, REFUSED[refusal], email, to)
        else:
            await _redirect(send, [(b"location", to.encode()), *self._entered(scope, headers, claims)])

    def _entered(
        self, scope: Message, headers: list[tuple[bytes, bytes]], claims: Mapping[str, Any]
    ) -> list[tuple[bytes, bytes]]:
        """The cookies of a new session. Of the provider's tokens only a short one for the sign-out is left."""
        session = self._sign_in.begun(claims, secrets.token_urlsafe(16), self._means.now())
        seconds = int(self._sign_in.hours * 3600) + cookies.REMEMBERED
        lines = [cookies.line(cookies.USER, self._means.signed(cookies.USER, session), seconds)]
        token = (self._means.opened(cookies.given(headers), cookies.TOKENS) or {}).get("id_token")
        hint = self._means.signed(cookies.TOKENS, {"id_token": token}) if token else ""
        if hint and len(hint) <= cookies.LONGEST_HINT:
            lines.append(cookies.line(cookies.TOKENS, hint, seconds))
        under_way = [one for one in cookies.values(headers, b"set-cookie") if one.startswith(cookies.STATE.encode())]
        return [*cookies.removed(scope), *((b"set-cookie", one) for one in under_way), *lines]

    async def end(self, scope: Message, receive: Receive, send: Send) -> None:
        """End the session for every tab and every copy of its cookie, then in this browser and at the provider."""
        claims = self.claims(scope)
        if session := self._sign_in.session(claims):
            signed = replace(session, until=claims["ends"])  # with more hours a session could last that long
            if not await anyio.to_thread.run_sync(self._sign_outs.add, signed, self._means.now()):
                await self.answer(scope, send, pages.SIGNED_OUT_HERE, to="/")
                return
        status, headers = await self._answered(scope, receive)
        if status == 302 and _location(headers) != "/":
            await _redirect(send, headers)
        else:  # the provider has no address for it
            await self.answer(scope, send, pages.LEFT, to="/")

    async def _answered(self, scope: Message, receive: Receive) -> tuple[int, list[tuple[bytes, bytes]]]:
        """The status and the headers of the application's answer."""
        start: Message = {"status": 500, "headers": []}

        async def caught(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)

        await self._app(scope, receive, caught)
        return start["status"], [*start["headers"]]


def _location(headers: list[tuple[bytes, bytes]]) -> str:
    return next((value.decode("latin-1") for value in cookies.values(headers, b"location")), "")


def _parameter(address: str, name: str) -> str:
    return parse_qs(urlsplit(address).query).get(name, [""])[0]


async def _redirect(send: Send, headers: list[tuple[bytes, bytes]]) -> None:
    kept = [one for one in headers if one[0].lower() in (b"location", b"set-cookie")]
    start = [*kept, (b"content-length", b"0"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 302, "headers": start})
    await send({"type": "http.response.body", "body": b""})
