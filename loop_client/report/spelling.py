"""How a word may be spelt in a text: as a pattern for Arrow, whose RE2 takes time in proportion to the text.

Not for `re`: it goes back and tries again, so that what somebody typed could hold up the process.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final, NamedTuple

BLANK: Final = "[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
"""One blank of any kind."""

_ACCENT: Final = "[\u0300-\u036f]"
_CASED: Final = (range(0x41, 0x3400), range(0xA000, 0xAC00), range(0xF900, 0x10000), range(0x10000, 0x1F000))
"""Where characters have a case or an accented form; Han and Hangul, which have none, are left out."""


class _Variants(NamedTuple):
    """What characters fold to, the other way round."""

    exact: dict[str, str]
    """A folded letter with its accents → the characters that are it: "é" → "éÉ"."""
    accented: dict[str, str]
    """A folded letter → the characters that are it with any accents: "e" → "EéÉèÈ…"."""
    joined: dict[str, str]
    """Several folded letters → the characters that stand for them all: "ss" → "ßẞ"."""


def spelt(text: str) -> str:
    """A pattern for every spelling of the text.

    - Any case, by Unicode's full case folding: "strasse" finds "STRAẞE", "σας" finds "ΣΑΣ".
    - A letter typed without an accent is found with any: "cafe" finds "Café". Typed with one, it is found with that
      one: "café" does not find "cafe". It does not matter whether a text holds them composed or not. Letters that
      Unicode does not take apart, as ø and ł, are letters of their own.
    - An apostrophe, straight or curved, finds both.
    - A blank stands for any run of blanks, line breaks too.
    """
    letters = _letters(" ".join(text.split()))
    parts, start = [], 0
    while start < len(letters):
        size = next(n for n in (3, 2, 1) if n == 1 or "".join(letters[start : start + n]) in _variants().joined)
        parts.append(_several(letters[start : start + size]))
        start += size
    return "".join(parts)


def _letters(text: str) -> list[str]:
    """The folded letters of a text, each followed by its accents."""
    letters: list[str] = []
    folded = unicodedata.normalize("NFD", text).casefold().replace("’", "'")
    for character in unicodedata.normalize("NFC", folded):
        if letters and unicodedata.combining(character):
            letters[-1] = unicodedata.normalize("NFD", letters[-1] + character)
        else:
            letters.append(unicodedata.normalize("NFD", character))
    return letters


def _several(letters: list[str]) -> str:
    """Letters of which one character may stand for several; the choices differ in their first character."""
    if len(letters) <= 1:
        return "".join(map(_one, letters))
    choices = [_one(letters[0]) + _several(letters[1:])]
    choices += [
        _any_of(joined) + _several(letters[size:])
        for size in range(2, len(letters) + 1)
        if (joined := _variants().joined.get("".join(letters[:size])))
    ]
    return f"(?:{'|'.join(choices)})" if len(choices) > 1 else choices[0]


def _one(letter: str) -> str:
    if letter == " ":
        return f"{BLANK}+"
    variants = _variants()
    if len(letter) == 1:
        accents = f"{_ACCENT}*" if letter.isalpha() else ""
        return _any_of(letter + variants.accented.get(letter, "")) + accents
    forms = {_with_accents(letter[:cut], letter[cut:]) for cut in range(1, len(letter) + 1)}
    composed = unicodedata.normalize("NFC", letter)
    forms.add(_with_accents(composed[0], composed[1:]))
    return f"(?:{'|'.join(sorted(forms - {''}))})"


def _with_accents(head: str, accents: str) -> str:
    """What is the head as one character, followed by these accents; nothing where there is no such character."""
    characters = _variants().exact.get(unicodedata.normalize("NFD", head), "") + head * (len(head) == 1)
    return _any_of(characters) + re.escape(accents) if characters else ""


def _any_of(characters: str) -> str:
    if len(characters) == 1:
        return re.escape(characters)
    return f"[{''.join(dict.fromkeys(characters))}]"  # no letter needs an escape, nor does an apostrophe


@cache
def _variants() -> _Variants:
    variants = _Variants({"'": "’"}, {"'": "’"}, {})
    for number in (number for cased in _CASED for number in cased):
        character = chr(number)
        folded = unicodedata.normalize("NFD", unicodedata.normalize("NFD", character).casefold())
        if folded == character:
            continue
        letters = sum(not unicodedata.combining(one) for one in folded)
        into = variants.exact if letters <= 1 else variants.joined
        into[folded] = into.get(folded, "") + character
        if letters == 1 and all("\u0300" <= accent <= "\u036f" for accent in folded[1:]):
            variants.accented[folded[0]] = variants.accented.get(folded[0], "") + character
    return variants
