"""The address of a database that takes the place of the data folder."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode, urlsplit

from loop_client import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMES: Final = ("postgresql", "postgres")

HALF_WRITTEN: Final = re.compile("%(?![0-9A-Fa-f]{2})|%00")
"""What PostgreSQL's own library would refuse with a sentence that has the password."""

HOW_IT_READS: Final = (
    "{} must read postgresql://user:password@host:5432/database. In the password, write / as %2F, @ as %40, # as %23, "
    "? as %3F and % as %25."
)

REQUIRED: Final = "[connections.loop] in secrets.toml needs {} as text: dialect, host, database and username, or a url."

TEXTS: Final = ("url", "dialect", "driver", "host", "port", "database", "username", "password")
"""The parameters of Streamlit's SQLConnection that say where the database is; `query` is a table of options."""


def store_url(secrets: Mapping[str, Any]) -> str | None:
    """The address in [connections.loop] of the secrets files; None without that table.

    Raises:
        ConfigurationError: It cannot be one of PostgreSQL; the text has nothing of it, as it may have a password.
    """
    connections = secrets.get("connections", {})
    table = connections.get("loop") if isinstance(connections, dict) else None
    if table is None:
        return None
    if not isinstance(table, dict):
        raise ConfigurationError(REQUIRED.format("a table"))
    given = {name: str(value) for name in TEXTS if isinstance(value := table.get(name), str | int) and value != ""}
    if wrong := [name for name in TEXTS if table.get(name, "") != "" and name not in given]:
        raise ConfigurationError(REQUIRED.format(wrong[0]))
    url = given["url"] if "url" in given else _composed(given, table.get("query", {}))
    return checked(url, "The url of [connections.loop] in secrets.toml")


def checked(url: str, name: str) -> str:
    """The URL, without the driver that SQLAlchemy may have in it.

    Raises:
        ConfigurationError: It is none of PostgreSQL.
    """
    scheme, separator, rest = url.partition("://")
    url = f"{scheme.partition('+')[0]}{separator}{rest}"
    try:
        parts = urlsplit(url)
        hosts = parts.netloc.rpartition("@")[2].split(",")
        ports = [urlsplit(f"//{host}").port for host in hosts]
    except ValueError:
        parts, hosts, ports = urlsplit(""), [], []
    is_whole = parts.scheme in SCHEMES and parts.path.strip("/") and not parts.fragment
    is_written = url.isprintable() and " " not in url and not HALF_WRITTEN.search(url) and parts.netloc.count("@") < 2
    if not (is_whole and is_written) or 0 in ports or not (all(hosts) or "host=" in parts.query):
        raise ConfigurationError(HOW_IT_READS.format(name))
    return url


def _composed(given: Mapping[str, str], query: object) -> str:
    """The URL of single parameters."""
    for name in ("dialect", "host", "database", "username"):
        if name not in given:
            raise ConfigurationError(REQUIRED.format(name))
    if not isinstance(query, dict) or not all(isinstance(value, str | int) for value in query.values()):
        raise ConfigurationError(REQUIRED.format("the values of query"))
    user = quote(given["username"], safe="") + (f":{quote(given['password'], safe='')}" if "password" in given else "")
    host = f"[{given['host']}]" if given["host"].count(":") > 1 and not set("[,") & {*given["host"]} else given["host"]
    port = f":{given['port']}" if "port" in given else ""
    options = f"?{urlencode(query, quote_via=quote)}" if query else ""
    return f"{given['dialect']}://{user}@{host}{port}/{quote(given['database'], safe='')}{options}"
