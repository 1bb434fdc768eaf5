"""Texts and people fit to be shared: without e-mail addresses, phone numbers, long numbers and user ids.

What is masked is what is written as such. Names stay, and addresses that are spelt out or set apart ("anna at example
dot com", "anna @ example.com"), amounts ("4,711,008"), and ids that are part of a longer word ("picture_of_u_1.png") or
written with other letters, accents or blanks than the account has them.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from loop_client.report.breakdown import RESTS
from loop_client.report.counting import NOT_SET, SENTIMENTS, STATUSES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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
_HIDDEN: Final = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\u20e3\ufe0f\ufeff"
_BETWEEN: Final = rf"[\s().+/\\\-_*#~|·•\u2010-\u2015\u2212{_HIDDEN}]"
_NUMBER: Final = re.compile(rf"\+?\(?{_DIGIT}(?:{_BETWEEN}{{0,4}}{_DIGIT}){{5,}}")
"""Six digits or more with nothing but what people write between digits: phone, card and order numbers, dates too."""


_RUN_ON: Final = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Scripts without blanks between words (Thai, Lao, Burmese, Khmer, kana, Han): any of their letters may end a word."""

_LETTER: Final = rf"[^\W{_RUN_ON}]"

MASK: Final = re.compile(
    rf"{re.escape(E_MAIL)}|{re.escape(NUMBER)}|person [{_LETTERS}]{{{_ALIAS_LENGTH}}}(?![\w{_AT}])"
)
"""What stands for something that was masked."""

DOCUMENTED: Final = frozenset({*STATUSES, *SENTIMENTS, NOT_SET, *RESTS.values()})
"""Names that tell of nobody, also where somebody has one as an id."""

_PIECE: Final = re.compile(rf"{_LETTER}+|\S")
"""A word, or a sign; an id begins with one of them."""


@dataclass(frozen=True, slots=True)
class People:
    """The people of an account: whom a text can name.

    `ids`: case-folded id → id. `lengths`: first piece of an id → how long the ids are that begin with it.
    """

    ids: Mapping[str, str]
    lengths: Mapping[str, frozenset[int]]

    @classmethod
    def of(cls, user_ids: Iterable[str]) -> Self:
        """Those who have these ids."""
        ids = {user_id.casefold(): user_id for user_id in user_ids if user_id.strip()}
        lengths: dict[str, set[int]] = {}
        for folded in ids:
            if piece := _PIECE.match(folded):
                lengths.setdefault(piece[0], set()).add(len(folded))
        return cls(ids, {piece: frozenset(known) for piece, known in lengths.items()})

    def named_in(self, text: str) -> list[str]:
        """The ids that stand in a text, in any case, each once; however many people there are, at the same cost."""
        folded = text.casefold()
        candidates = (
            folded[piece.start() : piece.start() + length]
            for piece in _PIECE.finditer(folded)
            for length in self.lengths.get(piece[0], ())
        )
        return list(dict.fromkeys(self.ids[one] for one in candidates if one in self.ids))


def masked_text(text: str, user_ids: Iterable[str] = (), salt: bytes = b"") -> str:
    """The text with e-mail addresses, numbers of six digits or more, and these user ids masked.

    An id is masked where it stands as a word of its own, in any case, by its alias; `salt` is needed with ids alone. A
    number is also one whose digits stand apart, as in a phone number.

    Raises:
        ValueError: There are ids, and the salt is too short.
    """
    ids = {user_id.casefold(): user_id for user_id in user_ids if user_id.strip()}
    if text.isascii():  # then, where an id is, its letters are in either case: no pattern is made for most texts
        folded = text.casefold()
        ids = {key: user_id for key, user_id in ids.items() if not user_id.isascii() or key in folded}
    if not ids:
        return _NUMBER.sub(NUMBER, _ADDRESS.sub(E_MAIL, text))
    known = "|".join(re.escape(user_id) for user_id in sorted(ids.values(), key=lambda one: (-len(one), one)))
    alone, left = (
        re.compile(rf"{kept}(?<!{beside})({known})(?!{beside})", re.IGNORECASE)
        for kept, beside in (("", rf"(?:{_LETTER}|[{_AT}])"), (f"{MASK.pattern}|", _LETTER))
    )

    def alias(match: re.Match[str]) -> str:
        return masked_person(ids.get(match[1].casefold(), match[1]), salt) if match[1] else match[0]

    masked = _NUMBER.sub(NUMBER, _ADDRESS.sub(E_MAIL, alone.sub(alias, text)))
    return left.sub(alias, masked)  # beside an @ that is no address, and right behind a number; what is masked stays


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
