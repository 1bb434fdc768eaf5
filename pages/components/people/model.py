"""The rows of the page People, made once from a snapshot, filters and the team's file for all viewers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from loop_client import report
from loop_client.mirror.snapshot_cache import SnapshotCache
from loop_client.query import PEOPLE_ORDERS
from loop_client.report import people_columns
from loop_client.report.people_table import PeopleTable, Persons
from pages.session import runtime

if TYPE_CHECKING:
    from collections.abc import Hashable
    from datetime import datetime

    from loop_client.mirror import Snapshot
    from loop_client.query import Question

OFFERED: Final = 50
"""Most values of a column that are offered to filter by; others can be typed."""

ASCENDING: Final = frozenset({"first_said"})
"""Columns whose smallest values are first."""

_persons: Final = SnapshotCache[Persons](size=lambda made: made.size)
_known: Final = SnapshotCache["tuple[pa.Table, list[str], int]"](size=lambda made: int(made[0].nbytes))
"""The columns of the team's file, the values that are offered, and how many people it has; by its stamp."""

_unknown: Final = SnapshotCache[tuple[str, ...]](most=100)
_tables: Final = SnapshotCache[PeopleTable](size=lambda made: made.size)
_listed: Final = SnapshotCache["tuple[np.ndarray, int]"](size=lambda made: int(made[0].nbytes))
"""Numbers of the listed rows, and of their items."""

_pages: Final = SnapshotCache[pd.DataFrame](most=48)
"""Pages of rows, by their numbers."""

_answers: Final = SnapshotCache[np.ndarray](most=48)
"""Positions of the first items of a person, by the number of their row."""

_groups: Final = SnapshotCache["tuple[pa.Array, np.ndarray]"](size=lambda made: int(made[0].nbytes + made[1].nbytes))
_selected: Final = SnapshotCache[np.ndarray](size=lambda made: int(made.nbytes))


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a reader chose on the page. `by`: one of `PEOPLE_ORDERS`. `text`: a search. `member_of`: see `members`.

    `group_by`: a column of the team's file, whose values are the rows; None for a row per person. `unknown`: what was
    chosen like `member_of`, but is left out.
    """

    by: str
    text: str = ""
    member_of: tuple[str, ...] = ()
    group_by: str | None = None
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class PeopleModel:
    """A snapshot, a question, what the team knows, and what is shown of them. `hour`: of weights and trends."""

    snapshot: Snapshot
    question: Question
    loaded: runtime.LoadedPeople
    hour: datetime
    chosen: Chosen

    @cached_property
    def persons(self) -> Persons:
        """All people of the snapshot."""
        return _persons.get(self.snapshot, None, lambda: Persons.of(self.snapshot.frame))

    @cached_property
    def clustered(self) -> runtime.Clustered:
        """What says the same."""
        return runtime.clustered(self.snapshot)

    @property
    def columns(self) -> pa.Table:
        """What the team knows: a row per person, in their order."""
        return self._known[0]

    @property
    def offered(self) -> list[str]:
        """Values of the team's columns to filter by, such as "company:Acme"."""
        return self._known[1]

    @property
    def matched(self) -> int:
        """How many of the account's people the team's file has."""
        return self._known[2]

    @cached_property
    def _known(self) -> tuple[pa.Table, list[str], int]:
        def made() -> tuple[pa.Table, list[str], int]:
            ids, people = self.persons.ids, self.loaded.table
            known = people_columns.columns_of(ids, people)
            return known, people_columns.offered(known, OFFERED), people_columns.matched(ids, people)

        return _known.get(self.snapshot, self.loaded.stamp, made)

    def unknown(self, wanted: tuple[str, ...]) -> tuple[str, ...]:
        """What of a filter neither names a column of the team's file nor is a value of one."""
        key = (self.loaded.stamp, wanted)
        return _unknown.get(self.snapshot, key, lambda: (*people_columns.unknown(self.columns, wanted),))

    @cached_property
    def people(self) -> PeopleTable:
        """One row per person with items that pass the filters and the drill-down."""
        return _tables.get(self.snapshot, self._asked, lambda: self._table(self.persons.numbers))

    @cached_property
    def selected(self) -> np.ndarray:
        """Mask of the people who pass the search and the team's columns, in the order of `persons`."""
        known, chosen = self.columns, self.chosen

        def made() -> np.ndarray:
            passes: np.ndarray = people_columns.found(self.persons.ids, known, chosen.text)
            if known.num_columns:
                passes &= people_columns.members(known, chosen.member_of)
            return passes

        return _selected.get(self.snapshot, (self.loaded.stamp, chosen.text, chosen.member_of), made)

    @cached_property
    def groups(self) -> tuple[pa.Array, np.ndarray]:
        """The values that people are grouped by, null for none, and the number of each person's."""
        column = str(self.chosen.group_by)
        key = (self.loaded.stamp, column)
        return _groups.get(self.snapshot, key, lambda: people_columns.groups_by(self.columns, column))

    @property
    def is_grouped(self) -> bool:
        """Whether rows are groups of people."""
        return self.chosen.group_by is not None

    @cached_property
    def table(self) -> PeopleTable:
        """One row per person, or per group with the column `people`, their number."""
        return _tables.get(self.snapshot, self._key, self._grouped) if self.is_grouped else self.people

    def _grouped(self) -> PeopleTable:
        of_person = np.where(self.selected, self.groups[1], -1)
        made = self._table(of_person[self.persons.numbers])
        own = of_person[self.people.rows["group"].to_numpy()]
        people = np.bincount(own[own >= 0], minlength=len(self.groups[0]))
        made.rows.insert(1, "people", people[made.rows["group"].to_numpy()])
        return made

    @property
    def shown(self) -> np.ndarray:
        """The numbers of the rows of `table` that are listed, in order."""
        return self._listed[0]

    @property
    def items(self) -> int:
        """The number of items of all listed rows."""
        return self._listed[1]

    @cached_property
    def _listed(self) -> tuple[np.ndarray, int]:
        def made() -> tuple[np.ndarray, int]:
            rows = self.table.rows
            listed = report.ordered_people(rows, self.column, ascending=self.column in ASCENDING)
            if not self.is_grouped:
                listed = np.compress(self.selected[rows["group"].to_numpy()[listed]], listed)
            return listed, int(rows["items"].to_numpy()[listed].sum())

        return _listed.get(self.snapshot, (*self._key, self.chosen.by), made)

    @property
    def column(self) -> str:
        """The column of the order."""
        return PEOPLE_ORDERS[self.chosen.by]

    @property
    def _key(self) -> tuple[Hashable, ...]:
        chosen = self.chosen
        own = chosen.text, chosen.member_of, chosen.group_by
        return (*self._asked, self.loaded.stamp, *own)

    @property
    def _asked(self) -> tuple[Hashable, ...]:
        return (self.question.filters, self.question.drill_down, self.clustered, self.hour)

    def _table(self, groups: np.ndarray) -> PeopleTable:
        positions = self.question.rows(self.snapshot)
        complaints = self.persons.complaints(self.clustered.codes)
        return report.people_table(self.snapshot.frame, positions, groups, complaints, self.hour)

    def ids(self, rows: np.ndarray) -> list[str]:
        """The ids of the people of these rows of `people`."""
        places = pa.array(self.people.rows["group"].to_numpy()[rows])
        found: list[str] = self.persons.ids.take(places).to_pylist()
        return found

    def known(self, rows: np.ndarray) -> dict[str, list[str | None]]:
        """Column of the team's file → its values for the people of these rows of `people`."""
        places = pa.array(self.people.rows["group"].to_numpy()[rows])
        return {name: self.columns[name].take(places).to_pylist() for name in self.columns.column_names}

    def values(self, rows: np.ndarray) -> list[str | None]:
        """The values of these rows of a grouped `table`; None for the people without one."""
        found: list[str | None] = self.groups[0].take(pa.array(self.table.rows["group"].to_numpy()[rows])).to_pylist()
        return found

    def page(self, rows: np.ndarray) -> pd.DataFrame:
        """These rows of `table`, with the columns of `PeopleTable.facts`."""

        def made() -> pd.DataFrame:
            facts = self.table.facts(self.snapshot.frame, rows, self.hour)
            return pd.concat([self.table.rows.iloc[rows].reset_index(drop=True), facts], axis=1)

        return _pages.get(self.snapshot, (*self._key, rows.tobytes()), made)

    def to_answer(self, row: int, most: int) -> np.ndarray:
        """Positions of the first items of a row of `people`: open negative ones first, both newest first."""

        def made() -> np.ndarray:
            positions = self.people.positions[slice(*self.people.starts[row : row + 2])]
            return report.to_answer_first(self.snapshot.frame, positions)[:most].astype(np.int64)

        return _answers.get(self.snapshot, (*self._asked, row, most), made)
