"""Formats that are JSON: reviews of the App Store, Zendesk, Delighted, Sentry, and our own exports."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from loop_client.service.formats.description import Format, has, split_at
from loop_client.service.formats.headers import folded
from loop_client.service.formats.json_list import SEPARATOR
from loop_client.service.formats.own import COLUMNS, LOOP_CSV

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from loop_client.service.formats.json_list import JsonList


def _app_store(records: Sequence[Sequence[str]]) -> bool:
    if len(records) < 2 or "type" not in records[0]:
        return False
    return records[1][records[0].index("type")] == "customerreviews"


def _not_the_app(read: Callable[[str], str]) -> str | None:
    return None if read("im:rating.label") else "not a review (the app itself)"


def missing_pages(found: JsonList) -> str | None:
    """What the file says about rows that it does not hold, as a sentence; None where it says nothing."""
    count = len(found.objects)
    totals: list[Any] = [found.other("meta", "paging", "total"), found.other("count")]
    total = max((one for one in totals if isinstance(one, int) and not isinstance(one, bool)), default=0)
    if total > count:
        return f"This file holds {count:,} of {total:,} rows: it is one page. Get the others, too."
    if any(found.other(*path) for path in (("links", "next"), ("next_page",), ("next",))):
        return f"There are more pages after the {count:,} rows of this file. Get them, too."
    return None


APP_STORE: Final = Format(
    name="app-store-connect-api",
    source="app-store",
    inside="data",
    matches=_app_store,
    user_id=("id",),
    response_ids=frozenset({"id"}),
    message=("attributes.title", "attributes.body"),
    rating=("attributes.rating",),
    scale="stars-5",
    date=("attributes.createddate",),
)

ITUNES: Final = Format(
    name="itunes-rss-json",
    source="app-store",
    inside="feed.entry",
    matches=has("id.label"),
    user_id=("id.label",),
    response_ids=frozenset({"id.label"}),
    message=("title.label", "content.label"),
    rating=("im:rating.label",),
    scale="stars-5",
    date=("updated.label",),
    skip=_not_the_app,
)

ZENDESK: Final = Format(
    name="zendesk-tickets",
    source="zendesk",
    inside="tickets",
    matches=has("requester_id"),
    user_id=("requester_id",),
    response_ids=frozenset({"id"}),
    message=("subject", "description"),
    rating=("satisfaction_rating.score",),
    scale="good-bad",
    tag=("tags",),
    tags=split_at(SEPARATOR),
    date=("created_at",),
    notes=("“good” and “bad” rate the support that the ticket got, not the product. Leave them out if that is wrong.",),
)


def _delighted(records: Sequence[Sequence[str]]) -> bool:
    names = set(records[0]) if records else set()
    is_person = any(name == "person" or name.startswith("person.") for name in names)
    return is_person and names >= {"survey_type", "score", "comment"}


DELIGHTED: Final = Format(
    name="delighted-api",
    source="delighted",
    inside="",
    matches=_delighted,
    user_id=("person", "person.id", "person.email"),
    response_ids=frozenset({"id"}),
    message=("comment",),
    rating=("score",),
    scale_by=("survey_type", {"nps": "nps"}),
    tag=("tags",),
    tags=split_at(SEPARATOR),
    date=("created_at",),
)

SENTRY: Final = Format(
    name="sentry-user-feedback",
    source="sentry",
    inside="",
    matches=has("comments", "eventid"),
    user_id=("email", "name", "eventid"),
    response_ids=frozenset({"eventid", "id"}),
    message=("comments",),
    date=("datecreated",),
)


def _is_own(records: Sequence[Sequence[str]]) -> bool:
    return bool(records) and set(map(folded, records[0])) >= {*COLUMNS}


LOOP_JSON: Final = replace(LOOP_CSV, name="loop-json", inside="items", matches=_is_own, unguard=None)

JSON_FORMATS: Final = (
    LOOP_JSON,
    APP_STORE,
    ITUNES,
    ZENDESK,
    DELIGHTED,
    SENTRY,
    replace(LOOP_JSON, inside="", matches=lambda records: _is_own(records) and "about" in records[0]),
)
"""In the order in which they are tried; the last one is our own JSON Lines."""

PLACES: Final = tuple(dict.fromkeys(form.inside for form in JSON_FORMATS if form.inside))
