"""Drill-downs: the filters behind a number or a mark of a chart, applied in the inbox beside the shared filters.

In a link: `only=tag:exports&only=sentiment:negative`, for all other tags, `only=not-tag:exports`, for what says the
same as an item, `only=cluster:fb_1`, and for what uses a word or a phrase, `only=word:timeout`. The shared filters stay
as they are, and Back leads to the page with the number.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from loop_client.mirror.columns import NO_ALIASES
from loop_client.mirror.moments import microseconds
from loop_client.mirror.zones import written
from loop_client.query.filters import Filters
from loop_client.query.naming import current_name
from loop_client.query.periods import any_day
from loop_client.query.text import first_line
from loop_client.query.vocabulary import ABSENT, DIMENSIONS, LABELS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from loop_client.mirror.columns import Aliases
    from loop_client.mirror.zones import Zone

MINUTE: Final = "%Y-%m-%dT%H:%MZ"

LONGEST_WORD: Final = 200
"""Most characters of a term of a word or phrase."""

NAMED: Final = 3
"""Most values of one dimension that a description lists."""


@dataclass(frozen=True, slots=True)
class ClusterOf:
    """The cluster of an item. `item`: its id. `ids`: of all items of the cluster; empty until they are looked up.

    A link has the item alone; `Clustered.cluster_of` looks up the others. Until then only the item itself passes.
    """

    item: str
    ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class UsesOf:
    """The uses of a word, or of a phrase of two. `terms`: as of `report.clusters.terms`, with a blank between two.

    A link has the terms alone; `report.uses_of` looks up the rest. Until then no item passes. `ids`: of the items that
    use it. `spelt`: its spellings there. `read`, `of`: how many items were searched for it, the newest ones of so many.
    """

    terms: str
    ids: frozenset[str] = frozenset()
    spelt: str = ""
    read: int = 0
    of: int = 0

    @property
    def is_cut(self) -> bool:
        """Whether older items may use it, too."""
        return self.read < self.of


@dataclass(frozen=True, slots=True)
class DrillDown(Filters):
    """Filters, excluded tags or sources, and a time range from `after`, excluded, to `upto`, included.

    `not_tag` and `not_source` can contain the word for the absent value. `cluster`: only what says the same.
    `word`: only what uses it.
    """

    after: datetime | None = None
    upto: datetime | None = None
    not_tag: tuple[str, ...] = ()
    not_source: tuple[str, ...] = ()
    cluster: ClusterOf | None = None
    word: UsesOf | None = None

    # `super()` without arguments fails in a slotted dataclass (Python 3.11), so the base class is named.
    @property
    def values(self) -> dict[str, tuple[str, ...]]:
        """Column → the values that pass; "not-" and a column → the values that do not; "id" → items, if by these."""
        values = {**Filters.values.__get__(self), **{name: getattr(self, field) for name, field in WITHOUT.items()}}
        ids = [] if self.cluster is None else [self.cluster.ids | {self.cluster.item}]
        ids += [] if self.word is None else [self.word.ids]
        return {**values, "id": tuple(frozenset.intersection(*ids))} if ids else values

    @property
    def needs_rows(self) -> bool:
        """Whether rows must be read: the cube counts whole days."""
        return bool(self.after or self.upto or self.cluster or self.word) or Filters.needs_rows.__get__(self)

    def bounds(self, zone: Zone) -> tuple[int | None, int | None]:
        """The start of the time range, included, and its end, excluded."""
        first, end = Filters.bounds(self, zone)
        after, upto = (microseconds(one) + 1 if one else None for one in (self.after, self.upto))
        later = [limit for limit in (first, after) if limit is not None]
        sooner = [limit for limit in (end, upto) if limit is not None]
        return max(later, default=None), min(sooner, default=None)

    @property
    def parts(self) -> list[str]:
        """The values of the link parameter `only`."""
        parts = [f"{name}:{value}" for name, field in SEVERAL.items() for value in getattr(self, field)]
        parts += [f"{CLUSTER}:{self.cluster.item}"] if self.cluster else []
        parts += [f"{WORD}:{self.word.terms}"] if self.word else []
        parts += [f"{field}:{limit}" for field in DAYS if (limit := getattr(self, field))]
        return parts + [f"{field}:{written(limit, MINUTE)}" for field in MOMENTS if (limit := getattr(self, field))]

    @property
    def names(self) -> list[str]:
        """All statuses, sentiments, tags, sources and people in the parts."""
        return [value for field in SEVERAL.values() for value in getattr(self, field)]


OPEN_NEGATIVE: Final = DrillDown(status=("open",), sentiment=("negative",))

WITHOUT: Final = {"not-tag": "not_tag", "not-source": "not_source"}
"""Name of a part → field, for parts that exclude values."""

SEVERAL: Final = {**{field: field for field in DIMENSIONS}, **WITHOUT}
"""Name of a part → field, for all parts that take several values."""

CLUSTER: Final = "cluster"
"""Name of the part for a cluster, whose value is the id of an item."""

WORD: Final = "word"
"""Name of the part for a word or phrase, whose value is its terms."""

DAYS: Final = ("since", "until")
MOMENTS: Final = ("after", "upto")


def merged(several: Iterable[Filters], aliases: Aliases = NO_ALIASES) -> DrillDown | None:
    """The drill-down to the items that pass all of these; None where none can say so, as with two searches."""
    values: dict[str, Any] = {}
    limits: dict[str, list[Any]] = {}
    several = [*several]
    clusters, words = _each(several, CLUSTER, lambda one: one.item), _each(several, WORD, lambda one: one.terms)
    for one in several:
        if one.text.strip():
            return None
        for field in SEVERAL.values():
            names = [current_name(field.removeprefix("not_"), name, aliases) for name in getattr(one, field, ())]
            if field in WITHOUT.values():
                values[field] = tuple(dict.fromkeys([*values.get(field, ()), *names]))
            elif names:
                values[field] = tuple(name for name in names if name in values.get(field, names))
                if not values[field]:
                    return None
        first, last = one.window
        for field, limit in (
            ("since", first),
            ("until", last),
            *((name, getattr(one, name, None)) for name in MOMENTS),
        ):
            limits.setdefault(field, []).extend([limit] if limit else [])
    ends = {field: (min if field in {"until", "upto"} else max)(some) for field, some in limits.items() if some}
    is_empty = "since" in ends and "until" in ends and ends["since"] > ends["until"]  # taken for the days in between
    if is_empty or max(len(clusters), len(words)) > 1:
        return None
    return DrillDown(**values, **ends, cluster=next(iter(clusters), None), word=next(iter(words), None))


def _each(several: Iterable[Filters], field: str, key: Callable[[Any], str]) -> list[Any]:
    """The clusters or words of drill-downs, each once. `key`: says which one it is."""
    found = [of for one in several if (of := getattr(one, field, None))]
    return [*{key(one): one for one in found}.values()]


def drill_down_of(parts: Iterable[str]) -> tuple[DrillDown, list[str]]:
    """Parse the values of `only`: the drill-down, and the values that are invalid."""
    values: dict[str, Any] = {}
    wrong = []
    for part in parts:
        name, _, value = part.partition(":")
        field = SEVERAL.get(name, name)
        limit = any_day(value) if field in DAYS else _minute(value) if field in MOMENTS else None
        known = current_name(name.removeprefix("not-"), value)
        if name in SEVERAL and known:
            values[field] = (*values.get(field, ()), known)
        elif limit is not None:
            values[field] = limit
        elif name == CLUSTER and value:
            values[field] = ClusterOf(value)
        elif name == WORD and (terms := _terms(value)):
            values[field] = UsesOf(terms)
        else:
            wrong.append(part)
    return DrillDown(**values), wrong


def _terms(value: str) -> str:
    """The terms in a part of a link, one or two; "" when it is invalid."""
    terms = value.split()
    is_valid = 0 < len(terms) < 3 and all(len(term) <= LONGEST_WORD for term in terms)
    return " ".join(terms) if is_valid else ""


def _minute(value: str) -> datetime | None:
    """The time in a part of a link; None when it is invalid."""
    try:
        return datetime.strptime(value, MINUTE).replace(tzinfo=UTC)
    except ValueError:
        return None


def described(drill_down: DrillDown, zone: Zone, shown: Callable[[str, str], str]) -> str:
    """The drill-down in words, such as "tag exports, sentiment negative, 3 Nov 2026".

    `shown`: dimension and value → the value as it may be shown; of a cluster, the id of its item; of a word, which is
    "" where it must be hidden, its spellings.
    """
    words = [f"what says the same as {shown(CLUSTER, drill_down.cluster.item)}"] if drill_down.cluster else []
    if used := drill_down.word:
        spelt = first_line(shown(WORD, used.spelt or used.terms), 60)
        words.append(f"items that use “{spelt}”" if spelt else "items that use a word, which is hidden")
    for field, label in (*LABELS.items(), ("not_tag", "Tag other than"), ("not_source", "Source other than")):
        if values := getattr(drill_down, field):
            more = [f"{len(values) - NAMED} more"] if len(values) > NAMED else []
            named = [*(first_line(shown(field, value), 60) for value in values[:NAMED]), *more]
            is_absent = values == (ABSENT.get(field),)
            words.append(values[0].lower() if is_absent else f"{label.lower()} {' or '.join(named)}")
    first, last = drill_down.window
    if first and last:
        words.append(written(first) if first == last else f"{written(first)} to {written(last)}")
    elif first or last:
        words.append(f"since {written(first)}" if first else f"until {written(last)}" if last else "")
    limits = (("after", drill_down.after), ("up to", drill_down.upto))
    words += [f"created {name} {zone.formatted(one)}" for name, one in limits if one]
    return ", ".join(words)
