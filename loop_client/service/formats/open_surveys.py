"""Surveys whose exports name their columns exactly: Qualtrics, Formbricks, LimeSurvey."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from loop_client.service.formats.description import Format, Plan, has, split_at
from loop_client.service.formats.headers import folded
from loop_client.service.formats.ideas import unguarded
from loop_client.service.formats.lime import vv_records
from loop_client.service.formats.questions import choices_of, message_of, people_of, questions, rating_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loop_client.service.formats.description import Group, Sample

_STATUS: Final = {
    "survey preview": "survey preview",
    "1": "survey preview",
    "survey test": "survey test",
    "2": "survey test",
    "spam": "marked as spam",
    "8": "marked as spam",
}
"""Status of a response → why it is skipped."""

_UNFINISHED: Final = frozenset({"false", "0"})


def import_id(cell: str) -> str | None:
    """The id that a cell of the third header record names; None where it is no such cell."""
    if not cell.lstrip().startswith("{"):
        return None
    try:
        found = json.loads(cell)
    except (ValueError, RecursionError):
        return None
    name = found.get("ImportId") if isinstance(found, dict) else None
    return name if isinstance(name, str) else None


def _is_qualtrics(records: Sequence[Sequence[str]]) -> bool:
    """Whether every cell of the third record, and of no other, is such JSON."""
    return len(records) > 2 and bool(records[2]) and all("importid" in cell and _is_json(cell) for cell in records[2])


def _is_json(cell: str) -> bool:
    try:
        return isinstance(json.loads(cell), dict)
    except (ValueError, RecursionError):
        return False


def _qualtrics(sample: Sample) -> Plan:
    """The ids of the third record tell what kind of field a column is; authors may rename the columns."""
    header = sample.header
    ids = [import_id(cell) or "" for cell in header.records[2]]
    groups = {name.removesuffix("_NPS_GROUP"): at for at, name in enumerate(ids) if name.endswith("_NPS_GROUP")}
    rating: list[tuple[Group, str | None]] = []
    for name, group in groups.items():
        scores = tuple(at for at, one in enumerate(ids) if one == name)
        rating += [((at,), "nps") for at in scores]
        rating.append(((group,), "nps-groups"))
    own = {at for at, name in enumerate(ids) if not re.match("QID", name)}
    texts = questions(sample, [at for at, name in enumerate(ids) if at not in own and name.endswith("_TEXT")])
    scored = {at for group, _ in rating for at in group}
    others = [at for at, name in enumerate(ids) if at not in own | scored and not name.endswith("_TEXT")]
    if not rating:
        rating = list(rating_of(questions(sample, others)))
        scored = {at for group, _ in rating for at in group}
    topics = [at for at, name in enumerate(header.names) if folded(name).endswith("- topics")]
    choices = [(at,) for at in others if at not in scored and at not in topics]
    return Plan(
        user_id=sample.header.groups("externalreference", "recipientemail", "responseid"),
        message=message_of(texts) or tuple(one.group for one in texts[:1]),
        rating=tuple(rating),
        tag=(*choices[:1], *((at,) for at in topics)),
    )


QUALTRICS_IDS: Final = frozenset({"responseid", "response id", "_recordid"})

_QUALTRICS: Final = Format(
    name="qualtrics",
    source="qualtrics",
    matches=_is_qualtrics,
    headers=3,
    response_ids=QUALTRICS_IDS,
    date=("recordeddate", "enddate", "startdate"),
    choose=_qualtrics,
    skips={"status": _STATUS},
    unfinished=("finished", _UNFINISHED),
)

_OLD_OWN: Final = frozenset(
    {"responseid", "responseset", "name", "externaldatareference", "email", "emailaddress", "ipaddress", "status"}
    | {"startdate", "enddate", "finished", "locationlatitude", "locationlongitude", "locationaccuracy"}
)


def _is_old_qualtrics(records: Sequence[Sequence[str]]) -> bool:
    return len(records) > 1 and records[0][:1] == ["v1"] and records[1][:1] == ["responseid"]


def _old_qualtrics(sample: Sample) -> Plan:
    texts = sample.header.records[1]
    asked = questions(
        sample, [at for at, name in enumerate(texts) if folded(name) not in _OLD_OWN], lambda at: texts[at]
    )
    message, rating = message_of(asked), rating_of(asked)
    return Plan(
        user_id=sample.header.groups("externaldatareference", "emailaddress", "email", "responseid"),
        message=message,
        rating=rating,
        tag=choices_of(asked, (*message, *(group for group, _ in rating)), lambda value: [value]),
    )


QUALTRICS: Final = (
    _QUALTRICS,
    Format(
        name="qualtrics",
        source="qualtrics",
        matches=_is_old_qualtrics,
        headers=2,
        response_ids=QUALTRICS_IDS,
        date=("enddate", "startdate"),
        choose=_old_qualtrics,
        skips={"status": _STATUS},
        unfinished=("finished", _UNFINISHED),
    ),
)

_QUESTION: Final = re.compile(r"\d+\. ")
_OPTION_ID: Final = re.compile(r".* - option id")


def _formbricks(sample: Sample) -> Plan:
    """Questions are numbered; the second column of a choice question holds the ids of its options."""
    header = sample.header
    numbered = [at for at, name in enumerate(header.names) if _QUESTION.match(folded(name))]
    ids = {folded(header.names[at]) for at in numbered if _OPTION_ID.fullmatch(folded(header.names[at]))}
    asked = questions(sample, [at for at in numbered if folded(header.names[at]) not in ids])
    choices = [one for one in asked if f"{folded(one.title)} - option id" in ids]
    texts = [one for one in asked if one not in choices]
    return Plan(
        user_id=sample.header.groups("user id", "person.email", "response id"),
        message=message_of(texts),
        rating=rating_of(texts),
        tag=(*sample.header.groups("tags"), *(one.group for one in choices[:1])),
    )


def _formbricks_tags(value: str) -> list[str]:
    """Tags are joined with comma and space, several choices with semicolon and space."""
    return split_at("; ")(value) if "; " in value else split_at(", ")(value)


FORMBRICKS: Final = Format(
    name="formbricks",
    source="formbricks",
    matches=has("no.", "response id", "survey id", "formbricks id (internal)"),
    response_ids=frozenset({"response id"}),
    tags=_formbricks_tags,
    date=("timestamp",),
    choose=_formbricks,
    unguard=unguarded,
    unfinished=("finished", frozenset({"no"})),
)

LIME_OWN: Final = frozenset({"id", "submitdate", "lastpage", "startlanguage"})
_LIME_MORE: Final = LIME_OWN | {"seed", "token", "startdate", "datestamp", "ipaddr", "refurl"}


def lime_folded(name: str) -> str:
    """A name as `folded`; of "code. text", where the setting writes both, the code if it is one of LimeSurvey's own."""
    key = folded(name)
    code = key.partition(". ")[0]
    return code if code in _LIME_MORE else key


def _limesurvey(sample: Sample) -> Plan:
    """Codes of single questions are tags; `Q2[SQ001]` is one part of a question of several."""
    header = sample.header
    codes = header.records[-1]
    positions = [at for at, name in enumerate(codes) if lime_folded(name) not in _LIME_MORE]
    asked = questions(sample, positions, lambda at: header.names[at])
    single = [one for one in asked if "[" not in codes[one.group[0]]]
    message, rating = message_of(asked), rating_of(single)
    return Plan(
        user_id=(*sample.header.groups("token"), *people_of(asked), *sample.header.groups("id")),
        message=message,
        rating=rating,
        tag=choices_of(single, (*message, *(group for group, _ in rating)), lambda value: [value]),
    )


LIMESURVEY: Final = Format(
    name="limesurvey-csv",
    source="limesurvey",
    matches=has(*LIME_OWN),
    response_ids=frozenset({"id"}),
    date=("submitdate", "datestamp", "startdate"),
    choose=_limesurvey,
    unfinished=("submitdate", frozenset({""})),
    fold=lime_folded,
)

LIMESURVEY_VV: Final = Format(
    name="limesurvey-vv",
    source="limesurvey",
    matches=lambda records: len(records) > 1 and set(records[1]) >= LIME_OWN,
    headers=2,
    reader=vv_records,
    response_ids=frozenset({"id"}),
    date=("submitdate", "datestamp", "startdate"),
    choose=_limesurvey,
    unfinished=("submitdate", frozenset({""})),
    fold=lime_folded,
)
