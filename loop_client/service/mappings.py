"""The choices that people made about files of other tools, remembered by the file's header."""

from __future__ import annotations

import json
import logging
import threading
from dataclasses import dataclass, field
from itertools import starmap
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from loop_client.mirror import StoreError
from loop_client.service.formats.options import ImportOptions
from loop_client.service.postgres_records import PostgresRecords
from loop_client.service.record_list import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from loop_client.mirror.store import PostgresDatabase
    from loop_client.service.record_list import RecordList, T

MOST: Final = 200
"""Most headers that are remembered; the one that was used least recently goes."""

LONGEST: Final = 100_000
"""Most characters of the choices about one header; longer ones are not remembered."""

LARGEST: Final = 1 << 25
"""Most bytes of the file; a larger one is not ours."""

FIELDS: Final = ("format", "columns", "scale", "ratings", "source", "encoding")
"""What is remembered of the options. Not the stand-in person, who may be another one in the next file."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Choices:
    """What somebody chose about a file. `tags`: the file's → Loop's, for those that differ in spelling."""

    options: ImportOptions = field(default_factory=ImportOptions)
    tags: Mapping[str, str] = field(default_factory=dict)


class Remembered(NamedTuple):
    """Choices as they are stored, under the header that they are about."""

    header: str
    choices: Any


KIND: Final = Kind(name="choices about imports", table="mappings", row=tuple, record=Remembered)


class Mappings:
    """Remembered choices. They can be lost: the next import is then mapped by hand again."""

    def __init__(self, place: Path | PostgresDatabase) -> None:
        """Read nothing yet. `place`: the file, which need not exist, or the database."""
        self._list: RecordList[Remembered] = (
            MappingsFile(place) if isinstance(place, Path) else PostgresRecords(place, KIND)
        )

    def of(self, header: str) -> Choices | None:
        """What was chosen for the last file with this header; None where nothing was. `header`: a `header_key`."""
        try:
            found = {one.header: one.choices for one in self._list.all()}.get(header)
            return _choices(found) if found is not None else None
        except (StoreError, TypeError, ValueError, AttributeError, KeyError):
            return None  # it cannot be read now, or another version wrote it, or another program

    def remember(self, header: str, choices: Choices | None) -> None:
        """Remember choices, or None to forget them. Where that is impossible, the log says why."""

        def remember(stored: list[Remembered]) -> None:
            stored[:] = [one for one in stored if one.header != header]
            if choices is not None and len(json.dumps(_stored(choices))) <= LONGEST:
                stored.append(Remembered(header, _stored(choices)))
            del stored[:-MOST]

        try:
            self._list.changed(remember)
        except StoreError as error:
            logger.warning("The choices about an import cannot be remembered: %s", error)


class MappingsFile:
    """A `RecordList` in one file of JSON, the least recently used first; empty where that is missing or damaged.

    Several processes may write it; of two that do so at the same moment, one is not remembered.
    """

    news: str | None = None

    def __init__(self, path: Path) -> None:
        """Read nothing yet."""
        self._path, self._lock = path, threading.Lock()

    def all(self) -> tuple[Remembered, ...]:
        """All that is stored."""
        try:
            if self._path.stat().st_size > LARGEST:
                return ()
            found = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError, RecursionError):
            return ()
        return tuple(starmap(Remembered, found.items())) if isinstance(found, dict) else ()

    def changed(self, act: Callable[[list[Remembered]], T]) -> T:
        """What a function returns that changes the list."""
        with self._lock:
            before = self.all()
            stored = [*before]
            result = act(stored)
            if tuple(stored) != before:
                try:
                    self._write(stored)
                except OSError as error:
                    raise StoreError(f"{self._path}: {error.strerror}.") from error
        return result

    def _write(self, stored: Sequence[Remembered]) -> None:
        new = self._path.with_name(f"{self._path.name}.new")
        new.touch(mode=0o600)
        new.write_text(json.dumps(dict(stored)), "utf-8")
        new.replace(self._path)


def _stored(choices: Choices) -> dict[str, Any]:
    return {**{name: getattr(choices.options, name) for name in FIELDS}, "tags": choices.tags}


def _choices(stored: Mapping[str, Any]) -> Choices:
    """Choices as they were stored.

    Raises:
        TypeError, ValueError, AttributeError, KeyError: They were not stored by this version.
    """
    words = {name: _word(stored[name]) for name in ("format", "scale", "source", "encoding")}
    columns = {str(name): tuple(map(str, labels)) for name, labels in stored["columns"].items()}
    return Choices(ImportOptions(columns=columns, ratings=_words(stored["ratings"]), **words), _words(stored["tags"]))


def _word(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise TypeError(value)
    return value


def _words(stored: Mapping[str, Any]) -> dict[str, str]:
    return {str(name): str(value) for name, value in stored.items()}
