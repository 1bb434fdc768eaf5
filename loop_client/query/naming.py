"""What values are called, and which are meant where somebody asks for statuses, tags, sources or people by name.

A name is exact: case, accents and blanks count. Two ways to encode the same characters, Unicode's normal forms, are the
same name to a reader, and what they type or paste may come in either. So the very name is meant where there is one, and
without one, every name that is the same in another normal form. That way each of two people whose ids differ in the
form alone can be asked for, and all counts of a person agree with the people who are counted.

A very long name is asked for by its short one, see `shortened`.

Tags are shown in one spelling, see `columns.shown_tag`, and asked for in any that is shown so.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import TYPE_CHECKING, Final
from unicodedata import normalize

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loop_client.mirror.columns import shown_tag
from loop_client.query.vocabulary import ABSENT, NOT_SET

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    import pandas as pd

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_LOOK_ALIKE: Final = {column: {NOT_SET, word.casefold()} for column, word in ABSENT.items()}
_LETTERS: Final = str.maketrans("0123456789abcdef", "ghijkmnopqabcdef")
"""Without digits: a long number is masked where a name is shared."""
_BEGINNINGS: Final = frozenset("(“Nn")
"""First letters of what may look alike: most names need no closer look."""

LONGEST_NAME: Final = 200
"""Characters up to which a value is called by itself: a longer one would be sent whole wherever it is offered."""


def shortened(value: str) -> str:
    """What a value is called that may be very long: beyond 200 characters by its beginning and a digest of it all.

    The same for the same value at any time, so that a link that says it selects exactly that value. A value that looks
    like such a name has one of its own.
    """
    if len(value) <= LONGEST_NAME and not is_shortened(value):
        return value
    digest = blake2b(value.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
    return f"{value[:100]}… #{digest.translate(_LETTERS)}"


def is_shortened(name: str) -> bool:
    """Whether a name has the form of one that `shortened` makes."""
    return name[-15:-12] == "… #"


def named(column: str, value: object) -> str:
    """What a value is called: an absent one by its word, and in quotes one that could be taken for that.

    A very long one is `shortened`. No two values are called the same. `value`: of that column; anything but a text is
    an absent one.
    """
    if not isinstance(value, str):
        return ABSENT[column]
    if value[:1] in _BEGINNINGS and value.strip("“”").casefold() in _LOOK_ALIKE[column]:
        return shortened(f"“{value}”")
    return shortened(value)


def current_name(column: str, name: str) -> str:
    """What is called so in a link or a list, as it is called here: a tag in the one spelling in which tags are shown.

    A link may also be older than the word that stands for an absent value now.
    """
    if column == "tag":
        name = shown_tag(name)
    return ABSENT[column] if name == NOT_SET and column in ABSENT else name


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

    `asked`: as `named` calls values, or as they were sent.
    """
    name = str(column.name)
    names = [current_name(name, one) for one in asked]
    called = [
        {named(name, value), *([] if is_shortened(value) else [value])} - {ABSENT[name]}
        for value in column.cat.categories
    ]
    found = meant(names, {ABSENT[name]}.union(*called)) if names else set()
    return np.array([*(not found.isdisjoint(either) for either in called), ABSENT[name] in found])
