"""Which names are meant where somebody asks for statuses, tags, sources or people by name.

A name is exact: case, accents and blanks count. Two ways to encode the same characters, Unicode's normal forms, are the
same name to a reader, and what they type or paste may come in either. So the very name is meant where there is one, and
without one, every name that is the same in another normal form. That way each of two people whose ids differ in the
form alone can be asked for, and all counts of a person agree with the people who are counted.

A very long name is asked for by its short one, see `counting.shortened`.

Tags are shown in one spelling, see `columns.shown_tag`, and asked for in any that is shown so.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from unicodedata import normalize

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loop_client.report.counting import ABSENT, current_name, is_shortened, named, shortened

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    import pandas as pd

_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def meant(asked: Iterable[str], known: Collection[str]) -> set[str]:
    """Those of the known names that the asked ones mean."""
    found = set()
    for name in asked:
        if name in known:
            found.add(name)
        else:
            found |= {one for one in known if normalize("NFC", one) == normalize("NFC", name)}
    return found


def rows_named(column: pa.ChunkedArray, positions: np.ndarray, asked: Collection[str]) -> np.ndarray:
    """Which of the rows at these positions are meant, by a column of names: of people, or of items."""
    asked = [name for name in asked if not _SURROGATE.search(name)]  # as a shell hands on what is no text
    if any(map(is_shortened, asked)):
        exact = [name for name in asked if not is_shortened(name)]
        asked = [*exact, *(one for one in pc.unique(column).to_pylist() if shortened(one) in asked)]
    texts = texts_at(column, positions)
    rows = pc.is_in(texts, pa.array(asked, texts.type))
    if not all(map(_has_one_form, asked)) and not set(asked) <= {*pc.unique(texts.filter(rows)).to_pylist()}:
        forms = {form for name in asked for form in (name, normalize("NFC", name))}
        is_known = pc.or_(pc.is_in(column, pa.array(forms, column.type)), pc.invert(pc.string_is_ascii(column)))
        names = meant(asked, {*pc.unique(column.filter(is_known)).to_pylist()})
        rows = pc.is_in(texts, pa.array(names, texts.type))
    return np.asarray(rows.to_numpy(zero_copy_only=False))


def _has_one_form(name: str) -> bool:
    """Whether no other text is the same in another normal form. K, ; and ` have twins, as the Kelvin sign."""
    return name.isascii() and not set("K;`") & set(name)


def texts_at(texts: pa.ChunkedArray, positions: np.ndarray) -> pa.ChunkedArray:
    """The texts at these positions; where they rise, piece by piece: a whole column is not put together for a few."""
    if len(positions) > 1 and not (np.diff(positions) > 0).all():
        return texts.take(pa.array(positions))
    if len(positions) == len(texts):
        return texts
    taken, first = [], 0
    for chunk in texts.chunks:
        start, end = np.searchsorted(positions, [first, first + len(chunk)])
        taken.append(chunk.take(pa.array(positions[start:end] - first)))
        first += len(chunk)
    return pa.chunked_array(taken, texts.type)


def codes_meant(column: pd.Series, asked: Iterable[str]) -> np.ndarray:
    """Whether each value of a category column is meant, by code; the absent one, whose code is -1, last.

    `asked`: as `counting.named` calls values, or as they were sent.
    """
    name = str(column.name)
    names = [current_name(name, one) for one in asked]
    called = [
        {named(name, value), *([] if is_shortened(value) else [value])} - {ABSENT[name]}
        for value in column.cat.categories
    ]
    found = meant(names, {ABSENT[name]}.union(*called)) if names else set()
    return np.array([*(not found.isdisjoint(either) for either in called), ABSENT[name] in found])
