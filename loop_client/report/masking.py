"""Texts and people fit to be shared: without e-mail addresses, phone numbers, long numbers and user ids.

What is masked is what is written as such, an id also in another case, without its accents or with other hyphens, as
`folding` has it. Names stay, and addresses that are spelt out or set apart ("anna at example dot com", "anna @
example.com"), amounts ("4,711,008"), and ids that are part of a longer word ("picture_of_u_1.png") or written with
other letters than the account has them.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from loop_client.query import ABSENT, NOT_SET, SENTIMENTS, STATUSES
from loop_client.query.folding import HYPHENS, INVISIBLE, composed, folded_pieces, one_spaced
from loop_client.report.breakdown import RESTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

E_MAIL: Final = "[e-mail]"
NUMBER: Final = "[number]"

SHORTEST_SALT: Final = 16
"""Bytes of a salt at least: fewer could be guessed along with the user id."""

_LETTERS: Final = "bcdfghjklmnpqrstvwxz"
"""An alias is made of consonants: it reads as no word, and as no number that would have to be masked in turn."""

_ALIAS_LENGTH: Final = 8
_AT: Final = "@\uff20\ufe6b"
_PART: Final = rf"[^\s{_AT}<>()\[\]{{}},;\"]"
_ADDRESS: Final = re.compile(rf"(?<!{_PART}){_PART}+(?:(?:[{_AT}]|%40)+{_PART}+)+")
"""From where a word begins, so that a long text without an address is read once."""

_DIGIT: Final = "[\\d²³¹⁰⁴-⁹₀-₉①-⑨⓪]"
_BRACKETS: Final = "\uff08\uff09\uff0b\uff0e\uff0f\u30fb\u30fc"
_BETWEEN: Final = rf"[\s().+/\\_*#~|·•\u20e3{_BRACKETS}{INVISIBLE}\{HYPHENS}]"
_NUMBER: Final = re.compile(rf"\+?\(?{_DIGIT}(?:{_BETWEEN}{{0,4}}{_DIGIT}){{5,}}")
"""Six digits or more with nothing but what people write between digits: phone, card and order numbers, dates too."""


_RUN_ON: Final = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Scripts without blanks between words (Thai, Lao, Burmese, Khmer, kana, Han): any of their letters may end a word."""

_LETTER: Final = rf"[^\W{_RUN_ON}]"

_MASKED: Final = re.compile(rf"{re.escape(E_MAIL)}|{re.escape(NUMBER)}|person [{_LETTERS}]{{{_ALIAS_LENGTH}}}")

MASK: Final = re.compile(rf"{_MASKED.pattern}(?![\w{_AT}])")
"""What stands for something that was masked."""

DOCUMENTED: Final = frozenset({*STATUSES, *SENTIMENTS, NOT_SET, *ABSENT.values(), *RESTS.values()})
"""Names that tell of nobody, also where somebody has one as an id."""

_IOTA: Final = "\u0345"
"""The one mark of which folding the case makes a letter."""

_PIECE: Final = re.compile(rf"{_LETTER}+|\S")
"""A word, or a sign; an id begins with one of them."""


@dataclass(frozen=True, slots=True)
class _Ids:
    """Ids by a spelling that several may share. `lengths`: first piece of a spelling → how long those with it are."""

    by_spelling: Mapping[str, list[str]]
    lengths: Mapping[str, frozenset[int]]

    @classmethod
    def of(cls, user_ids: Iterable[str], spelling: Callable[[str], str]) -> Self:
        """These ids, by what each is spelt like."""
        by_spelling: dict[str, list[str]] = {}
        lengths: dict[str, set[int]] = {}
        for user_id in user_ids:
            spelt = spelling(user_id).strip()
            if piece := _PIECE.match(spelt):
                by_spelling.setdefault(spelt, []).append(user_id)
                lengths.setdefault(piece[0], set()).add(len(spelt))
        return cls(by_spelling, {piece: frozenset(known) for piece, known in lengths.items()})

    def places(self, spelt: str) -> Iterator[tuple[int, int]]:
        """Where in a text in that spelling the ids stand, from and up to; the longest first of each place."""
        for piece in _PIECE.finditer(spelt):
            for length in sorted(self.lengths.get(piece[0], ()), reverse=True):
                end = piece.start() + length
                if end <= len(spelt) and spelt[piece.start() : end] in self.by_spelling:
                    yield piece.start(), end

    def named_in(self, spelt: str) -> Iterator[str]:
        """The ids that stand in a text in that spelling."""
        return (one for start, end in self.places(spelt) for one in self.by_spelling[spelt[start:end]])


@dataclass(frozen=True, slots=True)
class People:
    """The people of an account: whom a text can name. By their ids in any case, and by these folded."""

    cased: _Ids
    folded: _Ids

    @classmethod
    def of(cls, user_ids: Iterable[str]) -> Self:
        """Those who have these ids."""
        ids = sorted({user_id for user_id in user_ids if user_id.strip()})
        return cls(_Ids.of(ids, str.casefold), _Ids.of(ids, one_spaced))

    def may_be_named_in(self, text: str) -> bool:
        """Whether a text without addresses and numbers may name one of them: whether it has what an id begins with."""
        if _IOTA in text:
            return True
        spelt = ((self.folded, one_spaced(text)), (self.cased, text.casefold()))
        return any(not ids.lengths.keys().isdisjoint(_PIECE.findall(spelling)) for ids, spelling in spelt)

    def named_in(self, text: str) -> list[str]:
        """The ids that stand in a text, each once; however many people there are, at the same cost."""
        found: dict[str, None] = {}
        for one in dict.fromkeys((text, _without_reach(text))):  # an id may stand right behind a number
            found |= dict.fromkeys(self.folded.named_in(one_spaced(one)))
            if not one.isascii():  # of what is ASCII, folding changes the case and one quote alone
                found |= dict.fromkeys(self.cased.named_in(one.casefold()))
                found |= dict.fromkeys(self.cased.named_in(one.replace(_IOTA, "\u0301").casefold()))
        return list(found)


def masked_text(text: str, user_ids: Iterable[str] = (), salt: bytes = b"") -> str:
    """The text with e-mail addresses, numbers of six digits or more, and these user ids masked.

    An id is masked where it stands as a word of its own, in any spelling, by its alias: that of the very id where it is
    one, else of one that differs as little as possible. `salt` is needed with ids alone. A number is also one whose
    digits stand apart, as in a phone number.

    Raises:
        ValueError: There are ids, and the salt is too short.
    """
    spelt, cased = one_spaced(text), text.casefold()  # where an id is not in them, no pattern is made for it
    stripped = ((one, one.strip()) for one in user_ids)
    ids = [one for one, name in stripped if name and (one_spaced(name).strip() in spelt or name.casefold() in cased)]
    if not ids:
        return _without_reach(text)
    in_one_case = {name.casefold(): name for one in ids for name in (one, one.strip())}.values()
    known = "|".join(re.escape(one) for one in sorted(in_one_case, key=lambda one: (-len(one), one)))
    alone, left = (
        re.compile(rf"{kept}(?<!{beside})({known})(?!{beside})", re.IGNORECASE)
        for kept, beside in (("", rf"(?:{_LETTER}|[{_AT}])"), (f"{MASK.pattern}|", _LETTER))
    )

    def alias(match: re.Match[str]) -> str:
        return masked_person(_nearest(match[1], ids), salt) if match[1] else match[0]

    masked = alone.sub(alias, text)
    if with_reach := [one for one in ids if _without_reach(one) != one]:  # as cus-123456: no part of it may be left
        masked = _without_mentions(masked, with_reach, salt, _without_reach)
    else:
        masked = _without_reach(masked)
    masked = left.sub(alias, masked)  # beside an @ that is no address, and right behind a number; what is masked stays
    return _without_mentions(masked, ids, salt)


def _without_reach(text: str) -> str:
    """The text without addresses and numbers."""
    return _NUMBER.sub(NUMBER, _ADDRESS.sub(E_MAIL, text))


def _nearest(mention: str, ids: Iterable[str]) -> str:
    """The id that a mention is, or else the one that differs least: in form, in case, then in what is folded."""
    forms: tuple[Callable[[str], str], ...] = (str, composed, lambda one: composed(one).casefold(), one_spaced)

    def distance(user_id: str) -> tuple[bool, ...]:
        return (user_id != mention, *(form(user_id.strip()) != form(mention.strip()) for form in forms))

    return min(ids, key=lambda one: (distance(one)[::-1], one))


def _without_mentions(masked: str, ids: list[str], salt: bytes, between: Callable[[str], str] = str) -> str:
    """A masked text without the ids that stand in it in another spelling. What is masked stays so.

    A number or an address that a part of an id stands in goes along with it. `between`: masks what is between them.
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
        is_alias = (first, last) in taken
        if first < done or is_inside or is_alias or re.match(_LETTER, spelt[end:]):
            continue
        mentioned = _nearest(masked[slice(*mention)], known.by_spelling[spelt[start:end]])
        parts += [between(masked[done:first]), masked_person(mentioned, salt)]
        done = last
    return "".join([*parts, between(masked[done:])])


def masked_name(name: str, people: People, salt: bytes) -> str:
    """A status, a sentiment, a tag or a source as a text that strangers wrote; the documented ones stay.

    Raises:
        ValueError: It names somebody, and the salt is too short.
    """
    return name if name in DOCUMENTED else masked_text(name, people.named_in(name), salt)


def masked_person(user_id: str, salt: bytes) -> str:
    """An alias, as in "person bdfkmwzx": the same for the same id and salt, and nothing of the id can be told from it.

    It is keyed with the salt, so who has a list of ids and no salt cannot find out whose it is. Among 50,000 people,
    the chance that any two share one is 5 %.

    Raises:
        ValueError: The salt is shorter than 16 bytes.
    """
    if len(salt) < SHORTEST_SALT:
        raise ValueError(f"A salt has at least {SHORTEST_SALT} random bytes.")
    key = hashlib.sha256(salt).digest()
    number = int.from_bytes(hashlib.blake2b(user_id.encode("utf-8", "surrogatepass"), key=key).digest())
    letters = []
    for _ in range(_ALIAS_LENGTH):
        number, letter = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[letter])
    return f"person {''.join(letters)}"
