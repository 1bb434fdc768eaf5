"""Feedback text for display: bounded in length, on one line, with bidirectional controls made visible."""

from __future__ import annotations

import re

BIDI_CONTROLS = {
    "\u202a": "LRE",
    "\u202b": "RLE",
    "\u202c": "PDF",
    "\u202d": "LRO",
    "\u202e": "RLO",
    "\u2066": "LRI",
    "\u2067": "RLI",
    "\u2068": "FSI",
    "\u2069": "PDI",
}
"""Characters that reorder the text around them, and so can make a name read like another one."""

_BIDI = re.compile(f"[{''.join(BIDI_CONTROLS)}]")


def visible(text: str) -> str:
    """The text with bidirectional controls spelt out, such as "⟦RLO⟧"."""
    return _BIDI.sub(lambda match: f"⟦{BIDI_CONTROLS[match[0]]}⟧", text)


def item_count(count: int) -> str:
    """A number of items in words: "1 item", "2,400 items"."""
    return f"{count:,} item{'' if count == 1 else 's'}"


def row_count(count: int) -> str:
    """A number of rows in words: "1 row", "2,400 rows"."""
    return f"{count:,} row{'' if count == 1 else 's'}"


def duration(seconds: float) -> str:
    """A duration in words, as exact as it can be: "a minute", "20 minutes", "3 hours"."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return "a minute"
    if minutes < 120:
        return f"{minutes} minute{'' if minutes == 1 else 's'}"
    return f"{round(minutes / 60):,} hours"


def percent(share: float, plus: str = "") -> str:
    """A share from -1 to 1 in whole percent; "<1%" and ">99%" when it would otherwise round to 0 or 100.

    `plus`: the sign of positive shares.
    """
    size, (sign, less, more) = abs(share), (plus, "<", ">") if share > 0 else ("-" if share else "", ">", "<")
    if 0 < size <= 0.005:
        return f"{less}{sign}1%"
    return f"{more}{sign}99%" if 0.995 <= size < 1 else f"{sign}{size:.0%}"


def first_line(text: str, length: int = 160) -> str:
    """The beginning of a text on one line, at most `length` characters long, with an ellipsis when it was cut."""
    text = text.strip()
    line = " ".join(visible(text[: 4 * length]).split())
    if len(line) <= length and len(text) <= 4 * length:
        return line
    return f"{line[: length - 1].rstrip()}…"
