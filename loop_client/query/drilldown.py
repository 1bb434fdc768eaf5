"""Drill-downs: the filters behind a number or a mark of a chart, applied in the inbox beside the shared filters.

In a link: `only=tag:exports&only=sentiment:negative`, for all other tags, `only=not-tag:exports`, and for what says the
same as an item, `only=cluster:fb_1`. The shared filters stay as they are, and Back leads to the page with the number.
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
class DrillDown(Filters):
    """Filters, excluded tags or sources, and a time range from `after`, excluded, to `upto`, included.

    `not_tag` and `not_source` can contain the word for the absent value. `cluster`: only what says the same.
    """

    after: datetime | None = None
    upto: datetime | None = None
    not_tag: tuple[str, ...] = ()
    not_source: tuple[str, ...] = ()
    cluster: ClusterOf | None = None

    # `super()` without arguments fails in a slotted dataclass (Python 3.11), so the base class is named.
    @property
    def values(self) -> dict[str, tuple[str, ...]]:
        """Column → the values that pass; "not-" and a column → the values that do not."""
        values = {**Filters.values.__get__(self), **{name: getattr(self, field) for name, field in WITHOUT.items()}}
        return values if self.cluster is None else {**values, "id": (self.cluster.item, *self.cluster.ids)}

    @property
    def needs_rows(self) -> bool:
        """Whether rows must be read: the cube counts whole days."""
        return bool(self.after or self.upto or self.cluster) or Filters.needs_rows.__get__(self)

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

DAYS: Final = ("since", "until")
MOMENTS: Final = ("after", "upto")


def merged(several: Iterable[Filters], aliases: Aliases = NO_ALIASES) -> DrillDown | None:
    """The drill-down to the items that pass all of these; None where none can say so, as with two searches."""
    values: dict[str, Any] = {}
    limits: dict[str, list[Any]] = {}
    clusters: dict[str, ClusterOf] = {}
    for one in several:
        if one.text.strip():
            return None
        if cluster := getattr(one, CLUSTER, None):
            clusters[cluster.item] = cluster
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
    ends = {field: (min if field in {"until", "upto"} else max)(found) for field, found in limits.items() if found}
    is_empty = "since" in ends and "until" in ends and ends["since"] > ends["until"]  # taken for the days in between
    if is_empty or len(clusters) > 1:
        return None
    return DrillDown(**values, **ends, cluster=next(iter(clusters.values()), None))


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
        else:
            wrong.append(part)
    return DrillDown(**values), wrong


def _minute(value: str) -> datetime | None:
    """The time in a part of a link; None when it is invalid."""
    try:
        return datetime.strptime(value, MINUTE).replace(tzinfo=UTC)
    except ValueError:
        return None


def described(drill_down: DrillDown, zone: Zone, shown: Callable[[str, str], str]) -> str:
    """The drill-down in words, such as "tag exports, sentiment negative, 3 Nov 2026".

    `shown`: dimension and value → the value as it may be shown; of a cluster, the id of its item.
    """
    words = [f"what says the same as {shown(CLUSTER, drill_down.cluster.item)}"] if drill_down.cluster else []
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
