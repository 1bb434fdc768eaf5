"""A digest as JSON, see "Digests" in `docs/exports.md`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from loop_client.report.digest.lines import plain

if TYPE_CHECKING:
    from loop_client.report.changes import Side
    from loop_client.report.digest import Digest, Line, Section


def json_text(digest: Digest) -> str:
    """The whole digest as one object."""
    content: dict[str, Any] = {
        "title": digest.title,
        "period": _days(digest, "now"),
        "compared_with": _days(digest, "before"),
        "is_news": digest.is_news,
        "is_complete": digest.is_complete,
        **digest.about.facts(digest.items, share_safe=digest.share_safe),
        "summary": [plain(line) for line in digest.summary],
        "volume": [
            {
                "period": bar.side,
                "first_day": str(bar.first),
                "last_day": str(bar.last),
                "items": bar.items,
                "negative": bar.negative,
            }
            for bar in digest.volume
        ],
        "sections": {section.name: _section(digest, section) for section in digest.sections},
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _days(digest: Digest, side: Side) -> dict[str, str] | None:
    """The days of a period; None if nothing is compared with it."""
    bars = [bar for bar in digest.volume if bar.side == side]
    return {"first_day": str(bars[0].first), "last_day": str(bars[-1].last)} if bars else None


def _section(digest: Digest, section: Section) -> dict[str, Any]:
    lines = [_line(line, digest.address(line) or line.rows) for line in section.lines]
    content: dict[str, Any] = {"title": section.title, "about": section.about, "lines": lines}
    return content | ({"all": [*map(dict, section.table)]} if section.table else {})


def _line(line: Line, rows: str) -> dict[str, Any]:
    quotes = [
        {"text": quote.text, "item": quote.item, "day": quote.said, "by": quote.by or None} for quote in line.quotes
    ]
    return {"sentence": line.sentence, **line.facts, "quotes": quotes, "rows": rows or None}
