"""Surveys in which questions are columns: Typeform, SurveyMonkey, Google Forms, Microsoft Forms."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from loop_client.service.formats.description import Format, Plan, has, split_at
from loop_client.service.formats.headers import folded
from loop_client.service.formats.ideas import unguarded
from loop_client.service.formats.questions import choices_of, message_of, plan_by_questions, questions, rating_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from loop_client.service.formats.description import Group, Sample

TYPEFORM_OWN: Final = frozenset(
    {"#", "response type", "start date (utc)", "stage date (utc)", "submit date (utc)", "network id", "tags", "ending"}
)

TYPEFORM: Final = Format(
    name="typeform",
    source="typeform",
    matches=has("start date (utc)", "submit date (utc)", first="#"),
    response_ids=frozenset({"#"}),
    tags=split_at(", "),
    date=("submit date (utc)", "start date (utc)"),
    choose=plan_by_questions(TYPEFORM_OWN, "#", "tags"),
    unguard=unguarded,
    unfinished=("response type", frozenset({"partial", "started"})),
)

SURVEYMONKEY_OWN: Final = frozenset(
    {"respondent id", "collector id", "start date", "end date", "date created", "date modified", "ip address"}
    | {"email address", "first name", "last name", "custom data 1", "custom data", "respondentid", "collectorid"}
    | {"startdate", "enddate", "lastname", "firstname", "customdata", "emailaddress", "ipaddress"}
)

_OPEN_ENDED: Final = "open-ended response"
_RESPONSE: Final = "response"


def carried(records: Sequence[Sequence[str]]) -> list[list[str]]:
    """The header with each question repeated over the blanks to its right, which are its other options."""
    names, question = [], ""
    for name, option in zip(records[0], records[1], strict=True):
        question = name if name.strip() or not option.strip() else question
        names.append(question)
    return [names, *map(list, records[1:])]


def _surveymonkey(sample: Sample) -> Plan:
    """The second header record tells open answers, ratings and choices apart; where it is blank, the answers do."""
    header = sample.header
    options = [folded(option) for option in (header.records[1] if len(header.records) > 1 else [""] * len(header))]
    own = [at for at, name in enumerate(header.names) if folded(name) in SURVEYMONKEY_OWN]
    asked = [at for at in range(len(header)) if at not in own]
    opened = questions(sample, [at for at in asked if options[at] == _OPEN_ENDED], _by_column(sample))
    single = questions(sample, [at for at in asked if options[at] in {"", _RESPONSE}])
    message = message_of(opened) or message_of(single)
    names = ("email address", "emailaddress", "custom data 1", "custom data", "customdata")
    return Plan(
        user_id=header.groups(*names, "respondent id", "respondentid"),
        message=message,
        rating=rating_of(single),
        tag=_options(sample, asked, options) or choices_of(single, message, split_at(", ")),
    )


def _by_column(sample: Sample) -> Callable[[int], str]:
    """Titles that keep columns of one name apart."""
    return lambda at: f"{sample.header.names[at]} {at}"


def _options(sample: Sample, asked: Sequence[int], options: Sequence[str]) -> tuple[Group, ...]:
    """The first question that has a column for each of its options."""
    groups: dict[str, list[int]] = {}
    for at in asked:
        if options[at] not in {"", _RESPONSE, _OPEN_ENDED}:
            groups.setdefault(folded(sample.header.names[at]), []).append(at)
    return next(((tuple(group),) for group in groups.values() if len(group) > 1), ())


def _is_surveymonkey(records: Sequence[Sequence[str]]) -> bool:
    names = set(records[0]) if records else set()
    return {"respondent id", "collector id"} <= names or {"respondentid", "collectorid"} <= names


def _has_options(records: Sequence[Sequence[str]]) -> bool:
    """Whether the second record is the options, which has nothing below the id of the respondent."""
    return _is_surveymonkey(records) and len(records) > 1 and not records[1][0]


_SURVEYMONKEY: Final = Format(
    name="surveymonkey",
    source="surveymonkey",
    matches=_has_options,
    headers=2,
    arrange=carried,
    response_ids=frozenset({"respondent id", "respondentid"}),
    date=("end date", "start date", "enddate", "startdate", "date created"),
    choose=_surveymonkey,
)

_GOOGLE_OWN: Final = frozenset({"timestamp", "email address", "username", "score"})


def _google_forms(sample: Sample) -> Plan:
    header, names = sample.header, [folded(name) for name in sample.header.names]
    asked = questions(sample, (at for at, name in enumerate(names) if name not in _GOOGLE_OWN))
    people = (*header.groups("email address", "username"), *_emails(header.names))
    message, rating = message_of(asked), rating_of(asked)
    return Plan(
        user_id=people,
        message=message,
        rating=rating,
        tag=choices_of(asked, (*message, *(group for group, _ in rating)), split_at(", ")),
    )


_EMAIL: Final = re.compile(r"\be-?mail\b", re.IGNORECASE)


def _emails(names: Sequence[str]) -> list[Group]:
    """The columns that are called email."""
    return [(at,) for at, name in enumerate(names) if _EMAIL.search(name)]


GOOGLE_FORMS: Final = Format(
    name="google-forms",
    source="google-forms",
    matches=has(first="timestamp"),
    tags=split_at(", "),
    date=("timestamp",),
    choose=_google_forms,
)

MS_FORMS_OWN: Final = ("id", "start time", "completion time", "email", "name")
_QUIZ: Final = re.compile(r"(?:points|feedback) - .*|total points|quiz feedback|last modified time|grade posted time")


def _is_ms_forms(records: Sequence[Sequence[str]]) -> bool:
    return bool(records) and tuple(records[0][: len(MS_FORMS_OWN)]) == MS_FORMS_OWN


def _ms_forms(sample: Sample) -> Plan:
    header, names = sample.header, [folded(name) for name in sample.header.names]
    own = range(len(MS_FORMS_OWN))
    asked = questions(sample, (at for at, name in enumerate(names) if at not in own and not _QUIZ.fullmatch(name)))
    message, rating = message_of(asked), rating_of(asked)
    return Plan(
        user_id=(header.positions("email"), (0,)),
        message=message,
        rating=rating,
        tag=choices_of(asked, (*message, *(group for group, _ in rating)), split_at(";")),
    )


MS_FORMS: Final = Format(
    name="ms-forms",
    source="ms-forms",
    matches=_is_ms_forms,
    response_ids=frozenset({"id"}),
    tags=split_at(";"),
    date=("completion time", "start time"),
    choose=_ms_forms,
    empty_ids=frozenset({"anonymous"}),
)

SURVEYMONKEY: Final = (
    _SURVEYMONKEY,
    Format(
        name="surveymonkey",
        source="surveymonkey",
        matches=_is_surveymonkey,
        response_ids=_SURVEYMONKEY.response_ids,
        date=_SURVEYMONKEY.date,
        tags=split_at(", "),
        choose=_surveymonkey,
    ),
)
