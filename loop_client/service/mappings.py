"""The choices that people made about files of other tools, remembered by the file's header."""

from __future__ import annotations

import json
import logging
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from loop_client.service.formats.options import ImportOptions

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

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


class Mappings:
    """A file of remembered choices. It can be lost: the next import is then mapped by hand again.

    Several processes may write it; of two that do so at the same moment, one is not remembered.
    """

    def __init__(self, path: Path) -> None:
        """Read nothing yet. `path`: of the file, which need not exist."""
        self._path, self._lock = path, threading.Lock()

    def of(self, header: str) -> Choices | None:
        """What was chosen for the last file with this header; None where nothing was. `header`: a `header_key`."""
        found = self._read().get(header)
        try:
            return _choices(found) if found is not None else None
        except (TypeError, ValueError, AttributeError, KeyError):
            return None  # as another version wrote it, or another program

    def remember(self, header: str, choices: Choices | None) -> None:
        """Remember choices, or None to forget them. Where that is impossible, the log says why."""
        with self._lock:
            stored = self._read()
            if stored.pop(header, None) is None and choices is None:
                return
            if choices is not None and len(json.dumps(_stored(choices))) <= LONGEST:
                stored[header] = _stored(choices)
            while len(stored) > MOST:
                del stored[next(iter(stored))]
            try:
                self._write(stored)
            except OSError as error:
                logger.warning("The choices about an import cannot be remembered: %s", error.strerror)

    def _read(self) -> dict[str, Any]:
        """All that is stored, the least recently used first; nothing where the file is missing or damaged."""
        try:
            if self._path.stat().st_size > LARGEST:
                return {}
            found = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    def _write(self, stored: Mapping[str, Any]) -> None:
        new = self._path.with_name(f"{self._path.name}.new")
        new.touch(mode=0o600)
        new.write_text(json.dumps(stored), "utf-8")
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
