"""What a format's description says: how to recognise it, and what of it becomes which field of an item."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from loop_client.service.formats.headers import folded

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from loop_client.service.formats.decoding import Text
    from loop_client.service.formats.headers import Header

FIELDS: Final = ("user_id", "message", "sentiment", "tag", "source")
"""The fields of an item that a column can be mapped to."""

Group = tuple[int, ...]
"""Columns of which the first filled one counts; in tags, the filled ones are a list."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Which columns become which field, by position.

    `message`: its parts, joined by a blank line. All others: the first group with a value counts. `rating`: with the
    name of its scale, None where the values have to tell.
    """

    user_id: tuple[Group, ...] = ()
    message: tuple[Group, ...] = ()
    rating: tuple[tuple[Group, str | None], ...] = ()
    tag: tuple[Group, ...] = ()
    source: tuple[Group, ...] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """The beginning of a table: what a rule sees that chooses columns by their content."""

    header: Header
    rows: Sequence[Sequence[str]]

    def values(self, position: int) -> list[str]:
        """The filled cells of a column, trimmed."""
        cells = (row[position].strip() for row in self.rows if position < len(row))
        return [cell for cell in cells if cell]


def whole(value: str) -> list[str]:
    """A value that is one tag."""
    return [value]


def split_at(separator: str) -> Callable[[str], list[str]]:
    """Split a list of tags."""
    return lambda value: [tag for part in value.split(separator) if (tag := part.strip())]


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file. Columns are named as `folded`; of several, the first filled one counts, per row.

    `matches`: whether these first records, folded, are of the format. `headers`: the number of header records.
    `inside`: of JSON, the dotted path of its list, "" for the file itself. `arrange`: completes the header records.
    `reader`: reads a text whose quoting is the tool's own.
    `response_ids`: columns that identify a response and not a person: they are written `<source>:<id>`, where
    `response_id` reads the id from the cell. `scale`: of `rating`; None where the values have to tell.
    `scale_by`: the column that names the scale, and the scale of each of its folded values.
    `choose`: chooses columns by content, where the tool leaves their names to its users. `unguard`: takes off what the
    tool puts before cells that look like formulas, in workbooks too if `guards_workbooks`. `empty_ids`: folded user
    ids that name nobody. `skips`: column → folded value → the reason to skip the row. `skip`: the same for what one
    column does not tell; gets a function that reads a column of the row. `once_per`: of the rows with the same value
    here only the first counts, others are skipped for the reason `again`. `unfinished`: the column that says so, and
    the folded values that say so.
    `status`: a column and its folded values that an import cannot repeat. `user_in_path`: finds the user id in the
    names of files and folders. `footer`: a row of one cell is a footer, and a file without it is not whole. `notes`:
    what everybody has to know.
    """

    name: str
    source: str
    matches: Callable[[Sequence[Sequence[str]]], bool]
    headers: int = 1
    inside: str | None = None
    arrange: Callable[[Sequence[Sequence[str]]], Sequence[Sequence[str]]] | None = None
    reader: Callable[[Text], Iterator[list[str]]] | None = None
    user_id: tuple[str, ...] = ()
    response_ids: frozenset[str] = frozenset()
    response_id: Callable[[str], str] = str
    message: tuple[str, ...] = ()
    rating: tuple[str, ...] = ()
    scale: str | None = None
    scale_by: tuple[str, Mapping[str, str]] | None = None
    tag: tuple[str, ...] = ()
    tags: Callable[[str], list[str]] = whole
    row_source: tuple[str, ...] = ()
    date: tuple[str, ...] = ()
    item_id: tuple[str, ...] = ()
    choose: Callable[[Sample], Plan] | None = None
    unguard: Callable[[str], str] | None = None
    guards_workbooks: bool = True
    empty_ids: frozenset[str] = frozenset()
    skips: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    skip: Callable[[Callable[[str], str]], str | None] | None = None
    once_per: str | None = None
    again: str = ""
    unfinished: tuple[str, frozenset[str]] | None = None
    status: tuple[str, frozenset[str]] | None = None
    user_in_path: re.Pattern[str] | None = None
    footer: bool = False
    fold: Callable[[str], str] = folded
    notes: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it names, by which JSON is read even where the first objects lack them."""
        by_scale = (self.scale_by[0],) if self.scale_by else ()
        named = (*self.user_id, *self.message, *self.rating, *self.tag, *self.row_source, *self.date, *self.item_id)
        return (*named, *by_scale)

    def plan(self, header: Header) -> Plan:
        """The columns of a header by this description's names."""
        groups = {name: header.groups(*getattr(self, name)) for name in ("user_id", "message", "tag")}
        rating = tuple((group, self.scale) for group in header.groups(*self.rating))
        return Plan(**groups, rating=rating, source=header.groups(*self.row_source))


def has(*names: str, first: str | None = None) -> Callable[[Sequence[Sequence[str]]], bool]:
    """Recognise a format by names in its first header record. `first`: the first name of all."""

    def matches(records: Sequence[Sequence[str]]) -> bool:
        if not records or (first is not None and records[0][:1] != [first]):
            return False
        return set(names) <= set(records[0])

    return matches
