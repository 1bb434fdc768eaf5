"""The metadata of an export: filters, link, coverage and time, short enough for one cell."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from loop_client.mirror.zones import Zone
from loop_client.query.text import item_count, visible
from loop_client.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SAMPLE: Final = "sample data, from nobody's account"

HIDDEN: Final = "hidden, because the file is share-safe"
"""Replacement for the search text in a share-safe file."""

IN_SCOPE: Final = frozenset({"count", "sample_data", "filters"})
"""Facts that come first in words."""

Format = Literal["csv", "xlsx", "json", "jsonl", "markdown"]
FORMATS: Final[tuple[Format, ...]] = ("csv", "xlsx", "json", "jsonl", "markdown")
ENDINGS: Final[dict[Format, str]] = {"csv": "csv", "xlsx": "xlsx", "json": "json", "jsonl": "jsonl", "markdown": "md"}


@dataclass(frozen=True, slots=True)
class About:
    """The metadata of an export. `filters`: name → values. `time_zone`: an IANA name.

    `sample`: the items are the sandbox's. `counted`: a number of rows in words.
    """

    filters: Mapping[str, Any] = field(default_factory=dict)
    link: str = ""
    coverage: str = ""
    time_zone: str = "UTC"
    made_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    sample: bool = False
    counted: Callable[[int], str] = item_count

    def facts(self, count: int, *, share_safe: bool) -> dict[str, Any]:
        """All metadata by name, with the number of items and the version of the program."""
        made_at = Zone(self.time_zone).local(self.made_at).isoformat(timespec="seconds")
        return {
            "count": count,
            "sample_data": self.sample,
            "filters": dict(self.filters),
            "link": self.link,
            "coverage": self.coverage,
            "time_zone": self.time_zone,
            "made_at": made_at,
            "share_safe": share_safe,
            "version": f"loop-dashboard {VERSION}",
        }

    def scope(self, display: Callable[[object], str]) -> list[str]:
        """Whose items they are and how they are filtered, in words: what a short message has of the facts."""
        return [*[SAMPLE] * self.sample, *([f"filters: {display(dict(self.filters))}"] if self.filters else [])]

    def parts(self, count: int, display: Callable[[object], str], *, share_safe: bool) -> list[str]:
        """The facts in words, without false and empty values. `display`: formats a value."""
        facts = self.facts(count, share_safe=share_safe)
        shown = {name: value for name, value in facts.items() if value and name not in IN_SCOPE}
        scope = self.scope(display)
        return [self.counted(count), *scope, *(f"{name}: {display(value)}" for name, value in shown.items())]

    def line(self, count: int, *, share_safe: bool) -> str:
        """The facts in words, on one line."""
        return " · ".join(self.parts(count, one_line, share_safe=share_safe))


def one_line(value: object) -> str:
    """A value on one line; a lone surrogate becomes "?"."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return " ".join(visible(text).split()).encode("utf-8", "replace").decode() or " "


def file_name(what: str, form: Format, about: About, as_of: datetime, *, share_safe: bool = False) -> str:
    """The name of an export, such as "sample-feedback-open-negative-2026-11-29-1345.csv".

    `what`: our own words, never text from outside.
    """
    words = ["sample"] * about.sample + ["feedback", *re.findall("[a-z0-9]+", what.lower())]
    words += ["share-safe"] * share_safe
    return f"{'-'.join(words)}-{Zone(about.time_zone).formatted(as_of, '%Y-%m-%d-%H%M')}.{ENDINGS[form]}"
