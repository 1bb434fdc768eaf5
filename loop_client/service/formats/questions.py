"""Which of a survey's questions is the message, which the rating and which the tag: one plain rule, by the answers.

The message is the question whose different answers hold the most text. The rating is the first question whose scale is
certain, else the first that looks like one. The tag is the first question of short, repeated answers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from loop_client.service.formats.description import Plan
from loop_client.service.formats.headers import folded
from loop_client.service.formats.scales import certain_scale, is_rating

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from loop_client.service.formats.description import Group, Sample

LONGEST_COUNTED: Final = 200
"""Characters of an answer that count: one long answer does not make a question."""

LONGEST_CHOICE: Final = 60

FEW: Final = 10
"""Answers below which a choice need not have been given twice."""

_NO_TEXT: Final = {
    "email": re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+"),
    "link": re.compile(r"https?://\S+"),
    "phone": re.compile(r"'?\+?[\d\s()/.-]{6,}"),
    "date": re.compile(r"\d{1,4}[-/.]\w{1,4}[-/.]\d{1,4}(?:[ T][\d:.]+.*)?"),
    "token": re.compile(r"(?=.*\d)[0-9A-Za-z_-]{16,}"),
    "number": re.compile(r"[-+]?\d+(?:[.,]\d+)?(?:e[+-]?\d+)?%?|\d+ / \d+", re.IGNORECASE),
}
"""Kinds of answers that are no text, each as what all answers of a question look like."""

_CONTACT: Final = re.compile(
    r"\b(?:e-?mail|phone|telephone|telefon|mobile number|address|company|(?:first|last|full|your|user)[ _]?name)\b"
    r"|^name$"
)
IDENTITY: Final = frozenset(
    {"user id", "user_id", "userid", "customer id", "customer_id", "customerid", "external id", "external_id", "uid"}
)
"""Names of columns that hold a person's id."""


def plan_by_questions(own: frozenset[str], response: str, tag: str) -> Callable[[Sample], Plan]:
    """A rule for tables whose columns are all questions but the tool's own. `response`, `tag`: two of these."""

    def plan(sample: Sample) -> Plan:
        header = sample.header
        asked = questions(sample, (at for at, name in enumerate(header.names) if folded(name) not in own))
        return Plan(
            user_id=(*people_of(asked), header.positions(response)),
            message=message_of(asked),
            rating=rating_of(asked),
            tag=(header.positions(tag),),
        )

    return plan


@dataclass(frozen=True, slots=True)
class Question:
    """One question: the columns of this name, and the different answers of the beginning of the file."""

    group: Group
    title: str
    answers: tuple[str, ...]
    count: int

    @property
    def kind(self) -> str:
        """What its answers are: "" without any, a kind of `_NO_TEXT`, "rating" or "text"."""
        if not self.answers:
            return ""
        for kind, pattern in _NO_TEXT.items():
            if kind != "number" and all(pattern.fullmatch(answer) for answer in self.answers):
                return kind
        if is_rating(map(folded, self.answers)):
            return "rating"
        return "number" if all(_NO_TEXT["number"].fullmatch(answer) for answer in self.answers) else "text"

    @property
    def weight(self) -> int:
        """How much text it holds; longer answers count more."""
        return sum(min(len(answer), LONGEST_COUNTED) ** 2 for answer in self.answers)

    @property
    def is_contact(self) -> bool:
        """Whether it asks how somebody can be reached."""
        return self.kind in {"email", "phone"} or bool(_CONTACT.search(folded(self.title)))

    def is_choice(self, tags: Callable[[str], list[str]]) -> bool:
        """Whether its answers were chosen from a list: short, on one line, and some given more than once."""
        options = [tag for answer in self.answers for tag in tags(answer)]
        if not all(len(one) <= LONGEST_CHOICE and "\n" not in one and one[-1] not in ".!?" for one in options):
            return False
        return self.count < FEW or 2 * len(self.answers) <= self.count


def questions(sample: Sample, positions: Iterable[int], title_of: Callable[[int], str] | None = None) -> list[Question]:
    """The questions in these columns, in order; columns of one name are one question."""
    title_of = title_of or (lambda at: sample.header.names[at])
    groups: dict[str, list[int]] = {}
    for at in positions:
        groups.setdefault(folded(title_of(at)) or f"\0{at}", []).append(at)
    found = []
    for group in groups.values():
        values = [value for at in group for value in sample.values(at)]
        found.append(Question(tuple(group), title_of(group[0]), tuple(dict.fromkeys(values)), len(values)))
    return found


def message_of(asked: Iterable[Question]) -> tuple[Group, ...]:
    """The question that holds the message; empty where there is none."""
    texts = [one for one in asked if one.kind == "text" and not one.is_contact and not is_identity(one)]
    best = max(texts, key=lambda one: one.weight, default=None)
    return (best.group,) if best else ()


def rating_of(asked: Iterable[Question]) -> tuple[tuple[Group, str | None], ...]:
    """The question that holds the rating; its scale is found from all its values, when they are known."""
    rated = [one for one in asked if one.kind == "rating" and not is_identity(one)]
    certain = [one for one in rated if certain_scale(map(folded, one.answers), one.title)]
    best = next(iter(certain or rated), None)
    return ((best.group, None),) if best else ()


def choices_of(
    asked: Iterable[Question], taken: Iterable[Group], tags: Callable[[str], list[str]]
) -> tuple[Group, ...]:
    """The first question of choices that is not taken."""
    others = {at for group in taken for at in group}
    for one in asked:
        if one.kind == "text" and others.isdisjoint(one.group) and not one.is_contact and one.is_choice(tags):
            return (one.group,)
    return ()


def people_of(asked: Iterable[Question]) -> tuple[Group, ...]:
    """The questions whose answers name a person: ids first, then e-mail addresses."""
    asked = list(asked)
    ids = [one.group for one in asked if is_identity(one)]
    return (*ids, *(one.group for one in asked if one.kind == "email" and one.group not in ids))


def is_identity(question: Question) -> bool:
    """Whether the column holds a person's id, by its name."""
    return folded(question.title) in IDENTITY
