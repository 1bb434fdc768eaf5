"""Patterns for all spellings of a word, for Arrow's RE2, which takes time in proportion to the text.

Do not use them with `re`: it backtracks, so a search could block the process.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from functools import cache, lru_cache
from itertools import permutations
from typing import Final, NamedTuple

from loop_client.query.folding import ACCENTS, BLANK, INVISIBLE, POINTS, composed, folded, members
from loop_client.query.variants import is_latin, one_case, variants

MOST_LETTERS: Final = 250
"""Letters of a text that are searched for: one character may fold to 18."""

PIECE: Final = 40
"""Letters of a piece. From about 60, depending on the script, RE2's fast automaton runs out of memory; measured."""

MOST_WAYS: Final = 40
"""Most alternatives in the pattern of a run of letters that can be written in several ways, such as ﬃ, ﬀi, fﬁ or ffi.

A run with more, such as a number in which any two digits may be one sign, is matched with the leftmost ones only.
"""

_SYMMETRIC: Final = frozenset("ÆæŒœßẞ")
"""Latin letters that, when typed, match like the letters that they fold to."""

_ACCENTS_AND_POINTS: Final = ACCENTS + POINTS
_HIDDEN: Final = INVISIBLE + _ACCENTS_AND_POINTS
_SARA: Final = "\u0e4d\u0ecd"


class _Letter(NamedTuple):
    """One letter to search for. `exact`: the letter with its accents, if it was typed with any."""

    folded: str
    exact: str = ""


class _Tile(NamedTuple):
    """An alternative in a text for the letters from `start` up to `end`."""

    start: int
    end: int
    pattern: str


def spelt(text: str) -> str:
    """A pattern for every spelling of the text; `folding` lists the spellings.

    - A Latin letter typed without an accent is found with any: "cafe" finds "Café", "smor" finds "smør". Typed with
      one, it is found with that one: "café" does not find "cafe".
    - A blank matches any run of blanks, line breaks too.
    - Invisible characters may occur between any two letters.
    """
    return "".join(pieces(text))


@lru_cache(maxsize=256)
def pieces(text: str) -> tuple[str, ...]:
    """The pattern in consecutive pieces, each small enough for RE2's full speed."""
    letters = _letters_of(text)[:MOST_LETTERS]
    tiles = _tiles(letters)
    found, start, first = [""], 0, 0
    while start < len(letters):
        end = start + 1
        near = [tile for tile in tiles if start <= tile.start < start + MOST_WAYS]
        while crossing := [tile.end for tile in near if tile.start < end < tile.end]:
            end = max(crossing)
        within = [tile for tile in near if tile.end <= end]
        if _nodes(start, end, within) > MOST_WAYS:
            within = sorted((tile for tile in within if tile.start == start), key=lambda tile: tile.end)[-1:]
            end = within[0].end if within else start + 1
        if end - first > PIECE and start > first:
            found.append("")
            first = start
        found[-1] += _run(letters, start, end, within)
        start = end
    return tuple(found)


def is_empty(text: str) -> bool:
    """Whether there is nothing to search for: only invisible characters, blanks and marks."""
    return not folded(text).strip()


def _letters_of(text: str) -> list[_Letter]:
    """The letters to search for."""
    letters: list[_Letter] = []
    is_one = True  # whether the character before is one letter, which a mark can belong to
    for character in composed(" ".join(text.split())):
        plain, last = folded(character), letters[-1] if letters else _Letter("")
        if not plain:
            if is_one and is_latin(last.folded) and character in _accents():
                letters[-1] = _Letter(last.folded, (last.exact or last.folded) + character)
            continue
        is_one = len(plain) == 1
        if plain == " " == last.folded:
            continue
        if plain != one_case(character) and is_latin(plain[0]) and character not in _SYMMETRIC:
            letters.append(_Letter(plain, one_case(character)))
        else:
            letters += map(_Letter, plain)
    is_dotted = [one.folded == "i" and "\u0307" in unicodedata.normalize("NFD", one.exact) for one in letters]
    return [_Letter("i") if dotted else one for one, dotted in zip(letters, is_dotted, strict=True)]  # İ folds to i


def _tiles(letters: list[_Letter]) -> list[_Tile]:
    """The alternatives in a text for several of the letters.

    These are single characters, even when they contain further letters at the beginning or the end, as ﬃ does when
    "off" is typed; and marks in another order.
    """
    word, size = "".join("\0" if one.exact or len(one.folded) > 1 else one.folded for one in letters), len(letters)
    tiles: dict[tuple[int, int], str] = defaultdict(str)
    for several, characters in variants().joined.items():
        place = word.find(several)
        while place >= 0:
            tiles[place, place + len(several)] += characters
            place = word.find(several, place + 1)
        for cut in range(1, min(len(several), size + 1)):
            if word.endswith(several[:cut]):
                tiles[size - cut, size] += characters
            if word.startswith(several[-cut:]):
                tiles[0, cut] += characters
        if word and word in several[1:-1]:
            tiles[0, size] += characters
    swapped = [_Tile(place, place + 2, _swap(word[place : place + 2])) for place in range(size - 1)]
    found = [_Tile(*place, _any_of(some) + _hidden()) for place, some in tiles.items()]
    return found + [tile for tile in swapped if tile.pattern]


def _swap(marks: str) -> str:
    """A pattern for two marks in the other order; "" when that order does not occur."""
    first, second = map(unicodedata.combining, marks)
    if (first and second and first != second) or (first and marks[1] in _SARA):
        return _one(marks[1]) + _hidden() + _one(marks[0]) + _hidden()
    return ""


def _run(letters: list[_Letter], start: int, end: int, tiles: list[_Tile]) -> str:
    """A pattern for all ways to write a run of letters; the alternatives differ in their first character."""
    if start == end:
        return ""
    ways = [_at(letters, start) + _run(letters, start + 1, end, tiles)]
    ways += [tile.pattern + _run(letters, tile.end, end, tiles) for tile in tiles if tile.start == start]
    return f"(?:{'|'.join(ways)})" if len(ways) > 1 else ways[0]


def _nodes(start: int, end: int, tiles: list[_Tile]) -> int:
    """The number of parts that the pattern of a run has."""
    nodes = {end: 1}
    for place in range(end - 1, start - 1, -1):
        nodes[place] = 1 + nodes[place + 1] + sum(nodes[tile.end] for tile in tiles if tile.start == place)
    return nodes[start]


def _at(letters: list[_Letter], place: int) -> str:
    """A letter and the invisible characters after it; the last one must not be followed by a mark that changes it."""
    letter, is_last = letters[place], place == len(letters) - 1
    if letter.exact:
        pattern = _exactly(letter.exact)
        return pattern + (f"(?:[^{_HIDDEN}]|$)" if is_last else "")
    if letter.folded == " ":
        return f"{BLANK}[{BLANK[1:-1]}{INVISIBLE}]*"
    following = _following(letter.folded)
    if not following:
        return _one(letter.folded) + _hidden()
    return _one(letter.folded) + _hidden(following) + (f"(?:[^{_HIDDEN}{following}]|$)" if is_last else "")


def _one(letter: str) -> str:
    """A pattern for a folded letter in any of its forms, composed or not."""
    parts = unicodedata.normalize("NFD", letter)
    forms = []
    for cut in range(len(parts), 0, -1):
        head = unicodedata.normalize("NFC", parts[:cut])
        if len(head) == 1:
            marks = "".join(_hidden(one) + _class(one) for one in parts[cut:])
            forms.append(_class(head) + marks)
    return f"(?:{'|'.join(forms)})" if len(forms) > 1 else forms[0]


def _class(letter: str) -> str:
    return _any_of(letter + variants().single.get(letter, ""))


def _exactly(letter: str) -> str:
    """A pattern for a Latin letter with exactly these accents, composed or not, in any case."""
    decomposed = unicodedata.normalize("NFD", letter)
    base, accents = decomposed[0], tuple(decomposed[1:])
    orders = permutations(accents) if len(accents) < 4 else [accents]
    forms: dict[str, None] = {}
    for order in orders:
        written = base + "".join(order)
        if unicodedata.normalize("NFD", written) != decomposed:
            continue
        for cut in range(1, len(written) + 1):
            head = unicodedata.normalize("NFC", written[:cut])
            if len(head) == 1:
                marks = "".join(f"[{INVISIBLE}{POINTS}]*{mark}" for mark in written[cut:])
                forms[_any_of(head + variants().cased.get(head, "")) + marks] = None
    bare = "|I" if letter == "ı" else ""
    return f"(?:{'|'.join(forms)}{bare})[{INVISIBLE}{POINTS}]*"


def _following(letter: str) -> str:
    """The marks that turn this letter into another one, as ranges of a pattern."""
    if "\u1100" <= letter <= "\u1112":
        return "\u1161-\u1175"
    if "\uac00" <= letter <= "\ud7a3" and not (ord(letter) - 0xAC00) % 28:
        return "\u11a8-\u11c2"
    return variants().following.get(letter, "")


@lru_cache(maxsize=256)
def _hidden(but: str = "") -> str:
    """A pattern for any number of ignored characters, except those in `but`."""
    if not but:
        return f"[{_HIDDEN}]*"
    left = "".join(one for one in members(_ACCENTS_AND_POINTS) if one not in but)
    return f"[{INVISIBLE}{left}]*"


def _any_of(characters: str) -> str:
    some = "".join(f"\\{one}" if one.isascii() and not one.isalnum() else one for one in dict.fromkeys(characters))
    return some if len(dict.fromkeys(characters)) == 1 else f"[{some}]"


@cache
def _accents() -> frozenset[str]:
    return frozenset(members(ACCENTS))
