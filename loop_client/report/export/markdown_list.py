"""Items as a Markdown list, for pasting."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from loop_client.mirror.columns import shown_tag
from loop_client.query.text import visible
from loop_client.report.export.about import one_line
from loop_client.report.export.items import RANK, RAW, TEXTS

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from loop_client.report.export.about import About
    from loop_client.report.export.items import Items


def markdown_pieces(items: Items, about: About) -> Generator[bytes]:
    """Yield a list for pasting, with the metadata and the message of each item.

    Text from outside is set as code: the only place where no dialect of Markdown, and no later processing, creates
    links, images, mentions, emoji, formulas or HTML. Escaping is not enough: some dialects make links of escaped text.
    Bidirectional controls are spelt out.
    """
    parts = about.parts(len(items), code, share_safe=items.mask is not None)
    yield f"{' · '.join(parts)}\n\n".encode("utf-8", "replace")
    for piece in items.pieces():
        columns = {name: cells.to_pylist() for name, cells in piece.items()}
        rows = zip(*columns.values(), strict=True)
        yield "".join(f"{_entry(dict(zip(columns, row, strict=True)))}\n" for row in rows).encode()


def _entry(item: Mapping[str, str | None]) -> str:
    """One item of the list, its message in a fence that is longer than any in it."""
    named = [code(fact) for name in TEXTS if name != "message" and (fact := item[name])]
    sent = item[RAW]
    if sent is not None and item["tag"] is not None and shown_tag(sent) != item["tag"]:
        named.append(f"tag as sent: {code(sent)}")
    ranked = [f"rank {item[RANK]}"] if item.get(RANK) else []
    line = " · ".join([item["created_local"] or "", *named, *ranked])
    text = re.sub("\r\n?", "\n", visible(item["message"] or "")).replace("\n", "\n  ")
    fence = "`" * max(3, 1 + max((len(ticks) for ticks in re.findall("`+", text)), default=0))
    return f"- {line}\n\n  {fence}text\n  {text}\n  {fence}\n"


def code(value: object) -> str:
    """A value as code on one line: no dialect of Markdown sees markup or a link in it."""
    line = one_line(value)
    fence = "`" * (1 + max((len(ticks) for ticks in re.findall("`+", line)), default=0))
    edge = " " if line[0] == "`" or line[-1] == "`" else ""
    return f"{fence}{edge}{line}{edge}{fence}"
