"""The one engine: a description, a plan and the records of a file → items, skipped rows and what to say about them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from loop_client.service.formats.errors import ImportRefusedError
from loop_client.service.formats.headers import folded
from loop_client.service.formats.table import Torn
from loop_client.service.formats.years import year_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from loop_client.service.formats.description import Format, Group, Plan
    from loop_client.service.formats.headers import Header

MOST_ROWS: Final = 50_000
"""Rows of an import."""

NO_TEXT: Final = "no text"
NO_USER: Final = "no user id"
TORN: Final = "torn: the file ends inside a cell"
WIDE: Final = "wide: more cells than the header"
FOOTER: Final = "footer, not a response"

UNKNOWN: Final = "unknown"
"""The scale of a rating whose scale the file names, and we do not know."""

MOST_VALUES: Final = 10_000
"""Different cells of which it is remembered what they mean; a column with more holds no ratings and no tags."""

T = TypeVar("T")

RatingKey = tuple[int, str | None, str]
"""Place of the column in the plan, the scale that the file names, the folded value."""


@dataclass(slots=True)
class Outcome:
    """What the rows of a file became, by column: all lists have one entry per item, in the order of the file.

    `ratings`: None where the row has none. `more_tags`, `stand_ins`, `item_ids`: by row. `seen`: how often each
    rating occurs in all rows, with skipped ones. `shown`: the value as the file writes it. `narrow`: rows with fewer
    cells than the header. `years`: year of the lost date → items.
    """

    rows: list[int] = field(default_factory=list)
    user_ids: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    ratings: list[RatingKey | None] = field(default_factory=list)
    tags: list[str | None] = field(default_factory=list)
    sources: list[str | None] = field(default_factory=list)
    more_tags: dict[int, tuple[str, ...]] = field(default_factory=dict)
    stand_ins: set[int] = field(default_factory=set)
    item_ids: dict[int, str] = field(default_factory=dict)
    skipped: dict[int, str] = field(default_factory=dict)
    seen: Counter[RatingKey] = field(default_factory=Counter)
    shown: dict[RatingKey, str] = field(default_factory=dict)
    narrow: list[int] = field(default_factory=list)
    unfinished: list[int] = field(default_factory=list)
    years: Counter[int] = field(default_factory=Counter)
    resolved: int = 0
    has_footer: bool = False
    is_torn: bool = False


def first_of(unguard: Callable[[str], str] | None) -> Callable[[Sequence[str], Group], str]:
    """A function that reads the first filled of some cells: trimmed, with LF as line end, "" where there is none."""

    def first(cells: Sequence[str], group: Group) -> str:
        for at in group:
            value = cells[at]
            if value:
                if unguard and value[0] == "'":
                    value = unguard(value)
                value = value.strip()
                if value:
                    return value.replace("\r\n", "\n").replace("\r", "\n") if "\r" in value else value
        return ""

    return first


class Meanings(dict[str, T]):
    """What each cell means: worked out once for each, so that all rows with it share one value."""

    def __init__(self, of: Callable[[str], T]) -> None:
        """`of`: what one means."""
        self._of = of

    def __missing__(self, cell: str) -> T:
        """Work it out, and remember it while there are not too many."""
        meaning = self._of(cell)
        if len(self) < MOST_VALUES:
            self[cell] = meaning
        return meaning


class Engine:
    """Reads the rows of one table. `source`: of the items, and before the ids of responses."""

    def __init__(self, form: Format, header: Header, plan: Plan, source: str, stand_in: str | None) -> None:
        """Look up the columns once. `stand_in`: the user id of rows that nothing else names."""
        self.form, self.header, self.plan, self.source, self.stand_in = form, header, plan, source, stand_in
        self.outcome = Outcome()
        self._width = len(header)
        self._first = first_of(form.unguard)
        responses = {at for name in form.response_ids for at in header.positions(name)}
        self._people = [((at,), at in responses) for group in plan.user_id for at in group]
        self._skips = [
            self._meaning(positions, partial(_looked_up, reasons))
            for name, reasons in form.skips.items()
            if (positions := header.positions(name))
        ]
        self._once = header.positions(form.once_per) if form.once_per else ()
        self._date = tuple(at for name in form.date for at in header.positions(name))
        self._item_id = tuple(at for name in form.item_id for at in header.positions(name))
        self._is_unfinished = self._says(form.unfinished)
        self._is_resolved = self._says(form.status)
        self._columns: dict[str, Group] = {}
        self._met: set[str] = set()
        self._known: dict[str, str] = {}
        self._keys: dict[tuple[int, str | None, str], RatingKey] = {}
        self._ratings = [self._rated(place, *column) for place, column in enumerate(plan.rating)]
        self._tags = [self._tagged(group) for group in plan.tag]
        self._has_skips = bool(self._skips or form.skip or self._once)

    def read(self, rows: Iterable[list[str]]) -> Outcome:
        """Read all rows.

        Raises:
            ImportRefusedError: There are more than `MOST_ROWS`.
        """
        skipped, width = self.outcome.skipped, self._width
        for row, cells in enumerate(rows, 1):
            if row > MOST_ROWS:
                raise ImportRefusedError(f"The file has more than {MOST_ROWS:,} rows. Split it.")
            reason = None
            if len(cells) != width or type(cells) is Torn:
                reason = self._shape(row, cells)
            if reason is None and self._has_skips:
                reason = self._skip(cells)
            if reason is None:
                reason = self._item(row, cells)
            if reason is not None:
                skipped[row] = reason
        return self.outcome

    def _skip(self, cells: list[str]) -> str | None:
        """Why this row is left out, whatever it says."""
        for reason_in in self._skips:
            if reason := reason_in(cells):
                return reason
        if self.form.skip and (reason := self.form.skip(lambda name: self._named(cells, name))):
            return reason
        if self._once and (key := self._first(cells, self._once)):
            if key in self._met:
                return self.form.again
            self._met.add(key)
        return None

    def _shape(self, row: int, cells: list[str]) -> str | None:
        """Why a row that is cut, or not as wide as the header, is left out; fills up a narrow one."""
        if isinstance(cells, Torn):
            self.outcome.is_torn = True
            return TORN
        if self.form.footer and len(cells) == 1 < self._width:
            self.outcome.has_footer = True
            return FOOTER
        if len(cells) > self._width:
            return WIDE if any(cell.strip() for cell in cells[self._width :]) else None
        self.outcome.narrow.append(row)
        cells.extend([""] * (self._width - len(cells)))
        return None

    def _item(self, row: int, cells: list[str]) -> str | None:
        """Add the row's item, or return why there is none."""
        outcome = self.outcome
        rating = self._rating(cells)
        message = self._message(cells)
        if not message:
            return NO_TEXT
        user_id, stands_in = self._user(cells)
        if not user_id:
            return NO_USER
        outcome.rows.append(row)
        outcome.user_ids.append(self._known.setdefault(user_id, user_id))
        outcome.messages.append(message)
        outcome.ratings.append(rating)
        outcome.tags.append(self._tag(row, cells) if self._tags else None)
        outcome.sources.append(self._source(cells) if self.plan.source else self.source or None)
        if stands_in:
            outcome.stand_ins.add(row)
        self._note(row, cells)
        return None

    def _note(self, row: int, cells: list[str]) -> None:
        """Remember what an item loses, and what is known about it."""
        outcome = self.outcome
        if self._date and (year := year_of(self._first(cells, self._date))):
            outcome.years[year] += 1
        if self._is_unfinished and self._is_unfinished(cells):
            outcome.unfinished.append(row)
        if self._is_resolved and self._is_resolved(cells):
            outcome.resolved += 1
        if self._item_id and (item_id := self._first(cells, self._item_id)):
            outcome.item_ids[row] = item_id

    def _meaning(self, group: Group, of: Callable[[str], T]) -> Callable[[Sequence[str]], T]:
        """A function that reads what the first filled of some cells means. `of`: the same for its text."""
        first = self._first
        if len(group) == 1:
            at, cell_means = group[0], Meanings(lambda cell: of(first((cell,), (0,))))
            return lambda cells: cell_means[cells[at]]
        text_means = Meanings(of)
        return lambda cells: text_means[first(cells, group)]

    def _says(self, rule: tuple[str, frozenset[str]] | None) -> Callable[[Sequence[str]], bool] | None:
        """A function that reads whether a column holds one of a rule's values; None without the column."""
        group = self.header.positions(rule[0]) if rule else ()
        return self._meaning(group, lambda value: folded(value) in rule[1]) if rule and group else None

    def _named(self, cells: list[str], name: str) -> str:
        if name not in self._columns:
            self._columns[name] = self.header.positions(name)
        return self._first(cells, self._columns[name])

    def _message(self, cells: list[str]) -> str:
        parts = self.plan.message
        if len(parts) == 1:
            return self._first(cells, parts[0])
        return "\n\n".join(part for group in parts if (part := self._first(cells, group)))

    def _user(self, cells: list[str]) -> tuple[str, bool]:
        """The user id, and whether it stands in for one."""
        for column, is_response in self._people:
            value = self._first(cells, column)
            if not value or (self.form.empty_ids and folded(value) in self.form.empty_ids):
                continue
            if not is_response:
                return value, False
            if response := self.form.response_id(value):
                return f"{self.source}:{response}", True
        return self.stand_in or "", True

    def _rating(self, cells: list[str]) -> RatingKey | None:
        for key_of in self._ratings:
            if key := key_of(cells):
                self.outcome.seen[key] += 1
                return key
        return None

    def _rated(self, place: int, group: Group, scale: str | None) -> Callable[[Sequence[str]], RatingKey | None]:
        """A function that reads the rating of one column of the plan."""
        if scale or not self.form.scale_by:
            return self._meaning(group, partial(self._key, place, scale))
        name, scales = self.form.scale_by
        scale_of = self._meaning(self.header.positions(name), lambda value: scales.get(folded(value), UNKNOWN))
        return lambda cells: self._key(place, scale_of(cells), self._first(cells, group))

    def _key(self, place: int, scale: str | None, value: str) -> RatingKey | None:
        """The key of a rating, None for an empty one: one object for all rows that have it."""
        if not value:
            return None
        key = (place, scale, folded(value))
        self.outcome.shown.setdefault(key, value)
        return self._keys.setdefault(key, key) if len(self._keys) < MOST_VALUES else self._keys.get(key, key)

    def _tag(self, row: int, cells: list[str]) -> str | None:
        for tags_of in self._tags:
            if tags := tags_of(cells):
                if len(tags) > 1 and (others := tuple(dict.fromkeys(tags))[1:]):
                    self.outcome.more_tags[row] = others
                return tags[0]
        return None

    def _tagged(self, group: Group) -> Callable[[Sequence[str]], list[str]]:
        """A function that reads the tags of some columns."""
        columns = [self._meaning((at,), self._split) for at in group]
        if len(columns) == 1:
            return columns[0]
        return lambda cells: [tag for tags_of in columns for tag in tags_of(cells)]

    def _split(self, value: str) -> list[str]:
        return list(dict.fromkeys(self.form.tags(value))) if value else []

    def _source(self, cells: list[str]) -> str | None:
        for group in self.plan.source:
            if value := self._first(cells, group):
                return self._known.setdefault(value, value)
        return self.source or None


def _looked_up(reasons: Mapping[str, str], value: str) -> str | None:
    return reasons.get(folded(value))
