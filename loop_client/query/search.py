"""The query language of the search: parsing, matching rows, and excerpts of messages around a match."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loop_client.mirror import columns
from loop_client.query.folding import BLANK, DOUBLE_QUOTES, INVISIBLE, one_spaced
from loop_client.query.naming import matching_codes, rows_with_names, texts_at
from loop_client.query.spelling import PIECE, is_empty, pieces, spelt
from loop_client.query.text import first_line, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd

LONGEST_TEXT: Final = 200
"""Characters of a query that are used; the rest is ignored."""

_MINUS: Final = "-\u2010-\u2013\u2212\ufe63\uff0d"
_PHRASE: Final = rf"[{DOUBLE_QUOTES}]([^{DOUBLE_QUOTES}]*)(?:[{DOUBLE_QUOTES}]|$)"
_TERM: Final = re.compile(
    rf"[{INVISIBLE}]*([{_MINUS}]?)[{INVISIBLE}]*(?:(user|tag|id)[:\uff1a])?(?:{_PHRASE}|(\S+))", re.IGNORECASE
)
_BLANKS: Final = re.compile(f"{BLANK}+")


@dataclass(frozen=True, slots=True)
class Term:
    """A text that a field must contain, or when not `wanted`, must not. `field`: "message", "user", "tag" or "id"."""

    text: str
    field: str = "message"
    wanted: bool = True


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query; without terms, everything matches."""

    terms: tuple[Term, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """The words and phrases that a message must contain, longest first."""
        words = {term.text for term in self.terms if term.field == "message" and term.wanted}
        return tuple(sorted(words, key=lambda word: (-len(word), word)))


def parse(text: str) -> Query:
    """Parse a text into a query. Every text is valid; characters after the first 200 are ignored.

    | typed | matches |
    |---|---|
    | word other | messages that contain each of them, anywhere, also within longer words |
    | "two words" | these words one after the other, with any blanks between them |
    | -word, -"two words" | messages without it |
    | user:u_1 | items of this person; several are combined with "or" |
    | tag:billing, tag:"in app" | items with exactly this tag; tag:"No tag" for items without one |
    | id:fb_1 | this item |
    | -user:u_1, -tag:billing, -id:fb_1 | all items except these |

    Words are compared as `spelling.spelt` describes; people, tags and items are found by their exact names, see
    `naming`. “ ” „ « » and similar characters are quotes too, and – or − is a minus. An unclosed quote ends with the
    text. Anything else, such as a lone "-" or "user:" without a value, is a word; an empty phrase, or one of invisible
    characters, is ignored.
    """
    terms = []
    for match in _TERM.finditer(re.sub("[\ud800-\udfff]", "\ufffd", text[:LONGEST_TEXT])):
        minus, field, phrase, word = match.groups()
        value = word if phrase is None else phrase
        if field is None or field.lower() == "tag":
            value = " ".join(value.split())
        if value.strip() if field else not is_empty(value):
            terms.append(Term(value, (field or "message").lower(), not minus))
    return Query(tuple(dict.fromkeys(terms)))


def matching(query: Query, frame: pd.DataFrame, positions: np.ndarray) -> np.ndarray:
    """The positions whose rows match, in the given order. `frame`: the complete frame of a snapshot."""
    for field, texts, wanted in _conditions(query):
        if not len(positions):
            break
        if field == "message":
            hits = _contains(texts_at(columns.texts_of(frame, field), positions), texts)
        elif field == "tag":
            hits = matching_codes(frame["tag"], texts)[columns.codes(frame["tag"])[positions]]
        else:
            hits = rows_with_names(columns.texts_of(frame, "user_id" if field == "user" else field), positions, texts)
        positions = positions[hits == wanted]
    return positions


def containing(texts: pa.ChunkedArray, text: str) -> np.ndarray:
    """Mask of the texts that contain each word and phrase of this one, and none after a minus.

    Words are compared as in messages. `user:` and similar words are left out of what follows them.
    """
    found = np.ones(len(texts), bool)
    for term in parse(text).terms:
        if not is_empty(term.text):
            found &= _contains(texts, [term.text]) == term.wanted
    return found


def excerpts(texts: Iterable[str], query: Query, length: int = 160) -> list[str]:
    """An excerpt of each text around its first match, on one line of at most `length` characters.

    Without a match, it is the first line. Bidirectional controls are spelt out, see `text.visible`.
    """
    stripped = [text.strip() for text in texts]
    if not query.words:
        return [first_line(text, length) for text in stripped]
    encoded = [text.encode("utf-8", "replace") for text in stripped]
    column, places = pa.array(encoded, pa.large_string()), np.full(len(stripped), -1)
    for word in query.words:
        found = pc.find_substring_regex(column, pieces(word)[0]).to_numpy(zero_copy_only=False)
        places = np.where((found >= 0) & ((places < 0) | (found < places)), found, places)
    return [
        first_line(text, length) if place < 0 else _around(text, len(written[:place].decode()), length)
        for text, written, place in zip(stripped, encoded, places, strict=True)
    ]


def _around(text: str, start: int, length: int) -> str:
    """The text around `start`, with a third of the line before it, and an ellipsis where it was cut."""
    before = _one_line(text[max(0, start - length) : start]).lstrip()
    room = length // 3
    if start > length or len(before) > room:
        before = f"…{before[max(0, len(before) - room) :].lstrip()}"
    line = before + _one_line(text[start : start + 2 * length])
    if len(line) <= length and start + 2 * length >= len(text):
        return line
    return f"{line[: length - 1].rstrip()}…"


def _conditions(query: Query) -> Iterator[tuple[str, list[str], bool]]:
    """Yield (field, texts, wanted), cheapest first; `wanted`: whether the field must or must not match one of them."""
    for field in ("tag", "id", "user"):
        for wanted in (True, False):
            if texts := [term.text for term in query.terms if (term.field, term.wanted) == (field, wanted)]:
                yield field, texts, wanted
    for word in query.words:
        yield "message", [word], True
    several: list[str] = []
    for word in (term.text for term in query.terms if term.field == "message" and not term.wanted):
        if several and sum(map(len, several)) + len(word) > PIECE:
            yield "message", several, False
            several = []
        several.append(word)
    if several:
        yield "message", several, False


def _contains(texts: pa.ChunkedArray, words: list[str]) -> np.ndarray:
    """Mask of the texts that contain one of these words and phrases. A long phrase must be the only one."""
    several = pieces(words[0]) if len(words) == 1 else ("|".join(map(spelt, words)),)
    size, places = len(texts), np.arange(len(texts))
    for piece in several:
        found = np.flatnonzero(pc.match_substring_regex(texts, piece).to_numpy(zero_copy_only=False))
        texts, places = texts_at(texts, found) if len(several) > 1 else texts, places[found]
    if len(several) > 1:  # every piece occurs somewhere: check that they follow each other
        phrase = one_spaced(words[0])
        places = places[np.array([phrase in one_spaced(text) for text in texts.to_pylist()], bool)]
    hits = np.zeros(size, bool)
    hits[places] = True
    return hits


def _one_line(text: str) -> str:
    return _BLANKS.sub(" ", visible(text))
