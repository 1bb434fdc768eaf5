"""The file `people.csv` of the data folder, in which a team says who its people are: name, company, plan, anything.

It is the team's own: it is read, checked and never written. It is read again when its time, size or permissions change.
"""

from __future__ import annotations

import csv
import io
import stat
import threading
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple, Self

import pyarrow as pa

from loop_client.sandbox.child import PEOPLE as EXAMPLE

if TYPE_CHECKING:
    import os
    from collections.abc import Hashable, Iterator
    from pathlib import Path

PEOPLE: Final = "people.csv"
"""The name of the file in a data folder."""

PERSON: Final = "person"
"""The column that a file must have: ids of people, as the items have them."""

LARGEST: Final = 1 << 25
"""Most bytes of the file."""

MOST_ROWS: Final = 200_000
MOST_COLUMNS: Final = 20
"""Most columns beside the person's."""

LONGEST: Final = 200
"""Most characters of a value, and of a column's name. Longer ids are ids all the same."""

LONGEST_ID: Final = 10_000
LONGEST_LINE: Final = 100_000
SEPARATORS: Final = ",;\t"
MOST_PROBLEMS: Final = 100
"""Most problems that are listed; the others are counted."""

TAKEN: Final = frozenset(
    {
        *("user_id", "people", "items", "rated", "negative", "negative_share", "open", "open_negative", "complaints"),
        *("weight", "recency", "waiting", "first_said", "last_said", "open_since", "tags", "about"),
    }
)
"""Names of columns that tables of people have already."""


class Problem(NamedTuple):
    """What is wrong, in words without any value of the file. `row`: as spreadsheets number it; None for the file."""

    row: int | None
    what: str


@dataclass(frozen=True, slots=True, eq=False)
class LoadedPeople:
    """What the file says, or the reasons why not.

    `table`: texts, one row per person, with the column "person"; None where there is no file, or none that can be used.
    `rows`: the number of each of its rows in the file. `problems`: in the order of rows; `more`: further ones that are
    not listed. `stamp`: differs when the file does. `is_example`: it came with the sandbox.
    `path`: where the team's own file is, or would be.
    """

    table: pa.Table | None = None
    rows: tuple[int, ...] = ()
    problems: tuple[Problem, ...] = ()
    more: int = 0
    stamp: Hashable = None
    is_example: bool = False
    path: Path | None = None

    @property
    def is_there(self) -> bool:
        """Whether there is a file, usable or not."""
        return self.stamp is not None


class UnusableError(Exception):
    """The file as a whole cannot be used. The only argument is a `Problem`."""


class PeopleFile:
    """The file of a data folder, or the example of the sandbox where there is none."""

    def __init__(self, path: Path, example: Path | None = None) -> None:
        """Read nothing yet. `example`: read in its place where there is no file at `path`."""
        self.path, self._example, self._lock = path, example, threading.Lock()
        self._loaded = LoadedPeople()

    @classmethod
    def of(cls, folder: Path, *, is_sample: bool) -> Self:
        """The file of a data folder. `is_sample`: the items are the sandbox's, which has an example."""
        return cls(folder / PEOPLE, EXAMPLE if is_sample else None)

    def loaded(self) -> LoadedPeople:
        """What the file says now. Reading 100,000 rows takes 0.4 s; where nothing changed, a look at its time."""
        with self._lock:
            self._loaded = self._of(self.path) or self._of(self._example) or LoadedPeople(path=self.path)
            return self._loaded

    def _of(self, path: Path | None) -> LoadedPeople | None:
        """What the file at this path says; None where there is none."""
        if path is None:
            return None
        stamp: Hashable = None
        result = partial(LoadedPeople, is_example=path == self._example, path=self.path)
        try:
            about = path.stat()
            stamp = (str(path), about.st_ino, about.st_mtime_ns, about.st_ctime_ns, about.st_size)
            if stamp == self._loaded.stamp:
                return self._loaded
            table, rows, problems = _read(path, about)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except UnusableError as error:
            return result(problems=error.args, stamp=stamp)
        except OSError as error:
            what = f"The file cannot be read: {error.strerror}."
            return result(problems=(Problem(None, what),), stamp=what)  # read again next time
        listed, more = tuple(problems[:MOST_PROBLEMS]), max(len(problems) - MOST_PROBLEMS, 0)
        return result(table, tuple(rows), listed, more, stamp)


def _read(path: Path, about: os.stat_result) -> tuple[pa.Table, list[int], list[Problem]]:
    if not stat.S_ISREG(about.st_mode):  # reading a pipe would wait for ever
        raise UnusableError(Problem(None, "It is not a file."))
    if about.st_size > LARGEST:
        raise UnusableError(Problem(None, f"The file is larger than {LARGEST >> 20} MB."))
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        raise UnusableError(Problem(row, f"Row {row:,} is not UTF-8. Save the file as “CSV UTF-8”.")) from None
    checked = _Checked()
    try:
        checked.read(text)
    except csv.Error as error:
        row = checked.row + 1
        what = "a quote in it is not closed" if str(error) == "unexpected end of data" else str(error)
        raise UnusableError(Problem(row, f"Row {row:,} cannot be read: {what}.")) from None
    names = [PERSON, *checked.columns.values()]
    columns = zip(*checked.people, strict=True) if checked.people else ([] for _ in names)
    arrays = [pa.array([cell or None for cell in column], pa.large_string()) for column in columns]
    return pa.table(arrays, names=names), checked.rows, checked.problems


@dataclass(slots=True)
class _Checked:
    """The rows of a file that can be used. `columns`: place in the file → name. `row`: the last one that was read."""

    people: list[tuple[str, ...]] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    columns: dict[int, str] = field(default_factory=dict)
    row: int = 0
    _width: int = 0
    _place: int = 0
    _seen: dict[str, int] = field(default_factory=dict)

    def read(self, text: str) -> None:
        """Read the text of a file."""
        records = self._records(text)
        self._head(next(records, []))
        for cells in records:
            if not any(map(str.strip, cells)):
                continue
            if len(self.people) >= MOST_ROWS:
                raise UnusableError(Problem(self.row, f"The file has more than {MOST_ROWS:,} people."))
            self._add(cells)

    def _records(self, text: str) -> Iterator[list[str]]:
        first = text.partition("\n")[0].lower()
        separator = next((one for one in SEPARATORS if PERSON in _names(first, one)), ",")
        for cells in csv.reader(_lines(text), delimiter=separator, strict=True):
            self.row += 1
            yield cells

    def _head(self, cells: list[str]) -> None:
        names = [_one_line(cell) for cell in cells]
        lower = [name.lower() for name in names]
        if PERSON not in lower:
            raise UnusableError(Problem(1, f"The header has no column “{PERSON}” with the ids of people."))
        self._place, self._width = lower.index(PERSON), len(names)
        for place, name in enumerate(names):
            if place == self._place:
                continue
            number = f"column {place + 1}"
            if not name or len(name) > LONGEST or ":" in name:
                self._note(
                    f"{number} is left out: its name is empty, has a colon, or is longer than {LONGEST} characters."
                )
            elif lower.index(name.lower()) != place:
                self._note(f"{number} is left out: an earlier one has its name.")
            elif name.lower() in TAKEN:
                self._note(f"{number} is left out: every table of people has a column of that name.")
            elif len(self.columns) >= MOST_COLUMNS:
                self._note(f"{number} is left out: beside the person there are {MOST_COLUMNS} columns at most.")
            else:
                self.columns[place] = name

    def _add(self, cells: list[str]) -> None:
        person = cells[self._place] if self._place < len(cells) else ""
        if not person.strip():
            return self._note("left out: it has no person.")
        if len(person) > LONGEST_ID:
            return self._note(f"left out: its person is longer than {LONGEST_ID:,} characters.")
        if len(cells) > self._width:
            return self._note("left out: it has more cells than the header.")
        if (earlier := self._seen.setdefault(person, self.row)) != self.row:
            return self._note(f"left out: row {earlier:,} is for the same person.")
        values = []
        for place in self.columns:
            value = _one_line(cells[place]) if place < len(cells) else ""
            if len(value) > LONGEST:
                self._note(f"column {place + 1} is left empty: its value is longer than {LONGEST} characters.")
                value = ""
            values.append(value)
        self.people.append((person, *values))
        self.rows.append(self.row)
        return None

    def _note(self, what: str) -> None:
        self.problems.append(Problem(self.row, f"Row {self.row:,}: {what}"))


def _lines(text: str) -> Iterator[str]:
    """Yield the lines of a text.

    The limit of the csv module is one for the process, and imports change it, so that lines have their own.
    """
    for line in io.StringIO(text, newline=""):
        if len(line) > LONGEST_LINE:
            raise csv.Error(f"a line is longer than {LONGEST_LINE:,} characters")
        yield line


def _names(header: str, separator: str) -> list[str]:
    return [_one_line(cell) for cell in next(csv.reader([header], delimiter=separator), [])]


def _one_line(cell: str) -> str:
    """A cell on one line, without characters that are not printed."""
    line = " ".join(cell.split())
    return line if line.isprintable() else "".join(one for one in line if one.isprintable() or one in JOINERS)


JOINERS: Final = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
