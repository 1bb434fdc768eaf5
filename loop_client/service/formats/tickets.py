"""Tickets, posts and satisfaction reports: Jira, Chatwoot, Discourse."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from loop_client.service.formats.description import Format, has

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

JIRA: Final = Format(
    name="jira",
    source="jira",
    matches=has("summary", "issue key", "issue id"),
    user_id=("reporter id", "reporter"),
    response_ids=frozenset({"issue key", "issue id"}),
    message=("summary", "description"),
    rating=("custom field (sentiment)",),
    scale="words",
    tag=("labels",),
    date=("created",),
)

CHATWOOT: Final = Format(
    name="chatwoot-csat",
    source="chatwoot",
    matches=has("agent name", "rating", "feedback comment"),
    user_id=("contact email address", "contact phone number", "contact name"),
    message=("feedback comment",),
    rating=("rating",),
    scale="stars-5",
    date=("recorded date",),
    footer=True,
)

_YES: Final = frozenset(
    [
        "yes",
        "ja",
        "oui",
        "sí",
        "si",
        "sim",
        "sì",
        "да",
        "так",
        "tak",
        "ano",
        "áno",
        "kyllä",
        "jah",
        "evet",
        "igen",
        "da",
        "ναι",
        "はい",
        "是",
        "예",
        "네",
        "نعم",
        "כן",
        "हाँ",
        "có",
        "jā",
        "taip",
        "ya",
    ]
)
_NO: Final = frozenset(
    [
        "no",
        "nein",
        "non",
        "não",
        "nee",
        "nej",
        "nei",
        "нет",
        "ні",
        "nie",
        "ne",
        "ei",
        "hayır",
        "nem",
        "nu",
        "όχι",
        "いいえ",
        "否",
        "아니요",
        "아니오",
        "لا",
        "לא",
        "नहीं",
        "không",
        "nē",
        "tidak",
    ]
)
PRIVATE: Final = "private message"


def _private(read: Callable[[str], str]) -> str | None:
    """Skip private messages. The word is translated: an unknown one is private where the post has no category."""
    word = read("is_pm").casefold()
    if word in _YES or (word not in _NO and read("categories") in {"", "-"}):
        return PRIVATE
    return None


def _category(path: str) -> list[str]:
    """The last category of a path."""
    last = path.rpartition("|")[2].strip()
    return [] if last in {"", "-"} else [last]


def _is_archive(records: Sequence[Sequence[str]]) -> bool:
    names = set(records[0]) if records else set()
    return {"topic_title", "is_pm"} <= names and not names.isdisjoint({"post_raw", "post"})


DISCOURSE: Final = Format(
    name="discourse-user-archive",
    source="discourse",
    matches=_is_archive,
    message=("post_raw", "post"),  # the older name; no file has both
    tag=("categories", "sub_category", "category"),
    tags=_category,
    date=("created_at",),
    skip=_private,
    user_in_path=re.compile(r"user_archive-(.+?)(?:-\d{6,8}-\d{4,6}[^/\\]*|-[^/\\-]*)?(?=[/\\]|\.zip|$)"),
)
