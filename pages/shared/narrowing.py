"""From a number to its rows: the inbox narrowed to what a mark or a count stands for, beside the shared filters.

A link says it as `only=tag:exports&only=sentiment:negative`, and what is beyond the named ones as
`only=not-tag:exports`. It is the page's own, not a filter: the filters stay as they are, and Back leads to the page
with the number.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from loop_client import report
from loop_client.mirror.moments import microseconds
from loop_client.mirror.zones import written
from loop_client.report.text import first_line
from pages.shared import hidden, safety
from pages.shared.filters import CHOICES, Filters, any_day

if TYPE_CHECKING:
    from collections.abc import Iterable

    from loop_client.mirror import Zone

MINUTE = "%Y-%m-%dT%H:%MZ"


@dataclass(frozen=True, slots=True)
class Only(Filters):
    """What a number stands for: as filters say it, without some tags or sources, and created in a stretch of time.

    That is later than `after`, and at `upto` at the latest. `not_tag`, `not_source`: the absent one can be among them.
    """

    after: datetime | None = None
    upto: datetime | None = None
    not_tag: tuple[str, ...] = ()
    not_source: tuple[str, ...] = ()

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


OPEN_NEGATIVE: Final = Only(status=("open",), sentiment=("negative",))

LABELS = {"status": "Status", "sentiment": "Sentiment", "tag": "Tag", "source": "Source", "user": "Person"}

WITHOUT: Final = {"not-tag": "not_tag", "not-source": "not_source"}
"""Name of a part of a link → field, for those that say what does not pass."""

SEVERAL: Final = {**{field: field for field in CHOICES}, **WITHOUT}
"""The same for all parts that take several values."""

NAMED = 3
"""Values of one kind that are named in words."""


def parts(only: Only) -> list[str]:
    """The narrowing as a link says it."""
    said = [f"{name}:{value}" for name, field in SEVERAL.items() for value in getattr(only, field)]
    said += [f"{field}:{limit}" for field in ("since", "until") if (limit := getattr(only, field))]
    return said + [
        f"{field}:{written(limit, MINUTE)}" for field in ("after", "upto") if (limit := getattr(only, field))
    ]


def names(only: Only) -> list[str]:
    """All that the parts name: statuses, sentiments, tags, sources and people."""
    return [value for field in SEVERAL.values() for value in getattr(only, field)]


def narrowed(said: Iterable[str]) -> tuple[Only, list[str]]:
    """What the parts ask for, and those that cannot be obeyed."""
    values: dict[str, Any] = {}
    wrong = []
    for part in said:
        name, _, value = part.partition(":")
        field = SEVERAL.get(name, name)
        asked = (
            any_day(value) if field in {"since", "until"} else _minute(value) if field in {"after", "upto"} else None
        )
        known = report.current_name(name.removeprefix("not-"), value)
        if name in SEVERAL and known:
            values[field] = (*values.get(field, ()), known)
        elif asked is not None:
            values[field] = asked
        else:
            wrong.append(part)
    return Only(**values), wrong


def _minute(value: str) -> datetime | None:
    """The moment that a link says; None when it is none."""
    try:
        return datetime.strptime(value, MINUTE).replace(tzinfo=UTC)
    except ValueError:
        return None


def asked() -> Only:
    """What the link narrows the inbox to."""
    return narrowed([*st.query_params.get_all("only"), *hidden.asked().get("only", [])])[0]


def query(only: Only) -> dict[str, list[str] | str]:
    """The link's part that leads to these rows.

    Without the filters: their widgets carry them to the page by themselves, and a browser that is given them as well
    has each twice in its link from then on.
    """
    return {"view": "all", "only": parts(only)}


def show(only: Only) -> None:
    """Go to these rows."""
    st.switch_page("inbox.py", query_params=query(only))


def note(only: Only, zone: Zone, way_out: str) -> None:
    """Say what the inbox is narrowed to, with a button that says `way_out`; nothing when it is not."""
    if only == Only():
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", border=True):
        st.text(f"Only {described(only, zone)}", width="content")
        st.button(way_out, icon=":material/close:", type="tertiary", on_click=_widen, key="widen")


def _widen() -> None:
    """Ask for all again; a callback."""
    st.query_params.pop("only", None)
    hidden.forget("only")


def described(only: Only, zone: Zone) -> str:
    """In words, as in "tag exports, sentiment negative, 3 Nov 2026"."""
    words = []
    for field, label in (*LABELS.items(), ("not_tag", "Tag other than"), ("not_source", "Source other than")):
        if values := getattr(only, field):
            more = [f"{len(values) - NAMED} more"] if len(values) > NAMED else []
            shown = [safety.alias(value) if field == "user" else safety.name(value) for value in values[:NAMED]]
            named = [*(first_line(value, 60) for value in shown), *more]
            is_absent = values == (report.ABSENT.get(field),)
            words.append(values[0].lower() if is_absent else f"{label.lower()} {' or '.join(named)}")
    first, last = only.window
    if first and last:
        words.append(written(first) if first == last else f"{written(first)} to {written(last)}")
    elif first or last:
        words.append(f"since {written(first)}" if first else f"until {written(last)}" if last else "")
    words += [f"created {name} {zone.told(one)}" for name, one in (("after", only.after), ("up to", only.upto)) if one]
    return ", ".join(words)
