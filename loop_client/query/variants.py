"""The characters that fold to a letter: the inverse of `folding`."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from functools import cache
from typing import NamedTuple

from loop_client.query.folding import FOLDED, composed, folded


class Variants(NamedTuple):
    """The tables of the inverse."""

    single: dict[str, str]
    """A folded letter → the other characters that fold to it: "e" → "EéÉｅ…"."""
    joined: dict[str, str]
    """Several folded letters → the characters that fold to all of them: "ss" → "ßẞ"."""
    cased: dict[str, str]
    """A Latin letter with its accents → the same letter in any case: "é" → "éÉ"."""
    following: dict[str, str]
    """A folded letter → the marks that turn it into another letter: "и" → the breve, because й is another letter."""


def one_case(character: str) -> str:
    """A letter with its accents, case-folded."""
    return composed(composed(character).casefold())


def is_latin(letter: str) -> bool:
    """Whether it is a letter of the Latin script."""
    return "LATIN" in unicodedata.name(letter[:1] or " ", "")


@cache
def variants() -> Variants:
    """The tables, computed once; about 0.3 s."""
    tables = Variants(*(defaultdict[str, str](str) for _ in range(4)))
    pairs = []
    for character in (chr(number) for numbers in (range(0x80), *FOLDED) for number in numbers):
        plain, parts = folded(character), unicodedata.decomposition(character).split()
        if plain != character and plain:
            (tables.single if len(plain) == 1 else tables.joined)[plain] += character
        if plain and is_latin(plain) and len(cased := one_case(character)) == 1 and cased != character:
            tables.cased[cased] += character
        if len(parts) == 2 and parts[0][0] != "<":
            pairs.append((plain, *(chr(int(part, 16)) for part in parts)))
    for plain, base, mark in pairs:
        if plain != (alone := folded(base)):
            tables.following[alone] += mark + tables.single.get(mark, "")
    return tables
