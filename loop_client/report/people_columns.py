"""What a team knows about people, such as their company: one row per person of an account, from a table of theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loop_client.query import containing
from loop_client.query.folding import one_spaced

if TYPE_CHECKING:
    from collections.abc import Iterable

PERSON: Final = "person"
"""The column with the ids of people."""

TEXT: Final = pa.large_string()

CALLED_BY: Final = 2
"""Most columns that a person is called by."""


def columns_of(ids: pa.Array, people: pa.Table | None) -> pa.Table:
    """One row per id, with all columns of `people` but the person's; null where it has no row or no value.

    `people`: texts, with one row per person at most. About 25 ms for 100,000 people of 100,000.
    """
    if people is None:
        return pa.table({})
    places = pc.index_in(ids.cast(TEXT), people[PERSON].cast(TEXT))
    others = [name for name in people.column_names if name != PERSON]
    return pa.table({name: people[name].cast(TEXT).take(places).combine_chunks() for name in others})


def matched(ids: pa.Array, people: pa.Table | None) -> int:
    """How many of these ids have a row."""
    return 0 if people is None else int(pc.sum(pc.is_in(ids.cast(TEXT), people[PERSON].cast(TEXT))).as_py() or 0)


def called(people: pa.Table | None, person: str) -> tuple[str, ...]:
    """What the team calls a person: name and company, else what its first columns say; two values at most.

    `people`: as for `columns_of`. `person`: an id.
    """
    row = -1 if people is None else people[PERSON].index(person).as_py()
    if people is None or row < 0:
        return ()
    others = sorted((name for name in people.column_names if name != PERSON), key=_place)[:CALLED_BY]
    return tuple(value for name in others if (value := people[name][row].as_py()))


def _place(name: str) -> int:
    return {"name": 0, "company": 1}.get(name.lower(), 2)


def found(ids: pa.Array, columns: pa.Table, text: str) -> np.ndarray:
    """Mask of the people whose id and columns together have every word of a text."""
    cells = [pc.fill_null(column, "") for column in columns.columns]
    texts = pc.binary_join_element_wise(ids.cast(TEXT), *cells, pa.scalar("\n", TEXT))
    return containing(pa.chunked_array([texts]) if isinstance(texts, pa.Array) else texts, text)


def members(columns: pa.Table, wanted: Iterable[str]) -> np.ndarray:
    """Mask of the people who have one of the wanted values in each column that is named.

    `wanted`: a column, a colon and a value, as in "company:Acme", in any spelling, see `folding`; without a value, of
    people who have none. What names no column is a value of any column; where none has it, it is left out.
    """
    passes, by_column = np.ones(columns.num_rows, bool), dict[str | None, np.ndarray]()
    for one in wanted:
        name, found = _matching(columns, one)
        if name is not None or found.any():
            by_column[name] = by_column.get(name, False) | found
    for found in by_column.values():
        passes &= found
    return passes


def unknown(columns: pa.Table, wanted: Iterable[str]) -> list[str]:
    """What `members` leaves out."""
    matching = ((one, *_matching(columns, one)) for one in wanted)
    return [one for one, name, found in matching if name is None and not found.any()]


def is_of(wanted: str, column: str) -> bool:
    """Whether what is wanted names this column."""
    name, colon, _ = wanted.partition(":")
    return bool(colon) and _spelt(name) == _spelt(column)


def _matching(columns: pa.Table, wanted: str) -> tuple[str | None, np.ndarray]:
    """The column that is named, folded, and a mask of the people with the value; None for any column."""
    name, _, value = wanted.partition(":")
    named = [column for column in columns.column_names if is_of(wanted, column)]
    found = np.zeros(columns.num_rows, bool)
    for column in named or columns.column_names:
        values, numbers = groups_by(columns, column)
        spelt = _spelt(value if named else wanted)
        found |= np.array([_spelt(one or "") == spelt for one in values.to_pylist()])[numbers]
    return _spelt(name) if named else None, found


def _spelt(text: str) -> str:
    return one_spaced(text).strip()


def groups_by(columns: pa.Table, name: str) -> tuple[pa.Array, np.ndarray]:
    """The distinct values of a column, and the number of each person's among them; the last one is null, for none."""
    encoded = columns[name].combine_chunks().dictionary_encode()
    encoded = encoded.combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded
    values = pa.concat_arrays([encoded.dictionary, pa.nulls(1, TEXT)])
    return values, pc.fill_null(encoded.indices, len(values) - 1).to_numpy(zero_copy_only=False).astype(np.int32)


def offered(columns: pa.Table, most: int) -> list[str]:
    """What `members` can be asked for: the most frequent values of each column with repeated ones, in their order."""
    options: list[str] = []
    for name in columns.column_names:
        counts = pc.value_counts(columns[name].combine_chunks().drop_null())
        values, times = counts.field(0), counts.field(1).to_numpy(zero_copy_only=False)
        order = np.argsort(-times, kind="stable")[:most]
        repeated = order[times[order] > 1] if len(order) else order
        options += [f"{name}:{values[int(place)].as_py()}" for place in repeated]
    return options
