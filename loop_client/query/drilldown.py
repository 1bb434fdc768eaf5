"""From a number to its rows: the inbox narrowed to what a mark or a count stands for, beside the shared filters.

A link says it as `only=tag:exports&only=sentiment:negative`, and what is beyond the named ones as
`only=not-tag:exports`. It is the page's own, not a filter: the filters stay as they are, and Back leads to the page
with the number.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from loop_client.mirror.moments import microseconds
from loop_client.mirror.zones import written
from loop_client.query.filters import Filters
from loop_client.query.naming import current_name
from loop_client.query.periods import any_day
from loop_client.query.text import first_line
from loop_client.query.vocabulary import ABSENT, DIMENSIONS, LABELS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from loop_client.mirror.zones import Zone

MINUTE: Final = "%Y-%m-%dT%H:%MZ"

NAMED: Final = 3
"""Values of one kind that are named in words."""


@dataclass(frozen=True, slots=True)
class DrillDown(Filters):
    """What a number stands for: as filters say it, without some tags or sources, and created in a stretch of time.

    That is later than `after`, and at `upto` at the latest. `not_tag`, `not_source`: the absent one can be among them.
    """

    after: datetime | None = None
    upto: datetime | None = None
    not_tag: tuple[str, ...] = ()
    not_source: tuple[str, ...] = ()

    # A slotted dataclass is made anew, so `super()` without arguments fails in it (Python 3.11): the base's is named.
    @property
    def values(self) -> dict[str, tuple[str, ...]]:
        """Column → the values that pass; "not-" and a column → those that do not."""
        return {**Filters.values.__get__(self), **{said: getattr(self, field) for said, field in WITHOUT.items()}}

    @property
    def needs_rows(self) -> bool:
        """Whether counts alone cannot answer: they know days."""
        return bool(self.after or self.upto) or Filters.needs_rows.__get__(self)

    def bounds(self, zone: Zone) -> tuple[int | None, int | None]:
        """The first moment that passes, and the first after it that does not."""
        first, end = Filters.bounds(self, zone)
        after, upto = (microseconds(one) + 1 if one else None for one in (self.after, self.upto))
        later = [limit for limit in (first, after) if limit is not None]
        sooner = [limit for limit in (end, upto) if limit is not None]
        return max(later, default=None), min(sooner, default=None)

    @property
    def parts(self) -> list[str]:
        """What a link says of it."""
        said = [f"{name}:{value}" for name, field in SEVERAL.items() for value in getattr(self, field)]
        said += [f"{field}:{limit}" for field in DAYS if (limit := getattr(self, field))]
        return said + [f"{field}:{written(limit, MINUTE)}" for field in MOMENTS if (limit := getattr(self, field))]

    @property
    def names(self) -> list[str]:
        """All that the parts name: statuses, sentiments, tags, sources and people."""
        return [value for field in SEVERAL.values() for value in getattr(self, field)]


OPEN_NEGATIVE: Final = DrillDown(status=("open",), sentiment=("negative",))

WITHOUT: Final = {"not-tag": "not_tag", "not-source": "not_source"}
"""Name of a part of a link → field, for those that say what does not pass."""

SEVERAL: Final = {**{field: field for field in DIMENSIONS}, **WITHOUT}
"""The same for all parts that take several values."""

DAYS: Final = ("since", "until")
MOMENTS: Final = ("after", "upto")


def drill_down_of(said: Iterable[str]) -> tuple[DrillDown, list[str]]:
    """What the parts ask for, and those that cannot be obeyed."""
    values: dict[str, Any] = {}
    wrong = []
    for part in said:
        name, _, value = part.partition(":")
        field = SEVERAL.get(name, name)
        asked = any_day(value) if field in DAYS else _minute(value) if field in MOMENTS else None
        known = current_name(name.removeprefix("not-"), value)
        if name in SEVERAL and known:
            values[field] = (*values.get(field, ()), known)
        elif asked is not None:
            values[field] = asked
        else:
            wrong.append(part)
    return DrillDown(**values), wrong


def _minute(value: str) -> datetime | None:
    """The moment that a link says; None when it is none."""
    try:
        return datetime.strptime(value, MINUTE).replace(tzinfo=UTC)
    except ValueError:
        return None


def described(drill_down: DrillDown, zone: Zone, shown: Callable[[str, str], str]) -> str:
    """In words, as in "tag exports, sentiment negative, 3 Nov 2026".

    `shown`: a dimension and a value → the value as it may be shown.
    """
    words = []
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
