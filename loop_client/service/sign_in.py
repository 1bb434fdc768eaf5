"""Who may use the dashboard: the set-up of its sign-in, and the rule that lets a person in. Without any I/O of its own.

A session begins when the provider has named the person. It ends after the `SignIn.hours` of that time, or the present
ones if they are fewer, whatever the provider says later.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import urlsplit

import idna

from loop_client import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SHORTEST_SECRET: Final = 32
"""Characters of `cookie_secret`: who guesses it is everybody."""

LONGEST_NAME: Final = 100
"""Characters of a name that are stored in the cookie."""

NEEDED: Final = ("client_id", "client_secret", "server_metadata_url")
"""What `[auth]`, or the table of one of several providers, says of a provider."""

DEFAULT: Final = "default"
"""Streamlit's name for the provider of `[auth]` itself."""

SMALL: Final = {ord(letter): letter.lower() for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
"""Capital letter → small letter."""

LONGEST_DOMAIN: Final = 253
"""Characters of a domain in DNS."""

_DOMAIN: Final = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")


class Refusal(StrEnum):
    """Why a person whom the provider knows is not let in."""

    NO_EMAIL = "no e-mail"
    NOT_VERIFIED = "not verified"
    NOT_LISTED = "not listed"


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in person. `number`: unguessable, of this session. `until`: its end, in seconds since 1970."""

    number: str
    email: str
    until: float


@dataclass(frozen=True, slots=True)
class AllowList:
    """E-mail addresses, and domains of which every address is allowed; empty, it allows nobody.

    `ignored`: entries that are neither.
    """

    emails: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    ignored: tuple[str, ...] = ()

    @classmethod
    def of(cls, entries: Iterable[str]) -> Self:
        """The list of these entries: `lena@example.com`, and `@example.com` or `example.com` for a domain."""
        emails, domains, ignored = set(), set(), []
        for entry in entries:
            if email := address(entry):
                emails.add(email)
            elif domain := _domain(entry.removeprefix("@")):
                domains.add(domain)
            else:
                ignored.append(entry)
        return cls(frozenset(emails), frozenset(domains), tuple(ignored))

    def allows(self, email: str) -> bool:
        """Whether the list has this address, as `address` spells it, or its domain; not a domain above that one."""
        return email in self.emails or email.rpartition("@")[2] in self.domains


@dataclass(frozen=True, slots=True)
class SignIn:
    """The set-up of the sign-in. `providers`: by the names of their tables. `redirect_uri`: as the provider has it."""

    providers: tuple[str, ...]
    redirect_uri: str
    allowed: AllowList
    hours: float

    @property
    def is_secure(self) -> bool:
        """Whether browsers reach the dashboard by https, so that cookies are for https alone."""
        return urlsplit(self.redirect_uri).scheme == "https"

    @property
    def origin(self) -> str:
        """The address of the dashboard as Streamlit writes it into cookies."""
        parts = urlsplit(self.redirect_uri)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def host(self) -> str:
        """The name under which browsers reach the dashboard, with the port if there is one."""
        return urlsplit(self.redirect_uri).netloc

    def refusal(self, claims: Mapping[str, Any]) -> Refusal | None:
        """Why the person with these claims of the provider is not let in; None if they are."""
        email = address(claims.get("email"))
        if not email:
            return Refusal.NO_EMAIL
        verified = claims.get("email_verified")
        if verified is not True and verified != "true":  # some providers send texts
            return Refusal.NOT_VERIFIED
        return None if self.allowed.allows(email) else Refusal.NOT_LISTED

    def begun(self, claims: Mapping[str, Any], number: str, now: float) -> dict[str, Any]:
        """What the cookie of a new session holds: the claims that are used, however many there are, and its begin."""
        kept = ("origin", "is_logged_in", "provider", "iss", "sub", "email", "email_verified", "iat", "exp")
        few = {name: claims[name] for name in kept if name in claims}
        if isinstance(name := claims.get("name"), str):
            few["name"] = name[:LONGEST_NAME]
        return {**few, "session": number, "began": int(now), "ends": int(now) + self.hours * 3600}

    def session(self, claims: Mapping[str, Any] | None) -> Session | None:
        """The session of a cookie's claims; None for a cookie of nobody who is let in. It may have ended."""
        is_ours = claims is not None and claims.get("is_logged_in") is True and claims.get("origin") == self.origin
        if not claims or not is_ours or self.refusal(claims) is not None:
            return None
        number, began, ends = (claims.get(name) for name in ("session", "began", "ends"))
        if not isinstance(number, str) or not isinstance(began, int) or not isinstance(ends, int | float):
            return None
        return Session(number, address(claims.get("email")), min(ends, began + self.hours * 3600))


def signed_in_by(auth: object, allowed: AllowList, hours: float) -> SignIn | None:
    """The set-up that the table `[auth]` describes; None if there is no such table, and no list of who is allowed.

    Raises:
        ConfigurationError: It is incomplete. A dashboard whose sign-in cannot work must not be open to everybody.
    """
    if auth is None:
        if allowed == AllowList():
            return None
        raise ConfigurationError(
            "LOOP_ALLOWED_EMAILS is set, but secrets.toml has no table [auth], so nobody can sign in. "
            "Add it, or unset the variable."
        )
    if not isinstance(auth, dict):
        raise ConfigurationError("auth in secrets.toml must be a table.")
    tables = {name: table for name, table in auth.items() if isinstance(table, dict) and name != "client_kwargs"}
    if auth.get("client_id"):
        tables = {DEFAULT: auth, **tables}
    missing = [name for name in ("redirect_uri", "cookie_secret") if not isinstance(auth.get(name), str)]
    missing += ["client_id"] if not tables else []
    missing += [name for table in tables.values() for name in NEEDED if not isinstance(table.get(name), str)]
    if missing:
        raise ConfigurationError(f"[auth] in secrets.toml lacks {', '.join(dict.fromkeys(missing))}.")
    if odd := [name for name in tables if "_" in name]:
        raise ConfigurationError(f"Streamlit takes no provider with an underscore in its name: {', '.join(odd)}.")
    if len(auth["cookie_secret"]) < SHORTEST_SECRET:
        raise ConfigurationError(
            f"cookie_secret in secrets.toml must have at least {SHORTEST_SECRET} random characters."
        )
    if not re.fullmatch(r"https?://[^/?#]+/oauth2callback", auth["redirect_uri"]):
        raise ConfigurationError(
            "redirect_uri in secrets.toml must be the dashboard's own address with /oauth2callback, such as "
            "https://loop.example.com/oauth2callback."
        )
    return SignIn(tuple(tables), auth["redirect_uri"], allowed, hours)


def address(email: object) -> str:
    """An e-mail address as it is compared and stored; "" if it is none.

    ASCII letters in lower case, the domain as in DNS. Other letters stay: some of them become ASCII in lower case.
    """
    return _address(email) if isinstance(email, str) else ""


@lru_cache(maxsize=1_000)
def _address(email: str) -> str:
    name, at, domain = email.strip().rpartition("@")
    domain = _domain(domain)
    if not (at and name and domain) or re.search(r"[\s@\"<>,;\x00-\x1f\x7f]", name):
        return ""
    return f"{_lower(name)}@{domain}"


def _domain(text: str) -> str:
    """A domain as in DNS, in lower case; "" if it is none.

    By IDNA 2008, without any mapping: Python's own codec makes ss of ß, and so another domain.
    """
    domain = _lower(text.strip())
    if not domain.isascii():
        try:
            domain = idna.encode(domain, strict=True).decode() if len(domain) <= LONGEST_DOMAIN else ""
        except UnicodeError:
            return ""
    return domain if _DOMAIN.fullmatch(domain) and "." in domain else ""


def _lower(text: str) -> str:
    """The text with ASCII letters in lower case."""
    return text.translate(SMALL)
