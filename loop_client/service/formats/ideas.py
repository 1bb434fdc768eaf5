"""Boards of ideas, and lists of feedback: Fider, Quackback, UserVoice, LINE ABC."""

from __future__ import annotations

import re
from typing import Final

from loop_client.service.formats.description import Format, has, split_at
from loop_client.service.formats.headers import folded
from loop_client.service.formats.questions import plan_by_questions

_GUARD: Final = re.compile(r"'[=+\-@\t\r]")


def unguarded(cell: str) -> str:
    """A cell without the apostrophe that Quackback, Formbricks and Typeform put before what looks like a formula."""
    return cell[1:] if _GUARD.match(cell) else cell


def loosely_folded(name: str) -> str:
    """A name as `folded`, with underscores and hyphens as blanks: UserVoice spells its names in several ways."""
    return folded(re.sub("[_-]", " ", name))


FIDER: Final = Format(
    name="fider",
    source="fider",
    matches=has("number", "title", "original_number", "tags"),
    user_id=("created_by",),
    response_ids=frozenset({"number"}),
    message=("title", "description"),
    tag=("tags",),
    tags=split_at(", "),
    date=("created_at",),
)

QUACKBACK: Final = Format(
    name="quackback",
    source="quackback",
    matches=has("title", "content", "board", "author_email"),
    user_id=("author_email", "author_name"),
    response_ids=frozenset({"id", "source_id"}),
    message=("title", "content"),
    tag=("tags",),
    tags=split_at(","),
    date=("created_at",),
    unguard=unguarded,
)

USERVOICE: Final = Format(
    name="uservoice-full",
    source="uservoice",
    matches=has("idea id", "idea title", "idea creator email address"),
    user_id=("idea creator email address",),
    response_ids=frozenset({"idea id"}),
    message=("idea title", "idea description"),
    tag=("labels",),
    tags=split_at(","),
    date=("created timestamp",),
    skips={"moderation state": {"spam": "marked as spam"}},
    once_per="idea id",
    again="another voter of the same idea",
    fold=loosely_folded,
)

USERVOICE_ANALYSIS: Final = Format(
    name="uservoice-analysis",
    source="uservoice",
    matches=has("suggestion.id", "suggestion.title"),
    response_ids=frozenset({"suggestion.id"}),
    message=("suggestion.title", "suggestion.body"),
    tag=("suggestion.labels.name",),
    tags=split_at(","),
    date=("suggestion.created timestamp",),
    once_per="suggestion.id",
    again="another voter of the same idea",
    fold=loosely_folded,
)

_RESERVED: Final = frozenset({"id", "created", "updated", "issue"})

LINE_ABC: Final = Format(
    name="line-abc",
    source="line-abc",
    matches=has("id", "created", "updated", "issue"),
    response_ids=frozenset({"id"}),
    tags=split_at(", "),
    date=("created",),
    choose=plan_by_questions(_RESERVED, "id", "issue"),  # all other columns are the team's own
)
