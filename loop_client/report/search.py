"""The inbox's query language: what a typed text asks for, which rows have it, and where it stands in a message."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loop_client.mirror import columns
from loop_client.report.counting import NOT_SET
from loop_client.report.spelling import BLANK, spelt
from loop_client.report.text import first_line, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd

LONGEST: Final = 200
"""Characters of a query that are read."""

_QUOTES: Final = '"“”„«»'
_TERM: Final = re.compile(
    rf"(-?)(?:(user|tag|id):)?(?:[{_QUOTES}]([^{_QUOTES}]*)(?:[{_QUOTES}]|$)|(\S+))", re.IGNORECASE
)
_BLANKS: Final = re.compile(f"{BLANK}+")


@dataclass(frozen=True, slots=True)
class Term:
    """A text that a field, "message", "user", "tag" or "id", must have, or where not `wanted`, must not have."""

    text: str
    field: str = "message"
    wanted: bool = True


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for; without terms, everything."""

    terms: tuple[Term, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """The words and phrases that a message must have, longest first."""
        words = {term.text for term in self.terms if term.field == "message" and term.wanted}
        return tuple(sorted(words, key=lambda word: (-len(word), word)))


def parse(text: str) -> Query:
    """The query that a text is; any text is one, and at most 200 characters of it are read.

    | typed | asks for |
    |---|---|
    | word other | messages that have each of them, anywhere, also within longer words |
    | "two words" | these words one after the other, whatever blanks stand between them |
    | -word, -"two words" | messages without it |
    | user:u_1 | what this person wrote; of several, any of them |
    | tag:billing, tag:"in app" | this very tag; tag:"(not set)" for untagged |
    | id:fb_1 | this item |
    | -user:u_1, -tag:billing, -id:fb_1 | not these |

    How letters are compared stands in `spelling.spelt`. Any of “ ” „ « » is a quote too. One that is not closed ends
    with the text. What is none of these, as a lone "-" or "user:" without a value, is a word; an empty phrase asks for
    nothing.
    """
    terms = []
    for match in _TERM.finditer(re.sub("[\ud800-\udfff]", "\ufffd", text[:LONGEST])):
        minus, field, phrase, word = match.groups()
        value = " ".join((word if phrase is None else phrase).split())
        if value:
            terms.append(Term(value, (field or "message").lower(), not minus))
    return Query(tuple(dict.fromkeys(terms)))


def matching(query: Query, frame: pd.DataFrame, positions: np.ndarray) -> np.ndarray:
    """Those of the positions whose rows match, in their order. `frame`: a snapshot's."""
    for column, pattern, wanted, absent in _conditions(query):
        if not len(positions):
            break
        if column == "tag":
            hits = _tagged(frame["tag"], pattern, absent=absent)[columns.codes(frame["tag"])[positions]]
        else:
            texts = _texts_at(columns.texts_of(frame, column), positions)
            hits = pc.match_substring_regex(texts, pattern).to_numpy(zero_copy_only=False)
        positions = positions[hits == wanted]
    return positions


def excerpts(texts: Iterable[str], query: Query, length: int = 160) -> list[str]:
    """Of each text the first match in its context, on one line of at most `length` characters.

    Without a match, the first line. Nothing is hidden in it, see `text.visible`.
    """
    whole = [text.strip() for text in texts]
    if not query.words:
        return [first_line(text, length) for text in whole]
    encoded = [text.encode("utf-8", "replace") for text in whole]
    pattern = "|".join(spelt(word) for word in query.words)
    places = pc.find_substring_regex(pa.array(encoded, pa.large_string()), pattern).to_pylist()
    return [
        first_line(text, length) if place < 0 else _around(text, len(written[:place].decode()), length)
        for text, written, place in zip(whole, encoded, places, strict=True)
    ]


def _around(text: str, start: int, length: int) -> str:
    """What stands at `start`, and a third of the line before it; an ellipsis where something is cut."""
    before = _one_line(text[max(0, start - length) : start]).lstrip()
    room = length // 3
    if start > length or len(before) > room:
        before = f"…{before[max(0, len(before) - room) :].lstrip()}"
    line = before + _one_line(text[start : start + 2 * length])
    if len(line) <= length and start + 2 * length >= len(text):
        return line
    return f"{line[: length - 1].rstrip()}…"


def _conditions(query: Query) -> Iterator[tuple[str, str, bool, bool]]:
    """(Column, pattern, whether it must match, whether absent ones count as a match), cheapest first."""
    for field in ("tag", "id", "user"):
        for wanted in (True, False):
            if texts := [term.text for term in query.terms if (term.field, term.wanted) == (field, wanted)]:
                choices = "|".join(spelt(text) for text in texts)
                yield "user_id" if field == "user" else field, f"^(?:{choices})$", wanted, NOT_SET in texts
    for word in query.words:
        yield "message", spelt(word), True, False
    if texts := [term.text for term in query.terms if term.field == "message" and not term.wanted]:
        yield "message", "|".join(spelt(text) for text in texts), False, False


def _tagged(tags: pd.Series, pattern: str, *, absent: bool) -> np.ndarray:
    """Whether each tag matches, by code; absent ones, whose code is -1, last."""
    matches = pc.match_substring_regex(pa.array(tags.cat.categories, pa.large_string()), pattern)
    return np.append(matches.to_numpy(zero_copy_only=False), absent)


def _texts_at(texts: pa.ChunkedArray, positions: np.ndarray) -> pa.ChunkedArray:
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


def _one_line(text: str) -> str:
    return _BLANKS.sub(" ", visible(text))
