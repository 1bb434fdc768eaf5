"""The frame of a snapshot, and its patches: only code columns are copied; texts are shared with the previous frame.

| column | dtype | meaning |
|---|---|---|
| id, user_id, message | str | as sent, without characters that break screens or files |
| status | category | as sent; missing if absent |
| sentiment, source | category | as sent; missing if blank or absent |
| tag | category | as shown: in Unicode NFC, with single blanks, trimmed, by `Aliases`; missing if blank or absent |
| tag_raw | category | as sent; missing if absent |
| created_at | datetime64[us, UTC] | when Loop stored it |

Newest first, equal times by id, descending.
"""

from __future__ import annotations

import unicodedata
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa

from loop_client.mirror.moments import EARLIEST, LATEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

Aliases: TypeAlias = "Mapping[str, str]"
"""A tag, as `shown_tag` spells it → the tag that it is shown as, which is itself no key."""

NO_ALIASES: Final[Aliases] = MappingProxyType({})

TEXTS = ("id", "user_id", "message")
CODED = {"sentiment": "sentiment", "source": "source", "tag_raw": "tag", "status": "status"}
"""Column of the frame → column of the store."""

ORDER = ["id", "user_id", "message", "sentiment", "source", "tag", "tag_raw", "status", "created_at"]
MOST_PIECES = 64  # slices of a patched column; with more, it is gathered row by row
FEW = 2_000  # rows up to which taking them one by one is faster

STR = pd.StringDtype("pyarrow", na_value=np.nan)
CATEGORIES = pd.CategoricalDtype(pd.Index([], dtype=STR))


def empty() -> pd.DataFrame:
    """A frame without rows, with the same columns and dtypes."""
    texts = {name: pd.Series([], dtype=STR) for name in TEXTS}
    coded = dict.fromkeys([*CODED, "tag"], pd.Categorical([], dtype=CATEGORIES))
    return pd.DataFrame({**texts, **coded, "created_at": moments(np.array([], np.int64))})[ORDER]


def moments(microseconds: np.ndarray) -> pd.Series:
    """µs since 1970 as a series of UTC times, without a copy."""
    return pd.Series(microseconds, copy=False).astype("datetime64[us, UTC]")


def codes(column: pd.Series) -> np.ndarray:
    """The codes of a category column, -1 where missing; a view."""
    values: pd.Categorical = column.array
    return values.codes


def categories_of(values: Iterable[str]) -> pd.CategoricalDtype:
    """The dtype of a category column with these values."""
    return pd.CategoricalDtype(pd.Index(list(values), dtype=STR))


def coded(codes: np.ndarray, dtype: Any) -> pd.Categorical:  # noqa: ANN401 - a dtype as a column has it
    """A category column from codes."""
    return pd.Categorical.from_codes(codes, dtype=dtype, validate=False)


def widened(old: Any, new: Any) -> tuple[pd.CategoricalDtype, np.ndarray]:  # noqa: ANN401 - dtypes as columns have them
    """The old categories followed by new ones; and an array: new code → code among them, -1 for missing."""
    index = {category: number for number, category in enumerate(old.categories)}
    for category in new.categories:
        index.setdefault(category, len(index))
    lookup = np.array([*(index[category] for category in new.categories), -1], np.min_scalar_type(-len(index) - 1))
    return old if len(index) == len(old.categories) else categories_of(index), lookup


def frame_of(
    texts: dict[str, Any],
    code_columns: dict[str, pd.Categorical],
    created_at: np.ndarray,
    aliases: Aliases = NO_ALIASES,
) -> pd.DataFrame:
    """A frame from Arrow texts, code columns without `tag`, and µs since 1970; without a copy."""
    blank = {
        name: _named(code_columns[name], lambda sent: sent if sent.strip() else "") for name in ("sentiment", "source")
    }
    strings = {
        name: pd.arrays.ArrowStringArray(_chunked(text), dtype=STR)  # type: ignore[call-arg] # newer than its stubs
        for name, text in texts.items()
    }
    tag = _tags(code_columns["tag_raw"], aliases)
    columns = {**strings, **code_columns, **blank, "tag": tag, "created_at": moments(created_at)}
    return pd.DataFrame({name: columns[name] for name in ORDER}, copy=False)


def aliased(frame: pd.DataFrame, aliases: Aliases) -> pd.DataFrame:
    """The frame with its tags shown by these aliases instead; nothing else is copied."""
    columns = {name: frame[name] for name in ORDER}
    return pd.DataFrame({**columns, "tag": _tags(frame["tag_raw"].array, aliases)}, copy=False)


def _tags(sent: pd.Categorical, aliases: Aliases) -> pd.Categorical:
    """The column `tag`."""
    return _named(sent, lambda tag: shown_tag(tag, aliases))


def _named(column: pd.Categorical, shown_as: Callable[[str], str]) -> pd.Categorical:
    """A category column with renamed values, missing if the name is empty; the same object if no name changes."""
    shown = [shown_as(name) for name in column.categories]
    if all(shown) and shown == list(column.categories):  # as it is in nearly every account
        return column
    names = list(dict.fromkeys(name for name in shown if name))
    numbers = {name: number for number, name in enumerate(names)}
    lookup = np.array([*(numbers.get(name, -1) for name in shown), -1], column.codes.dtype)
    return coded(lookup.take(column.codes, mode="wrap"), categories_of(names))


def shown_tag(tag: str, aliases: Aliases = NO_ALIASES) -> str:
    """The spelling in which a tag is shown: NFC, with single blanks, trimmed; or the tag that it is an alias of."""
    spelt = " ".join(unicodedata.normalize("NFC", tag).split())
    return aliases.get(spelt, spelt)


def of_table(rows: pa.Table, aliases: Aliases = NO_ALIASES) -> pd.DataFrame:
    """The frame of a table from the store, newest first."""
    code_columns = {}
    for name, stored in CODED.items():
        encoded = rows[stored].combine_chunks().dictionary_encode()
        numbers = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        code_columns[name] = coded(numbers, categories_of(encoded.dictionary.to_pylist()))
    texts = {name: rows[name].cast(pa.large_string()) for name in TEXTS}
    return frame_of(texts, code_columns, np.clip(rows["created_at"].to_numpy(), EARLIEST, LATEST), aliases)


def rows(frame: pd.DataFrame, positions: np.ndarray) -> pd.DataFrame:
    """The rows at these positions. A few are taken one by one: otherwise chunked columns would be combined first."""
    columns: dict[str, Any] = {}
    for name in TEXTS:
        text = texts_of(frame, name)
        if len(positions) < FEW:
            columns[name] = pd.array([text[int(position)].as_py() for position in positions], dtype=STR)
        else:
            columns[name] = pd.array(text.take(pa.array(positions)), dtype=STR)
    for name in ORDER:
        if name not in TEXTS:
            columns[name] = frame[name].array[positions]
    return pd.DataFrame({name: columns[name] for name in ORDER}, index=positions)


def texts_of(frame: pd.DataFrame, name: str) -> pa.ChunkedArray:
    """A text column as Arrow, without a copy."""
    return _chunked(pa.array(frame[name].array))


def places(frame: pd.DataFrame, wanted: list[tuple[str, int]]) -> Iterator[tuple[int, bool]]:
    """Yield the position of each item (id, created_at) in the frame, or of its insertion; and whether it is there."""
    rising, ids = frame["created_at"].array.asi8[::-1], texts_of(frame, "id")
    moments = np.array([created_at for _, created_at in wanted], np.int64)
    firsts, lasts = (len(frame) - np.searchsorted(rising, moments, side) for side in ("right", "left"))
    for (item_id, _), first, last in zip(wanted, firsts.tolist(), lasts.tolist(), strict=True):
        of_its_time = ((place, ids[place].as_py()) for place in range(first, last))
        place, found = next(((place, other) for place, other in of_its_time if other <= item_id), (last, None))
        yield place, found == item_id


def patched(
    frame: pd.DataFrame, changed: pa.Table, deleted: Iterable[tuple[str, int]], aliases: Aliases = NO_ALIASES
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The frame with rows upserted and deleted; and the removed rows, and the added ones.

    `aliases`: those of the frame.
    """
    news = of_table(changed, aliases)
    recoded: dict[int, int] = {}  # position → row of `news`, if no text has changed
    arrivals: list[tuple[int, int]] = []
    drop = {place for place, there in places(frame, list(deleted)) if there}
    lost = sorted(drop)
    old_texts = [texts_of(frame, name) for name in TEXTS]
    new_texts = list(zip(*(texts_of(news, name).to_pylist() for name in TEXTS), strict=True))
    wanted = [(texts[0], moment) for texts, moment in zip(new_texts, news["created_at"].array.asi8, strict=True)]
    for number, (position, there) in enumerate(places(frame, wanted)):
        if there:
            lost.append(position)
        if there and new_texts[number] == tuple(text[position].as_py() for text in old_texts):
            recoded[position] = number
        else:
            arrivals.append((position, number))
            drop |= {position} if there else set()
    changes = _Changes(frame, news, recoded, _pieces(len(frame), arrivals, drop))
    return changes.applied(aliases), rows(frame, np.array(lost, np.int64)) if lost else frame.iloc[:0], news


def _pieces(size: int, arrivals: list[tuple[int, int]], drop: set[int]) -> list[tuple[int, int]]:
    """Slices (first, last) of the old rows followed by the new ones, in order.

    Each arrival (position, row) comes before the old row at its position; dropped rows are omitted.
    """
    pieces: list[tuple[int, int]] = []
    start = 0
    by_place: dict[int, list[int]] = {place: [] for place in sorted({*(place for place, _ in arrivals), *drop, size})}
    for place, number in arrivals:
        by_place[place].append(size + number)
    for place, numbers in by_place.items():
        for first, last in [(start, place), *((number, number + 1) for number in numbers)]:
            if pieces and pieces[-1][1] == first != size:
                pieces[-1] = (pieces[-1][0], last)
            elif last > first:
                pieces.append((first, last))
        start = place + 1 if place in drop else place
    return pieces


class _Changes:
    """Applies changes to the columns of a frame."""

    def __init__(
        self, frame: pd.DataFrame, news: pd.DataFrame, recoded: dict[int, int], pieces: list[tuple[int, int]]
    ) -> None:
        self.frame, self.news, self.size, self.pieces = frame, news, len(frame), pieces
        self.recoded = [np.array(list(part), np.int64) for part in (recoded.keys(), recoded.values())]
        self.take = np.concatenate([np.arange(*piece) for piece in pieces]) if len(pieces) > MOST_PIECES else None

    def applied(self, aliases: Aliases) -> pd.DataFrame:
        """The changed frame."""
        frame, news = self.frame, self.news
        created_at = self.numbers(frame["created_at"].array.asi8, news["created_at"].array.asi8)
        texts = {name: self.texts(texts_of(frame, name), texts_of(news, name)) for name in TEXTS}
        return frame_of(texts, {name: self.codes(frame[name], news[name]) for name in CODED}, created_at, aliases)

    def codes(self, old: pd.Series, new: pd.Series) -> pd.Categorical:
        """A changed category column."""
        dtype, lookup = widened(old.dtype, new.dtype)
        coming, present = lookup[codes(new)], codes(old)
        if len(self.recoded[0]):
            present = present.astype(np.promote_types(present.dtype, coming.dtype))
            present[self.recoded[0]] = coming[self.recoded[1]]
        return coded(self.numbers(present, coming), dtype)

    def numbers(self, old: np.ndarray, new: np.ndarray) -> np.ndarray:
        """A changed column of numbers."""
        if self.pieces == [(0, self.size)]:
            return old
        if self.take is not None:
            return np.concatenate([old, new]).take(self.take)
        size = self.size
        return np.concatenate([*(old[a:b] if a < size else new[a - size : b - size] for a, b in self.pieces), new[:0]])

    def texts(self, old: pa.ChunkedArray, new: pa.ChunkedArray) -> pa.ChunkedArray:
        """A changed text column."""
        if self.pieces == [(0, self.size)]:
            return old
        if self.take is not None:
            return pa.chunked_array([*old.chunks, *new.chunks], old.type).take(pa.array(self.take))
        parts = [(old.slice(a, b - a) if a < self.size else new.slice(a - self.size, b - a)) for a, b in self.pieces]
        return pa.chunked_array([chunk for part in parts for chunk in part.chunks], old.type)


def _chunked(text: pa.Array | pa.ChunkedArray) -> pa.ChunkedArray:
    """The texts in few chunks, so that reading a row stays fast."""
    chunked = text if isinstance(text, pa.ChunkedArray) else pa.chunked_array([text])
    return pa.chunked_array([chunked.combine_chunks()], chunked.type) if chunked.num_chunks > MOST_PIECES else chunked
