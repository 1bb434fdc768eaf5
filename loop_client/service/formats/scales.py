"""Ratings → sentiments: the known scales, and the rule that says which one a column has, if that is certain."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from loop_client.service.formats.headers import folded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_NUMBER: Final = re.compile(r"(\d{1,4})(?:[.,]0+)?")

NO_RATING: Final = frozenset({"offered", "unoffered", "received"})
"""Values that say that nobody has rated yet."""


def number(value: str) -> int | None:
    """The whole number that a cell holds, also written as 10.0; None for anything else."""
    match = _NUMBER.fullmatch(value)
    return int(match[1]) if match else None


def _stars(value: str) -> str | None:
    return {1: "negative", 2: "negative", 3: "neutral", 4: "positive", 5: "positive"}.get(number(value) or 0)


def _nps(value: str) -> str | None:
    score = number(value)
    if score is None or score > 10:
        return None
    return "negative" if score <= 6 else "neutral" if score <= 8 else "positive"


def _nps_group(value: str) -> str | None:
    groups = {"detractor": "negative", "passive": "neutral", "promoter": "positive"}
    return groups.get(value) or {1: "negative", 2: "neutral", 3: "positive"}.get(number(value) or 0)


_SATISFIED: Final = re.compile(r"(?:(?:very|extremely|completely|mostly|somewhat|quite) )?((?:dis|un)?satisfied)")


def _satisfaction(value: str) -> str | None:
    if match := _SATISFIED.fullmatch(value):
        return "positive" if match[1] == "satisfied" else "negative"
    return "neutral" if value == "neutral" or re.fullmatch("neither .+ nor .+", value) else None


def _good_bad(value: str) -> str | None:
    return {"good": "positive", "bad": "negative"}.get(value)


def _words(value: str) -> str | None:
    return value if value in {"negative", "neutral", "positive"} else None


SCALES: Final[dict[str, Callable[[str], str | None]]] = {
    "stars-5": _stars,
    "nps": _nps,
    "nps-groups": _nps_group,
    "satisfaction-words": _satisfaction,
    "good-bad": _good_bad,
    "words": _words,
    "loop": _words,
}
"""Scale → the sentiment of a folded value; None for a value that it does not know."""

WORDS: Final = ("satisfaction-words", "words", "good-bad", "nps-groups")
"""The scales whose values are words, in the order in which they are tried."""

RECOMMEND: Final = re.compile(r"\brecommend|\bnps\b|net promoter", re.IGNORECASE)
"""Questions that are usually asked on the scale 0 to 10."""


def certain_scale(values: Iterable[str], question: str) -> str | None:
    """The scale of a column, None where it is not certain: then somebody has to be asked.

    `values`: folded, all different ones that the column holds. 9 or 10, or 0 beside values above 5, say that it is
    0 to 10. Without them, values up to 5 are stars if a 5 is among them and 0 is not, and the question is none that is
    asked on 0 to 10: else they may as well be the lower half of a longer scale.
    """
    filled = {value for value in values if value and value not in NO_RATING}
    if not filled:
        return None
    numbers = {number(value) for value in filled}
    if None not in numbers:
        return _of_numbers({one for one in numbers if one is not None}, question)
    known = {name: sum(SCALES[name](value) is not None for value in filled) for name in WORDS}
    best = max(WORDS, key=lambda name: known[name])
    return best if 2 * known[best] > len(filled) else None


def _of_numbers(numbers: set[int], question: str) -> str | None:
    least, most = min(numbers), max(numbers)
    if most in {9, 10} or (least == 0 and 5 < most <= 10):
        return "nps"
    return "stars-5" if least >= 1 and most == 5 and not RECOMMEND.search(question) else None


def is_rating(values: Iterable[str]) -> bool:
    """Whether folded values look like answers on a scale, whichever it is."""
    filled = {value for value in values if value}
    numbers = [number(value) for value in filled]
    if filled and all(one is not None and one <= 10 for one in numbers):
        return True
    if all(one in {"good", "bad"} for one in filled):
        return True
    return any(number(one) is None for one in filled) and certain_scale(filled, "") not in {None, "good-bad"}


def sentiments(values: Iterable[str], scale: str | None, by_hand: dict[str, str | None]) -> dict[str, str | None]:
    """Each folded value with its sentiment: by hand, else by the scale; values that neither knows are left out."""
    found: dict[str, str | None] = {}
    for value in values:
        plain = number(value)
        key = value if plain is None else str(plain)
        if value in by_hand or key in by_hand:
            found[value] = by_hand.get(value, by_hand.get(key))
        elif scale is not None and (sentiment := SCALES[scale](value)) is not None:
            found[value] = sentiment
        elif value in NO_RATING and scale == "good-bad":
            found[value] = None
    return found


def hand_made(ratings: dict[str, str]) -> dict[str, str | None]:
    """Values that somebody rated by hand, as they are compared; an empty sentiment means none."""
    return {folded(value): sentiment or None for value, sentiment in ratings.items()}
