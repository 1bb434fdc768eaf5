"""A digest: what changed, as a page shows it, and as a file that leaves it: Markdown, HTML or JSON.

All texts are masked when the digest is made, so that no writer can forget to. The same snapshot, and the same
`people.csv`, give the same bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from loop_client.mirror.zones import Zone
from loop_client.report.digest.html_file import html
from loop_client.report.digest.json_file import json_text
from loop_client.report.digest.lines import Line, Number, Quote, Section, Shown, pieces, plain
from loop_client.report.digest.markdown_file import markdown, message
from loop_client.report.digest.numbers import numbers_of
from loop_client.report.digest.sections import sections
from loop_client.report.digest.words import counted, days_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from loop_client.report.changes import Changes, Volume
    from loop_client.report.export import About

__all__ = [
    "FORMATS",
    "Digest",
    "Format",
    "Line",
    "Number",
    "Quote",
    "Section",
    "Shown",
    "base_of",
    "digest_of",
    "file_name",
    "message",
    "pieces",
    "plain",
    "written",
]

Format = Literal["md", "html", "json"]
FORMATS: Final[tuple[Format, ...]] = ("md", "html", "json")


@dataclass(frozen=True, slots=True)
class Digest:
    """What changed, in sentences. `days`, `before`: the periods in words; `before` is "" if nothing is compared.

    `lengths`: of both periods in days, where they differ.
    `numbers`: those of both periods. `summary`: the sentences that say the most, for somebody who reads no further.
    `brief`: the same without messages, for a chat. Text from outside is marked in both, see `pieces`.
    `about`: filters, coverage and time.
    `items`: of the later period. `is_complete`: all items of the periods are loaded; otherwise counts are lower bounds.
    `markers`: the days in both periods that have a name.
    `base`: the dashboard's address, see `base_of`; "" if it is not known.
    """

    days: str
    before: str
    lengths: tuple[float, float] | None
    numbers: tuple[Number, ...]
    summary: tuple[str, ...]
    brief: tuple[str, ...]
    sections: tuple[Section, ...]
    volume: tuple[Volume, ...]
    about: About
    items: int
    is_complete: bool
    is_news: bool
    share_safe: bool
    markers: tuple[tuple[date, str], ...] = ()
    base: str = ""

    @property
    def title(self) -> str:
        """The title, with the days."""
        return f"What changed: {self.days}"

    @property
    def plus(self) -> str:
        """The suffix of counts: "+" while they are lower bounds."""
        return "" if self.is_complete else "+"

    @property
    def is_quiet(self) -> bool:
        """Whether the periods were compared, and there is nothing to report."""
        return bool(self.before) and not self.is_news

    def address(self, line: Line) -> str:
        """Where a line's rows are; "" if that is not known, or there is no link to them."""
        return f"{self.base}/{line.rows}" if self.base and line.rows else ""

    def facts(self, display: Callable[[object], str]) -> list[str]:
        """What the digest covers, in words. `display`: formats a value, which may be text from outside."""
        about = replace(self.about, counted=lambda items: counted(items, "item", self.plus))
        return about.parts(self.items, _of_filters(display), share_safe=self.share_safe)

    def scope(self, display: Callable[[object], str]) -> list[str]:
        """What a short message has of the facts. `display`: as of `facts`."""
        return self.about.scope(_of_filters(display))


def _of_filters(display: Callable[[object], str]) -> Callable[[object], str]:
    """A function that formats filters as words, and any other value as `display` does."""

    def shown(value: object) -> str:
        if not isinstance(value, dict):
            return display(value)
        alternatives = ((name, one if isinstance(one, tuple | list) else (one,)) for name, one in value.items())
        return ", ".join(f"{name} {' or '.join(map(display, several))}" for name, several in alternatives)

    return shown


def digest_of(found: Changes, shown: Shown, about: About, markers: Sequence[tuple[date, str]] = ()) -> Digest:
    """The digest of some changes. `shown`: of their selection. `markers`: days with names, such as of releases."""
    selection, listed = shown.selection, sections(found, shown)
    days = [(bar.first, bar.last) for bar in found.volume]
    return Digest(
        days_of(selection, found.both[0]),
        "" if found.reason else days_of(selection, found.both[1]),
        None if found.reason else found.lengths,
        numbers_of(found),
        _summary(listed, lambda line: line.marked),
        _summary(listed, lambda line: line.brief or line.marked),
        listed,
        found.volume,
        about,
        found.numbers.now.items,
        found.is_complete,
        found.is_news,
        shown.mask is not None,
        tuple((day, shown.name(name)) for day, name in sorted(markers) if any(a <= day <= b for a, b in days)),
    )


FOR_SUMMARY: Final = {"numbers": 4, "clusters": 3, "tags": 3, "words": 1, "resolved": 3}
"""Section → its lines in the summary."""


def _summary(listed: tuple[Section, ...], said: Callable[[Line], str]) -> tuple[str, ...]:
    lines = []
    for section in listed:
        lines += [said(line) for line in section.lines[: FOR_SUMMARY.get(section.name, 0)]]
        lines += [section.summary] if section.summary else []
    return tuple(lines)


WRITERS: Final[dict[Format, Callable[[Digest], str]]] = {"md": markdown, "html": html, "json": json_text}


def base_of(url: str) -> str:
    """A dashboard's address, without a slash at its end, for links in a digest; "" if it cannot be one."""
    return url.rstrip("/") if re.fullmatch(r"https?://[\w.\[\]:-]+(/[\w.~%/-]*)?", url, re.ASCII) else ""


def file_name(digest: Digest, form: Format) -> str:
    """The name of a file, such as "sample-feedback-changes-share-safe-2026-11-29-1345.html", with its time."""
    words = [*["sample"] * digest.about.sample, "feedback-changes", *["share-safe"] * digest.share_safe]
    return f"{'-'.join(words)}-{Zone(digest.about.time_zone).formatted(digest.about.made_at, '%Y-%m-%d-%H%M')}.{form}"


def written(digest: Digest, form: Format) -> bytes:
    """The digest in a format; a lone surrogate, which no file can have, becomes "?"."""
    return WRITERS[form](digest).encode("utf-8", "replace")
