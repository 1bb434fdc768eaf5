"""What the errors of PostgreSQL's driver mean, and sentences about them."""

from __future__ import annotations

import re
from typing import Final

from adbc_driver_manager import OperationalError

PASSING: Final = ("08", "25006", "40", "53300", "55P03", "57014", "57P")
"""How the SQL states of errors begin that may pass: see "PostgreSQL Error Codes" in its documentation."""

SLOW: Final = "57014"
"""The SQL state of a statement that took longer than it may."""

ANSWERED: Final = ("40", "55P03", SLOW)
"""How the states of errors begin that come from a server that works."""

MISSING: Final = ("3F000", "42P01")
"""The states of a schema or a table that is not there."""

NEWER: Final = (
    "The database at {} belongs to a newer version of the dashboard ({}; this one knows {}). Update this one as well."
)

OLDER: Final = "The database at {} has the tables of an older version of the dashboard ({}; this one knows {})."


def said(error: Exception) -> str:
    """The reason in a message of the driver: what the server says, or what failed."""
    found = _REASON.search(str(error))
    return (found[1] if found else str(error)).partition("\n")[0].strip(" .")[:200]


_REASON: Final = re.compile(r"(?:ERROR:|FATAL:|.* failed:) +(.+)")


def may_pass(error: BaseException | None) -> bool:
    """Whether an error of the driver says that there is no server, or none that can be used right now."""
    found = state(error)
    return (isinstance(error, OperationalError) and not found) or found.startswith(PASSING)


def state(error: BaseException | None) -> str:
    """The SQL state of an error of the driver; empty where it has none."""
    return str(getattr(error, "sqlstate", None) or "")
