"""Dates → years: all that is read of a date, because no import can keep it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

_YEAR: Final = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
_YEARS: Final = {f"{year}{mark}": year for year in range(1900, 2100) for mark in "-/"}
_SHORT: Final = re.compile(r"\d{1,2}[/.-](?:\d{1,2}|[^\W\d]{3,4}\.?)[/.-](\d\d)(?!\d)")
_EPOCH: Final = re.compile(r"(\d{9,10})(?:\d{3})?(?:\.0+)?")


def year_of(date: str) -> int | None:
    """The year of a date in any of the ways in which tools write it; None where none is found.

    Read: four digits; two as the third number of a date (`7/27/26`, `14/Jul/25`); seconds or milliseconds since 1970.
    """
    if year := _YEARS.get(date[:5]):  # most dates, and quick
        return year
    if match := _YEAR.search(date):
        return int(match[1])
    if match := _SHORT.match(date):
        return 2000 + int(match[1])
    if match := _EPOCH.fullmatch(date):
        return datetime.fromtimestamp(int(match[1]), UTC).year
    return None
