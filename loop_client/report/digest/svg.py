"""Charts as SVG, without a script or a style of their own."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from loop_client.mirror.zones import written
from loop_client.report.digest.words import days_between

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from loop_client.report.changes import Side, Volume
    from loop_client.report.digest.lines import Line

WIDTH, HEIGHT, TOP, BELOW = 720, 196, 28, 24
"""Pixels of the chart of items, of the room above its bars, and of the labels below them."""

GAP: Final = 28
"""Pixels between both periods."""

ROW: Final = 26
"""Pixels of a row of the chart of tags."""

NAME: Final = 200
"""Pixels of its names."""


SIDES: Final[tuple[Side, Side]] = ("now", "before")

CLASS: Final[dict[Side, str]] = {"now": "all", "before": "before"}
"""Period → class of its bars."""


def volume_chart(volume: Sequence[Volume], markers: Sequence[tuple[date, str]] = (), plus: str = "") -> str:
    """The items of both periods over time, the earlier one on the left; the negative ones at the foot of each bar.

    `markers`: days with their names, each a line at its bar. `plus`: the suffix of counts that are lower bounds.
    """
    periods = [[bar for bar in volume if bar.side == side] for side in ("before", "now")]
    shown = [bars for bars in periods if bars]
    most = max((bar.items for bar in volume), default=0) or 1
    step = (WIDTH - GAP * (len(shown) - 1)) / max(sum(map(len, shown)), 1)
    parts, left = [], 0.0
    for bars in shown:
        title = "This period" if bars[0].side == "now" else "Before"
        parts.append(_text(left, 18, f"{title}: {sum(bar.items for bar in bars):,}{plus} items"))
        for number, bar in enumerate(bars):
            place = left + number * step
            parts.append(_bar(place, max(step - 1.5, 0.5), bar, most, plus))
            names = [f"{written(day)}: {name}" for day, name in markers if bar.first <= day <= bar.last]
            parts += [_marker(place, names)] if names else []
        first, last = f"{bars[0].first:%-d %b}", f"{bars[-1].last:%-d %b}"
        parts.append(_text(left, HEIGHT - 6, first))
        if len(bars) * step > 90:
            parts.append(_text(left + len(bars) * step, HEIGHT - 6, last, anchor="end"))
        left += len(bars) * step + GAP
    alt = f"Items over time in both periods, up to {most:,}{plus} a bar; the negative ones are at the foot of each bar."
    return _svg(HEIGHT, alt, parts)


def _bar(left: float, width: float, bar: Volume, most: int, plus: str) -> str:
    room = HEIGHT - TOP - BELOW
    high, low = room * bar.items / most, room * bar.negative / most
    foot = HEIGHT - BELOW
    title = f"{days_between(bar.first, bar.last)}: {bar.items:,}{plus} items, {bar.negative:,}{plus} negative"
    rects = _rect(CLASS[bar.side], left, foot - high, width, high) + _rect("negative", left, foot - low, width, low)
    return f"<g><title>{escape(title)}</title>{rects}</g>"


def _marker(left: float, names: Sequence[str]) -> str:
    line = _rect("marker", left, TOP - 4, 2, HEIGHT - TOP - BELOW + 4)
    return f"<g><title>{escape(', '.join(names))}</title>{line}</g>"


def tag_chart(lines: Sequence[Line], lengths: tuple[float, float] | None) -> str:
    """The items of the tags that changed: this period above, the one before below.

    `lengths`: of both periods in days, where they differ: then items a day are drawn.
    """
    days = dict(zip(SIDES, lengths or (1.0, 1.0), strict=True))
    most = max((line.facts[side] / days[side] for line in lines for side in SIDES), default=0) or 1
    room, parts = WIDTH - NAME - 60, []
    for number, line in enumerate(lines):
        top, name = number * ROW, str(line.facts["name"])
        parts.append(_text(NAME - 8, top + 15, name if len(name) <= 26 else f"{name[:25]}…", anchor="end"))
        for side, y in zip(SIDES, (top + 4, top + 13), strict=True):
            items = line.facts[side] / days[side]
            width, label = room * items / most, f"{items:,.{1 if lengths else 0}f}"
            parts += [_rect(CLASS[side], NAME, y, width, 8), _text(NAME + width + 5, y + 8, label, small=True)]
    what = "Items a day" if lengths else "Items"
    alt = f"{what} of the tags that changed, in this period and before: the text has the same numbers."
    return _svg(len(lines) * ROW + 4, alt, parts)


def _svg(height: int, alt: str, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(alt)}" xmlns="http://www.w3.org/2000/svg">'
        f"{''.join(parts)}</svg>"
    )


def _rect(kind: str, left: float, top: float, width: float, height: float) -> str:
    return f'<rect class="{kind}" x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}"/>'


def _text(left: float, base: float, text: str, *, anchor: str = "start", small: bool = False) -> str:
    kind = ' class="small"' if small else ""
    return f'<text{kind} x="{left:.1f}" y="{base:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
