"""Masks texts and people for sharing: e-mail addresses, phone numbers, long numbers and user ids.

An id is found in any case, with or without accents and with any hyphens, see `folding`. Not masked: names of people,
addresses that are spelt out or spaced ("anna at example dot com", "anna @ example.com"), amounts ("4,711,008"), and ids
that are part of a longer word ("picture_of_u_1.png") or written in other letters than in the account.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from loop_client.query import ABSENT, NOT_SET, SENTIMENTS, STATUSES
from loop_client.query.folding import HYPHENS, INVISIBLE, composed, folded_pieces, one_spaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

E_MAIL: Final = "[e-mail]"
NUMBER: Final = "[number]"

SHORTEST_SALT: Final = 16
"""Fewest bytes of a salt: a shorter one could be guessed along with the user id."""

READ: Final = 2_000
"""Characters of a long text that are masked where only its beginning is shown."""

SHOWN: Final = 1_200
"""Most characters of a masked beginning that may be shown."""

_LETTERS: Final = "bcdfghjklmnpqrstvwxz"
"""Letters of a pseudonym: only consonants, so that it is neither a word nor a number to be masked."""

_PSEUDONYM_LENGTH: Final = 8
_AT: Final = "@\uff20\ufe6b"
_PART: Final = rf"[^\s{_AT}<>()\[\]{{}},;\"]"
_ADDRESS: Final = re.compile(rf"(?<!{_PART}){_PART}+(?:(?:[{_AT}]|%40)+{_PART}+)+")
"""Matches from the beginning of a word only, so that a long text without an address takes linear time."""

_DIGIT: Final = "[\\d²³¹⁰⁴-⁹₀-₉①-⑨⓪]"
_BRACKETS: Final = "\uff08\uff09\uff0b\uff0e\uff0f\u30fb\u30fc"
_BETWEEN: Final = rf"[\s().+/\\_*#~|·•\u20e3{_BRACKETS}{INVISIBLE}\{HYPHENS}]"
_NUMBER: Final = re.compile(rf"\+?\(?{_DIGIT}(?:{_BETWEEN}{{0,4}}{_DIGIT}){{5,}}")
"""Six digits or more, with only the separators that people write in phone, card and order numbers; dates match too."""


_RUN_ON: Final = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Scripts without blanks between words (Thai, Lao, Burmese, Khmer, kana, Han): any of their letters may end a word."""

_LETTER: Final = rf"[^\W{_RUN_ON}]"

_MASKED: Final = re.compile(rf"{re.escape(E_MAIL)}|{re.escape(NUMBER)}|person [{_LETTERS}]{{{_PSEUDONYM_LENGTH}}}")

MASK: Final = re.compile(rf"{_MASKED.pattern}(?![\w{_AT}])")
"""Matches the replacement of masked text."""

DOCUMENTED: Final = frozenset({*STATUSES, *SENTIMENTS, NOT_SET, *ABSENT.values()})
"""Names that are never masked, even when they are also somebody's id."""

_IOTA: Final = "\u0345"
"""The only combining mark that case folding turns into a letter."""

_PIECE: Final = re.compile(rf"{_LETTER}+|\S")
"""A word or a sign; every id begins with one."""


@dataclass(frozen=True, slots=True)
class _Ids:
    """Ids by folded spelling, which several ids may share. `lengths`: first piece → lengths of spellings with it."""

    by_spelling: Mapping[str, list[str]]
    lengths: Mapping[str, frozenset[int]]

    @classmethod
    def of(cls, user_ids: Iterable[str], spelling: Callable[[str], str]) -> Self:
        """Index these ids by `spelling`."""
        by_spelling: dict[str, list[str]] = {}
        lengths: dict[str, set[int]] = {}
        for user_id in user_ids:
            spelt = spelling(user_id).strip()
            if piece := _PIECE.match(spelt):
                by_spelling.setdefault(spelt, []).append(user_id)
                lengths.setdefault(piece[0], set()).add(len(spelt))
        return cls(by_spelling, {piece: frozenset(known) for piece, known in lengths.items()})

    def places(self, spelt: str) -> Iterator[tuple[int, int]]:
        """Yield (start, end) of each id in a text of that spelling, the longest match first at each start."""
        for piece in _PIECE.finditer(spelt):
            for length in sorted(self.lengths.get(piece[0], ()), reverse=True):
                end = piece.start() + length
                if end <= len(spelt) and spelt[piece.start() : end] in self.by_spelling:
                    yield piece.start(), end

    def named_in(self, spelt: str) -> Iterator[str]:
        """Yield the ids in a text of that spelling."""
        return (one for start, end in self.places(spelt) for one in self.by_spelling[spelt[start:end]])


@dataclass(frozen=True, slots=True)
class People:
    """The ids of an account's people, as they can occur in texts: case-folded (`cased`) and fully folded (`folded`)."""

    cased: _Ids
    folded: _Ids

    @classmethod
    def of(cls, user_ids: Iterable[str]) -> Self:
        """Index these ids."""
        ids = sorted({user_id for user_id in user_ids if user_id.strip()})
        return cls(_Ids.of(ids, str.casefold), _Ids.of(ids, one_spaced))

    def may_be_named_in(self, text: str) -> bool:
        """Whether a text may contain an id: a quick check for the beginnings of ids."""
        if _IOTA in text:
            return True
        spelt = ((self.folded, one_spaced(text)), (self.cased, text.casefold()))
        return any(not ids.lengths.keys().isdisjoint(_PIECE.findall(spelling)) for ids, spelling in spelt)

    def named_in(self, text: str) -> list[str]:
        """The distinct ids in a text; the time does not depend on the number of people."""
        found: dict[str, None] = {}
        for one in dict.fromkeys((text, _without_reach(text))):  # an id may directly follow a number
            found |= dict.fromkeys(self.folded.named_in(one_spaced(one)))
            if not one.isascii():  # folding changes only the case of ASCII letters, and one quote
                found |= dict.fromkeys(self.cased.named_in(one.casefold()))
                found |= dict.fromkeys(self.cased.named_in(one.replace(_IOTA, "\u0301").casefold()))
        return list(found)


def masked_text(text: str, user_ids: Iterable[str] = (), salt: bytes = b"") -> str:
    """The text with e-mail addresses, numbers of six digits or more, and these user ids masked.

    An id is masked where it is a word of its own, in any spelling, by the pseudonym of that exact id, or else of the id
    that differs least. `salt` is required when there are ids. A number may have separators, as in a phone number.

    Raises:
        ValueError: There are ids, and the salt is too short.
    """
    spelt, cased = one_spaced(text), text.casefold()  # ids that are in neither need no pattern
    stripped = ((one, one.strip()) for one in user_ids)
    ids = [one for one, name in stripped if name and (one_spaced(name).strip() in spelt or name.casefold() in cased)]
    if not ids:
        return _without_reach(text)
    in_one_case = {name.casefold(): name for one in ids for name in (one, one.strip())}.values()
    known = "|".join(re.escape(one) for one in sorted(in_one_case, key=lambda one: (-len(one), one)))
    alone, left = (
        re.compile(rf"{skipped}(?<!{beside})({known})(?!{beside})", re.IGNORECASE)
        for skipped, beside in (("", rf"(?:{_LETTER}|[{_AT}])"), (f"{MASK.pattern}|", _LETTER))
    )

    def pseudonym(match: re.Match[str]) -> str:
        return masked_person(_nearest(match[1], ids), salt) if match[1] else match[0]

    masked = alone.sub(pseudonym, text)
    if with_reach := [one for one in ids if _without_reach(one) != one]:  # such as cus-123456: no part of it may remain
        masked = _without_mentions(masked, with_reach, salt, _without_reach)
    else:
        masked = _without_reach(masked)
    masked = left.sub(pseudonym, masked)  # beside an @ without an address, and directly after a number
    return _without_mentions(masked, ids, salt)


def masked_beginning(text: str, masked: Callable[[str], str]) -> str:
    """The text from its first letter, masked; a long one is usually cut before, to save time.

    Its first `SHOWN` characters are those of the whole text masked. `masked`: masks a text.
    """
    text = text.lstrip()
    beginning = masked(text[:READ])
    if len(text) > READ and not any(map(str.isspace, beginning[SHOWN:])):  # what is cut in two may begin before
        return masked(text)
    return beginning


def _without_reach(text: str) -> str:
    """The text with addresses and numbers masked."""
    return _NUMBER.sub(NUMBER, _ADDRESS.sub(E_MAIL, text))


def _nearest(mention: str, ids: Iterable[str]) -> str:
    """The id that a mention equals, or the one that differs least: in normal form, then case, then folding."""
    forms: tuple[Callable[[str], str], ...] = (str, composed, lambda one: composed(one).casefold(), one_spaced)

    def distance(user_id: str) -> tuple[bool, ...]:
        return (user_id != mention, *(form(user_id.strip()) != form(mention.strip()) for form in forms))

    return min(ids, key=lambda one: (distance(one)[::-1], one))


def _without_mentions(masked: str, ids: list[str], salt: bytes, between: Callable[[str], str] = str) -> str:
    """Mask ids that a masked text contains in another spelling, and leave earlier replacements alone.

    A number or an address that overlaps an id is masked with it. `between`: masks the text between ids.
    """
    known, spelt, starts = _Ids.of(sorted({*ids}), one_spaced), "", list[int]()
    for start, piece in folded_pieces(masked):
        for letter in piece:
            if not letter == " " == spelt[-1:]:
                spelt += letter
                starts.append(start)
    starts.append(len(masked))
    taken = [match.span() for match in _MASKED.finditer(masked)]
    reach = [match.span() for pattern in (_ADDRESS, _NUMBER) for match in pattern.finditer(masked)]
    parts, done = list[str](), 0
    for start, end in known.places(spelt):
        mention = starts[start], starts[end]
        touched = [mention, *(span for span in reach if span[0] < mention[1] and mention[0] < span[1])]
        first, last = min(begin for begin, _ in touched), max(stop for _, stop in touched)
        is_inside = any(begin < last and first < stop and not first <= begin <= stop <= last for begin, stop in taken)
        is_pseudonym = (first, last) in taken
        if first < done or is_inside or is_pseudonym or re.match(_LETTER, spelt[end:]):
            continue
        mentioned = _nearest(masked[slice(*mention)], known.by_spelling[spelt[start:end]])
        parts += [between(masked[done:first]), masked_person(mentioned, salt)]
        done = last
    return "".join([*parts, between(masked[done:])])


def masked_name(name: str, people: People, salt: bytes) -> str:
    """Mask a status, sentiment, tag or source like any other text; documented values stay as they are.

    Raises:
        ValueError: It contains an id, and the salt is too short.
    """
    return name if name in DOCUMENTED else masked_text(name, people.named_in(name), salt)


def masked_person(user_id: str, salt: bytes) -> str:
    """The pseudonym of an id, such as "person bdfkmwzx": the same for the same id and salt, and not reversible.

    It is a hash keyed with the salt, so a list of ids does not help without the salt. Among 50,000 people, the chance
    that any two share a pseudonym is 5 %.

    Raises:
        ValueError: The salt is shorter than 16 bytes.
    """
    if len(salt) < SHORTEST_SALT:
        raise ValueError(f"A salt has at least {SHORTEST_SALT} random bytes.")
    key = hashlib.sha256(salt).digest()
    number = int.from_bytes(hashlib.blake2b(user_id.encode("utf-8", "surrogatepass"), key=key).digest())
    letters = []
    for _ in range(_PSEUDONYM_LENGTH):
        number, letter = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[letter])
    return f"person {''.join(letters)}"
