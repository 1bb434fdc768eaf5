"""Folding: one spelling for everything that readers consider the same word. For matching only, never for display.

| script | folded | kept, because folding would give another word |
|---|---|---|
| any | case, compatibility forms (full width, ligatures, ½), decimal digits | |
| any | invisible characters, blanks, hyphens, quotes | |
| Latin | accents, strokes and hooks; ß ss, æ ae, œ oe, ı i | |
| Greek | accents, final sigma | |
| Cyrillic | ё, stress marks | й, ї, ў and all other letters with a mark of their own |
| Arabic | vowel marks, tatweel; أ إ آ ا, ى ی ي, ک ك, ة ه, hamza seats | |
| Hebrew | points and accents | |
| Devanagari | nukta | vowel signs, virama |
| kana | half width, also with a separate voiced mark | voiced marks |
| Thai, Lao | sara am, put together or not | vowels, tone marks |

Composed and decomposed letters are the same. Source: the Unicode Character Database.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

BLANK: Final = "[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
"""One blank of any kind."""

INVISIBLE: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U0001f3fb-\U0001f3ff\U000e0000-\U000e0fff"
)
"""Characters that nobody sees or types, as ranges of a pattern: Unicode's default ignorables, and skin tones."""

ACCENTS: Final = "\u0300-\u036f\u0483-\u0487\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f"
"""Combining marks that belong to no script. With a letter, they may form another letter, as in й."""

POINTS: Final = (
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4"
    "\u06e7\u06e8\u06ea-\u06ed\u093c"
)
"""Marks that people leave out when they type: Hebrew points, Arabic vowels and tatweel, nukta."""

HYPHENS: Final = "-\u02d7\u058a\u05be\u2010-\u2015\u2043\u2212\u2796\u2e17\u2e1a\u2e3a\u2e3b\u2e40\ufe58\ufe63\uff0d"
SINGLE_QUOTES: Final = (
    "'`\u00b4\u02b9\u02bb-\u02bd\u05f3\u055a\u1ffd\u2018-\u201b\u2032\u2035\u2039\u203a\u275b\u275c\ua78c\uff07\uff40"
)
DOUBLE_QUOTES: Final = '"\u00ab\u00bb\u02ba\u02ee\u05f4\u201c-\u201f\u2033\u2036\u275d\u275e\u301d-\u301f\uff02'

_SLASHES: Final = "/\u2044\u2215"
_SIGNS: Final = (*((HYPHENS, "-"), (SINGLE_QUOTES, "'"), (DOUBLE_QUOTES, '"')), *((BLANK[1:-1], " "), (_SLASHES, "/")))

FOLDED: Final = (
    *(range(0x80, 0x3400), range(0xA000, 0xAC00), range(0xF900, 0x10000), range(0x10000, 0x12000)),
    *(range(0x16A00, 0x17000), range(0x1BC00, 0x1FC00), range(0x2F800, 0x2FA20), range(0xE0000, 0xE1000)),
)
"""Ranges of the characters that are folded; Han and Hangul syllables are not."""

_JAMO: Final = range(0x3131, 0x318F)
"""Single Korean letters, as in ㅋㅋ; they are not composed."""

_ALIKE: Final = str.maketrans("ىیکةٱ", "ييكها")
_LIGATURES: Final = str.maketrans({"æ": "ae", "œ": "oe", "ı": "i"})
_STRESSED: Final = str.maketrans("ёѐѝ", "ееи")
_WITH: Final = re.compile("LATIN (?:SMALL|CAPITAL) LETTER ([A-Z]) WITH ")
_ACCENT: Final = re.compile(f"[{ACCENTS}]+")
_POINT: Final = re.compile(f"[{POINTS}]+")
_ASCII_BLANK: Final = re.compile("[\t-\r\x1c-\x1f]")
_BLANKS: Final = re.compile(" {2,}")
_SARA_AM: Final = re.compile("([\u0e4d\u0ecd])([\u0e48-\u0e4b\u0ec8-\u0ecb])")


def folded(text: str) -> str:
    """The folded text; "" when it consists only of invisible characters and marks."""
    if text.isascii():
        return _ASCII_BLANK.sub(" ", text.lower()).replace("`", "'")
    return composed(text).translate(_letters())


def composed(text: str) -> str:
    """The text without compatibility forms and invisible characters, with composed letters; case and accents stay."""
    text = unicodedata.normalize("NFC", text.translate(_forms()))
    return _SARA_AM.sub(r"\2\1", text) if "\u0e4d" in text or "\u0ecd" in text else text


def one_spaced(text: str) -> str:
    """The folded text, with runs of blanks reduced to one."""
    return _BLANKS.sub(" ", folded(text))


def folded_pieces(text: str) -> Iterator[tuple[int, str]]:
    """Yield (start, folded piece) for each letter of the text with its marks."""
    start = 0
    for place, character in enumerate(text):
        if place and not continues(character):
            yield start, folded(text[start:place])
            start = place
    if text:
        yield start, folded(text[start:])


@lru_cache(maxsize=10_000)
def continues(character: str) -> bool:
    """Whether a character may belong to the letter before it."""
    if unicodedata.category(character)[0] == "M" or character in "\uff9e\uff9f":
        return True
    return "\u1160" <= character <= "\u11ff" or not folded(character)


def members(ranges: str) -> Iterator[str]:
    """Yield the characters of ranges, which are written as in a bracket expression."""
    for first, last in re.findall("(.)(?:-(.))?", ranges, re.DOTALL):
        yield from map(chr, range(ord(first), ord(last or first) + 1))


@cache
def _forms() -> dict[int, str]:
    """Code point → its replacement before letters are composed."""
    forms = {}
    for number in (number for some in FOLDED for number in some):
        character = chr(number)
        form = unicodedata.normalize("NFKC", character)
        if form[0] == " " and len(form) > 1:  # a spacing accent, such as ¨
            continue
        if number in _JAMO or unicodedata.decomposition(character).startswith("<narrow> 31"):
            form = chr(int(unicodedata.decomposition(character)[-4:], 16)) if number > 0xFF00 else character
        form = "".join(str(unicodedata.decimal(one, one)) for one in form)
        if form != character:
            forms[number] = form
    for ranges, sign in _SIGNS:
        signs = {ord(one): sign for one in members(ranges)}
        forms = {number: form.translate(signs) for number, form in forms.items()} | signs
    return forms | {ord(one): "" for one in members(INVISIBLE + POINTS)}


@cache
def _letters() -> dict[int, str]:
    """Code point of a composed letter → its folded letters; "" for a lone accent."""
    numbers = (number for some in (range(0x80), *FOLDED) for number in some)
    letters = {number: _letter(chr(number)) for number in numbers}
    return {number: letter for number, letter in letters.items() if letter != chr(number)}


def _letter(character: str) -> str:
    parts = unicodedata.normalize("NFD", character)
    name = unicodedata.name(parts[0], "")
    if name.startswith(("LATIN", "GREEK")) or _ACCENT.fullmatch(character):
        parts = _ACCENT.sub("", parts)
        parts = with_[1] if (with_ := _WITH.match(name)) else parts
    else:
        parts = unicodedata.normalize("NFC", _POINT.sub("", parts))
    return parts.casefold().translate(_LIGATURES).translate(_STRESSED).translate(_ALIKE)
