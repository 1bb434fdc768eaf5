"""What a digest says, as plain texts that are masked already: lines with quotes, in sections."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import numpy as np

from loop_client.query import DrillDown, Name, Question, link_parts, merged, reveals_person
from loop_client.query.text import first_line, visible
from loop_client.report import people_columns
from loop_client.report.masking import masked_beginning

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from loop_client.mirror.snapshot import Snapshot
    from loop_client.report.changes import Selection, Side
    from loop_client.report.column_masks import Mask
    from loop_client.report.comparison import Meaning

QUOTED: Final = 280
"""Most characters of a quote, of four times as many in the message."""

NAMED: Final = 60
"""Most characters of a name."""


NOTHING: Final = "Nothing changed clearly."

BEGIN, END = "\x02", "\x03"
"""Marks around text from outside within our own sentences; no such text has them."""

_MARKS: Final = re.compile(f"[{BEGIN}{END}]")


def outside(text: str) -> str:
    """A text from outside, marked as such."""
    return f"{BEGIN}{_MARKS.sub('', text)}{END}"


def plain(marked: str) -> str:
    """A sentence without marks."""
    return _MARKS.sub("", marked)


def pieces(marked: str) -> list[tuple[str, bool]]:
    """A sentence in pieces, each with whether it is from outside; none is empty."""
    found = [(part, number % 2 == 1) for number, part in enumerate(_MARKS.split(marked))]
    return [piece for piece in found if piece[0]]


@dataclass(frozen=True, slots=True)
class Quote:
    """A message, on one line and cut if it is long. `item`: its id. `said`: when, in words.

    `by`: what the team calls whoever wrote it; "" if it says nothing.
    """

    text: str
    item: str
    said: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence with what is behind it.

    `marked`: the sentence, in which text from outside is marked, see `pieces`. `facts`: its numbers by name, for JSON.
    `only`: the drill-down to its rows, of all days, which are of the period `side`; None if it has none. `item`: the id
    of an item to which it leads instead. `rows`: the link to either, relative to the dashboard; "" where there is none,
    as one that would reveal what is masked. `brief`: the sentence without a message, for a chat; "" if it has none.
    """

    marked: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    quotes: tuple[Quote, ...] = ()
    only: DrillDown | None = None
    item: str | None = None
    side: Side = "now"
    rows: str = ""
    brief: str = ""

    @property
    def sentence(self) -> str:
        """The sentence."""
        return plain(self.marked)


@dataclass(frozen=True, slots=True)
class Number:
    """A number of both periods in words. `before`: "" if nothing is compared.

    `change`: how it changed, or why that is not said; "" if nothing is compared. `interval`: of the change; "" without
    one. `meaning`: whether the change is good news. `difference`: greater than 0 for more.
    """

    label: str
    value: str
    before: str = ""
    change: str = ""
    interval: str = ""
    meaning: Meaning = "neither"
    difference: float = 0.0

    @property
    def sentence(self) -> str:
        """All of it in a sentence."""
        if not self.change:
            return f"{self.label}: {self.value}."
        before = f", {self.before} before:" if self.before else ";"
        interval = f" ({self.interval})" if self.interval else ""
        return f"{self.label}: {self.value}{before} {self.change}{interval}."


@dataclass(frozen=True, slots=True)
class Section:
    """Lines under a title. `name`: in JSON. `about`: what the lines cover and how they are found, or why none is.

    `table`: all values of the section, also those that did not change. `more`: further lines, which no file has; a page
    shows them on request. `summary`: one sentence in place of its lines.
    """

    name: str
    title: str
    about: str
    lines: tuple[Line, ...] = ()
    table: tuple[Mapping[str, Any], ...] = ()
    more: tuple[Line, ...] = ()
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """Texts of a snapshot as they may be shown. `mask`: None for all as they are.

    `people`: what the team knows of them, see `people_columns.columns_of`; nothing of it is shown masked.
    """

    selection: Selection
    mask: Mask | None = None
    people: pa.Table | None = None

    @property
    def snapshot(self) -> Snapshot:
        """The snapshot."""
        return self.selection.snapshot

    def name(self, value: str) -> str:
        """A tag, a source or a word, on one line."""
        return outside(first_line(self.mask.name(value) if self.mask else value, NAMED))

    def person(self, user_id: str) -> str:
        """A person's id, or the pseudonym."""
        return outside(first_line(self.mask.person(user_id) if self.mask else user_id, NAMED))

    def called(self, user_id: str) -> str:
        """What the team calls a person, such as "Lena Abbott, Aster Freight"; "" if it says nothing."""
        values = people_columns.called(None if self.mask else self.people, user_id)
        return visible(", ".join(first_line(value, NAMED) for value in values))

    def in_brackets(self, user_id: str) -> str:
        """The same after a name, such as " (Lena Abbott, Aster Freight)"."""
        return f" ({outside(called)})" if (called := self.called(user_id)) else ""

    def day(self, place: int) -> str:
        """The day of an item."""
        created = self.snapshot.frame["created_at"].iloc[place].to_pydatetime()
        return self.snapshot.zone.formatted(created, "%-d %b %Y")

    def quotes(self, places: Sequence[int], length: int = QUOTED) -> tuple[Quote, ...]:
        """The messages at these places of the frame."""
        rows = self.snapshot.rows(np.array(places, np.int64)) if places else self.snapshot.frame.iloc[:0]
        masked = (masked_beginning(message, self.mask.text if self.mask else str) for message in rows["message"])
        return tuple(
            Quote(visible(first_line(text, length)), str(item), self.day(place), self.called(user_id))
            for text, item, place, user_id in zip(masked, rows["id"], places, rows["user_id"], strict=True)
        )

    def rows(self, only: DrillDown | None = None, item: str | None = None) -> str:
        """The link to the rows of a drill-down, or to an item, with the filters but without their days.

        "" where no link selects just these rows, and where it would reveal what is masked.
        """
        filters, mask = replace(self.selection.filters, since=None, until=None), self.mask
        both = merged([only or DrillDown(), *self.selection.also], self.snapshot.aliases)
        if both is None:
            return ""
        query = link_parts(Question(filters, both, item=item))

        def is_masked(value: str) -> bool:
            return mask is not None and mask.name(value) != value

        parts = ((name, value) for name, values in query.items() for value in values)
        if mask is not None and any(reveals_person(*part, is_masked) for part in parts):
            return ""
        query |= {str(Name.SAFE): ["true"]} if mask is not None else {}
        return f"inbox?{urlencode(query, doseq=True)}"

    def line(  # noqa: PLR0913, PLR0917 - a line in all its parts
        self,
        marked: str,
        facts: Mapping[str, Any],
        places: Sequence[int] = (),
        only: DrillDown | None = None,
        item: str | None = None,
        side: Side = "now",
    ) -> Line:
        """A line with its quotes and its link."""
        rows = self.rows(only, item) if only or item else ""
        return Line(marked, facts, self.quotes(places), only, item, side, rows)
