"""This product's own exports, of all versions, as tables and as JSON."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from loop_client.report.export import unguarded
from loop_client.service.formats.description import Format
from loop_client.service.formats.headers import folded

if TYPE_CHECKING:
    from collections.abc import Sequence

COLUMNS: Final = ("id", "user_id", "message", "sentiment", "source", "tag", "status", "created_at")
"""The first columns of every version. Later: `created_local`, perhaps those of a rank, and one that begins "about"."""

_SHARE_SAFE: Final = re.compile(r'"share_safe": ?true\b|(?:^| · |\n)share_safe: true(?= · |\n|$)')


def is_own(records: Sequence[Sequence[str]]) -> bool:
    """Whether a header is that of an export: its last column is named "about", or it is a workbook's."""
    if not records or tuple(map(folded, records[0][: len(COLUMNS)])) != COLUMNS:
        return False
    return any(re.match(r"about\b|created_local$", folded(name)) for name in records[0][len(COLUMNS) :])


def is_share_safe(about: str) -> bool:
    """Whether the description of an export says that its people are aliases."""
    return bool(_SHARE_SAFE.search(about))


LOOP_CSV: Final = Format(
    name="loop-csv",
    source="",
    matches=is_own,
    user_id=("user_id",),
    message=("message",),
    rating=("sentiment",),
    scale="loop",
    tag=("tag",),
    row_source=("source",),
    date=("created_at",),
    item_id=("id",),
    status=("status", frozenset({"resolved"})),
    unguard=unguarded,
    guards_workbooks=False,
)
