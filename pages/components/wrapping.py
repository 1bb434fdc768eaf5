"""Shortens texts to the three lines of a list's cell, by a model of the widths of characters."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from itertools import accumulate
from typing import Final

LINES: Final = 3

PADDING: Final = 16
"""Pixels of a column that are not available for text."""

ELLIPSIS: Final = "…"

_CLASSES: Final = (
    (5.0, " !'(),-./:;I[\\]fijlrt{|}"),
    (7.7, '"#$*+0123456789<=>?EFJLY^_`acegksvxyz~'),
    (8.6, "ABCKPRSTVXZbdhnopqu"),
    (9.4, "DGHNOQU"),
    (13.2, "%&@MWmwжмфшщыюЖФШЩЫЮ"),
    (14.4, "…—"),
    (31.0, "\u2e3a\u2e3b"),
    (140.0, "\ufdfd"),
)
"""Pixels of characters in Source Sans, Streamlit's font, at the size of a list's text, rounded up."""

_KNOWN: Final = {character: width for width, characters in _CLASSES for character in characters}

_GREEK_AND_CYRILLIC: Final = {"Ll": 9.9, "Lu": 11.3}

_OTHERS: Final = {"Mn": 0.0, "Me": 0.0, "Cf": 0.0, "Ll": 14.4, "Lm": 10.0, "Lo": 14.2, "Lu": 16.6, "Nd": 10.0}
"""Pixels by Unicode category, for characters that other fonts may draw."""

_IDEOGRAPH, _SYMBOL, _CUNEIFORM = 14.2, 19.5, 42.0


@lru_cache(maxsize=4_096)
def fitted(text: str, column: int) -> str:
    """The text, or its beginning and an ellipsis where it is longer than three lines. `column`: its width in pixels.

    The list breaks a line at its last blank, and within a word that is longer than a line.
    """
    room, start = column - PADDING, 0
    for line in range(LINES):
        end = _reach(text, start, room)
        if end == len(text):
            return text
        if line == LINES - 1:
            end = _reach(text, start, room - width_of(ELLIPSIS))
            return text[:end].rstrip().removesuffix(ELLIPSIS) + ELLIPSIS
        blank = text.rfind(" ", start + 1, end + 1)
        start = blank if blank > start else end
    raise AssertionError  # the last line returns


def _reach(text: str, start: int, room: float) -> int:
    """The end of the characters from `start` that fit into the room; at least one."""
    # the narrowest are about 3 pixels wide, and those without a width are bounded too
    widths = accumulate(width_of(character) for character in text[start : start + int(4 * max(room, 1))])
    fitting = sum(1 for used in widths if used <= room)
    return min(start + max(fitting, 1), len(text))


@lru_cache(maxsize=4_096)
def width_of(character: str) -> float:
    """The greatest width in pixels that a character may have."""
    base = unicodedata.normalize("NFD", character)[0]
    category = unicodedata.category(base)
    if base in _KNOWN:
        return _KNOWN[base]
    if "\u0370" <= base <= "\u052f" and category in _GREEK_AND_CYRILLIC:
        return _GREEK_AND_CYRILLIC[category]
    if unicodedata.east_asian_width(base) in {"W", "F"}:
        return _SYMBOL if category.startswith("S") else _IDEOGRAPH
    return _CUNEIFORM if "\U00012000" <= base <= "\U0001254f" else _OTHERS.get(category, _SYMBOL)
