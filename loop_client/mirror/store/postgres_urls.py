"""The URLs of a PostgreSQL database: of several hosts, as one of each, with the parameters that all need."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from loop_client.mirror.errors import StoreError

if TYPE_CHECKING:
    from urllib.parse import SplitResult

SCHEMES: Final = ("postgresql", "postgres")

DEFAULTS: Final = {
    "connect_timeout": "2",
    "target_session_attrs": "read-write",
    "keepalives_idle": "5",  # these four end a connection whose network is gone, waiting or sending
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
    "application_name": "loop-dashboard",
}
"""Parameters of connections that a URL does not have itself."""

PORT: Final = "5432"


def one_by_one(url: str) -> list[str]:
    """A URL for each host of this one, with the parameters that it lacks.

    A password may have characters that a URL should not, but for `/`, `?` and `#`.

    Raises:
        StoreError: It is none of PostgreSQL.
    """
    parts = _parts(url)
    if parts.scheme not in SCHEMES or not parts.path.strip("/") or parts.fragment:
        raise StoreError("The address of the database must read postgresql://user@host:port/name.")
    if "@" in parts.path + parts.query and "@" not in parts.netloc:
        raise StoreError("The password in the address of the database must have %2F for “/” and %3F for “?”.")
    given = {**DEFAULTS, **dict(parse_qsl(parts.query.replace("+", "%2B"), keep_blank_values=True))}
    before, at, hosts = parts.netloc.rpartition("@")
    user = ":".join(quote(unquote(one), safe="") for one in before.split(":", 1))
    own = [{"host": one} for one in given.pop("host").split(",")] if "host" in given and not hosts else [{}]
    ports = given.pop("port").split(",") if "port" in given else [""]
    places = zip(hosts.split(",") * len(own), own * len(hosts.split(",")), strict=True)
    return [
        f"{parts.scheme}://{user}{at}{host}{parts.path}?{urlencode(query, quote_via=quote)}"
        for host, query in ((host, {**given, **more, **_own(ports, n)}) for n, (host, more) in enumerate(places))
    ]


def _own(ports: list[str], place: int) -> dict[str, str]:
    """The port of a host at that place, of a list that has one for each, or one for all."""
    port = ports[place if len(ports) > 1 else 0] if place < len(ports) or len(ports) == 1 else ""
    return {"port": port} if port else {}


def _parts(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        raise StoreError("The address of the database cannot be read: are brackets missing around its host?") from None


def shown(url: str) -> str:
    """The hosts and the name of a database, without user, password and parameters."""
    parts = _parts(url)
    hosts = parts.netloc.rpartition("@")[2] or dict(parse_qsl(parts.query)).get("host", "")
    return f"{hosts}{parts.path}"


def port_of(url: str) -> str:
    """The port of a URL of one host."""
    parts = urlsplit(url)
    found = re.fullmatch(r".*:([0-9]+)", parts.netloc.rpartition("@")[2].rpartition("]")[2])
    return found[1] if found else dict(parse_qsl(parts.query)).get("port") or os.environ.get("PGPORT") or PORT
