"""Display names of values, and which values a name selects: statuses, tags, sources, people and items.

Names are exact: case, accents and blanks count. Different Unicode normal forms of a name look the same to a reader, who
may type or paste either. So a name selects the value that is exactly equal, or when there is none, every value that is
equal in another normal form. That way each of two people whose ids differ only in the form can be selected, and all
counts of a person agree with the people counted.

A very long name is selected by its short one, see `shortened`.

Tags are shown in one spelling, see `columns.shown_tag`, and any spelling that is shown that way selects them; so does
each alias of them.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import TYPE_CHECKING, Final
from unicodedata import normalize

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loop_client.mirror.columns import NO_ALIASES, shown_tag
from loop_client.query.vocabulary import ABSENT, NOT_SET

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    import pandas as pd

    from loop_client.mirror.columns import Aliases

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_LOOK_ALIKE: Final = {column: {NOT_SET, word.casefold()} for column, word in ABSENT.items()}
_LETTERS: Final = str.maketrans("0123456789abcdef", "ghijkmnopqabcdef")
"""Maps hexadecimal digits to letters: a long number would be masked when a name is shared."""
_BEGINNINGS: Final = frozenset("(“Nn")
"""First letters of names that may look like the word for an absent value; all others need no closer look."""

LONGEST_NAME: Final = 200
"""Longest value that is its own name. A longer one would go to the browser in full wherever it is offered."""


def shortened(value: str) -> str:
    """The name of a value: beyond 200 characters, its beginning and a digest.

    It never changes, so that a link with it always selects exactly this value. A value that looks like a shortened name
    is shortened too.
    """
    if len(value) <= LONGEST_NAME and not is_shortened(value):
        return value
    digest = blake2b(value.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
    return f"{value[:100]}… #{digest.translate(_LETTERS)}"


def is_shortened(name: str) -> bool:
    """Whether a name looks like a result of `shortened`."""
    return name[-15:-12] == "… #"


def named(column: str, value: object) -> str:
    """The display name of a value, unique within its column.

    An absent value is called as `ABSENT` says, a value that looks like that word is quoted, and a very long one is
    `shortened`. `value`: of that column; anything but a string is absent.
    """
    if not isinstance(value, str):
        return ABSENT[column]
    if value[:1] in _BEGINNINGS and value.strip("“”").casefold() in _LOOK_ALIKE[column]:
        return shortened(f"“{value}”")
    return shortened(value)


def current_name(column: str, name: str, aliases: Aliases = NO_ALIASES) -> str:
    """A name from a link in its current form: a tag as it is shown, and `ABSENT` for older words for it."""
    if column == "tag":
        name = shown_tag(name)
        short = (tag for tag in aliases if is_shortened(name) and shortened(tag) == name)
        alias = name if name in aliases else next(short, None)
        name = name if alias is None else named(column, aliases[alias])
    return ABSENT[column] if name == NOT_SET and column in ABSENT else name


def matching_names(names: Iterable[str], known: Collection[str]) -> set[str]:
    """The known names that these names select."""
    found = set()
    for name in names:
        if name in known:
            found.add(name)
        else:
            found |= {one for one in known if normalize("NFC", one) == normalize("NFC", name)}
    return found


def rows_with_names(column: pa.ChunkedArray, positions: np.ndarray, names: Collection[str]) -> np.ndarray:
    """Mask of the rows at these positions that the names select. `column`: ids of people or of items."""
    names = [name for name in names if not _SURROGATE.search(name)]  # from a shell argument that is not UTF-8
    if any(map(is_shortened, names)):
        exact = [name for name in names if not is_shortened(name)]
        names = [*exact, *(one for one in pc.unique(column).to_pylist() if shortened(one) in names)]
    texts = texts_at(column, positions)
    rows = pc.is_in(texts, pa.array(names, texts.type))
    if not all(map(_has_one_form, names)) and not set(names) <= {*pc.unique(texts.filter(rows)).to_pylist()}:
        forms = {form for name in names for form in (name, normalize("NFC", name))}
        is_known = pc.or_(pc.is_in(column, pa.array(forms, column.type)), pc.invert(pc.string_is_ascii(column)))
        names = matching_names(names, {*pc.unique(column.filter(is_known)).to_pylist()})
        rows = pc.is_in(texts, pa.array(names, texts.type))
    return np.asarray(rows.to_numpy(zero_copy_only=False))


def _has_one_form(name: str) -> bool:
    """Whether no other text equals this one in another normal form. K, ; and ` have equivalents: the Kelvin sign."""
    return name.isascii() and not set("K;`") & set(name)


def texts_at(texts: pa.ChunkedArray, positions: np.ndarray) -> pa.ChunkedArray:
    """The texts at these positions. Ascending ones are taken chunk by chunk, so that few rows never copy the column."""
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


def matching_codes(column: pd.Series, names: Iterable[str]) -> np.ndarray:
    """Mask of the values that the names select, by code; the last entry is for the absent value, whose code is -1.

    `names`: display names, as from `named`, or values as they were sent.
    """
    name = str(column.name)
    names = [current_name(name, one) for one in names]
    known = [
        {named(name, value), *([] if is_shortened(value) else [value])} - {ABSENT[name]}
        for value in column.cat.categories
    ]
    found = matching_names(names, {ABSENT[name]}.union(*known)) if names else set()
    return np.array([*(not found.isdisjoint(either) for either in known), ABSENT[name] in found])
