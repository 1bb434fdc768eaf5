"""Markers: days with a name, such as a release, which all users of the dashboard share."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from loop_client.mirror import StoreError, shown_tag
from loop_client.service.record_file import FileKind
from loop_client.service.records import Records

if TYPE_CHECKING:
    from loop_client.mirror.store import PostgresDatabase

MOST_MARKERS: Final = 200
LONGEST_MARKER: Final = 60
"""In characters of its name."""

UNSTORABLE: Final = frozenset({"Cc", "Cs"})
"""Categories of characters that no name has: control characters, and halves of characters."""


@dataclass(frozen=True, slots=True)
class Marker:
    """A day with a name: "v4.2". `author`: who added it, if somebody was signed in."""

    day: date
    name: str
    author: str | None = None

    def is_at(self, day: date, name: str) -> bool:
        """Whether it is the one of that name on that day, whoever added it."""
        return (self.day, self.name) == (day, name)


class Markers(Records[Marker]):
    """The markers, by day; those of one day in the order in which they were added."""

    def __init__(self, place: Path | PostgresDatabase) -> None:
        """`place`: the data folder, in which a file is created when the first marker is added, or the database."""
        super().__init__(place / "markers.db" if isinstance(place, Path) else place, KIND)

    def add(self, day: date, name: str, author: str | None = None) -> Marker:
        """Add a marker, and return it with the name as it is shown. Its day has no other marker of that name."""
        new = Marker(day, _checked(name), author)

        def add(markers: list[Marker]) -> None:
            if any(marker.is_at(day, new.name) for marker in markers):
                raise StoreError("There is a marker of that name on that day already.")
            if len(markers) >= MOST_MARKERS:
                raise StoreError(f"There are {MOST_MARKERS} markers already. Remove one first.")
            markers.append(new)
            markers.sort(key=lambda marker: marker.day)

        self._list.changed(add)
        return new

    def remove(self, day: date, name: str) -> bool:
        """Remove a marker, and return whether it was there."""

        def remove(markers: list[Marker]) -> bool:
            left = [marker for marker in markers if not marker.is_at(day, shown_tag(name))]
            was_there = len(left) < len(markers)
            markers[:] = left
            return was_there

        return self._list.changed(remove)


def _checked(name: str) -> str:
    """The name in the spelling that is shown.

    Raises:
        StoreError: It is empty, too long, or not a text.
    """
    name = shown_tag(name)
    if not name:
        raise StoreError("A marker needs a name.")
    if len(name) > LONGEST_MARKER:
        raise StoreError(f"The name of a marker has {LONGEST_MARKER} characters at most.")
    if any(unicodedata.category(letter) in UNSTORABLE for letter in name):
        raise StoreError("The name of a marker cannot have control characters.")
    return name


def _marker(day: object, name: object, author: object = None) -> Marker:
    """The marker of a row."""
    if not isinstance(day, str) or not isinstance(name, str) or not isinstance(author, str | None):
        raise TypeError((day, name, author))
    return Marker(date.fromisoformat(day), name, author)


KIND: Final = FileKind(
    name="markers",
    table="markers",
    columns="day text not null, name text not null, author text, unique (day, name)",
    before="day text not null, name text not null, unique (day, name)",
    added=1,
    application_id=0x4C4F4F4D,  # "LOOM" in ASCII
    row=lambda marker: (marker.day.isoformat(), marker.name, marker.author),
    record=_marker,
)
