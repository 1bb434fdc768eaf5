"""A digest as one HTML file: no script, nothing from elsewhere, charts inside, two pages when it is printed."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final

from loop_client.mirror.zones import written
from loop_client.report.digest.lines import NOTHING, pieces, plain
from loop_client.report.digest.svg import tag_chart, volume_chart
from loop_client.report.export.about import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loop_client.report.digest import Digest, Line, Number, Quote, Section

STYLE: Final = Path(__file__).with_name("digest.css").read_text("utf-8")

KEY: Final = {"negative": "negative", "all": "this period", "before": "before"}
"""Class of a colour → what it means."""

MARKERS: Final = 8
"""Most marked days that are named below the chart."""

POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'"
)
"""The browser applies this style alone, and loads and runs nothing."""


def html(digest: Digest) -> str:
    """The whole digest."""
    return "\n".join(_lines(digest)) + "\n"


def _lines(digest: Digest) -> Iterator[str]:
    title = escape(digest.title)
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="referrer" content="no-referrer">'
    yield f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>"
    yield f'<div class="summary">\n<h1>{title}</h1>'
    before = f"Compared with {digest.before}." if digest.before else digest.sections[0].about
    yield f'<p>{escape(before)}</p>\n<p class="about">{_facts(digest)}</p>'
    yield f'<div class="numbers">{"".join(map(_number, digest.numbers))}</div>'
    yield f"<h2>Items over time</h2>\n{_key('negative', 'all', *['before'] * bool(digest.before))}"
    yield volume_chart(digest.volume, [(day, plain(name)) for day, name in digest.markers], digest.plus)
    yield from _markers(digest)
    yield from _summary(digest)
    if tags := next((section.lines for section in digest.sections if section.name == "tags"), ()):
        heading = "Tags that changed, items a day" if digest.lengths else "Tags that changed"
        yield f"<h2>{heading}</h2>\n{_key('all', 'before')}"
        yield tag_chart(tags[:8], digest.lengths)
    yield '</div>\n<div class="details">'
    for section in digest.sections[1:]:
        yield _section(digest, section)
    yield '</div>\n<p class="printed">Only the first lines of each section are printed; the file has all.</p>'
    yield "</main>\n</body>\n</html>"


def _summary(digest: Digest) -> Iterator[str]:
    """The sentences that say the most, without those about the numbers, which are above."""
    shown = {line.marked for line in digest.sections[0].lines}
    sentences = [*[NOTHING] * digest.is_quiet, *(line for line in digest.summary if line not in shown)]
    if sentences:
        yield f"<h2>The summary</h2>\n<ul>{''.join(f'<li>{_marked(line)}</li>' for line in sentences)}</ul>"


def _markers(digest: Digest) -> Iterator[str]:
    """The days that are marked in the chart, by name."""
    if digest.markers:
        names = [f"{written(day)} {_marked(name)}" for day, name in digest.markers[:MARKERS]]
        more = len(digest.markers) - MARKERS
        listed = " · ".join([*names, *[f"{more} more"] * (more > 0)])
        yield f'<p class="key"><span class="marker"></span> {listed}</p>'


def _key(*kinds: str) -> str:
    """What the colours of a chart mean."""
    shown = (f'<span class="{kind}"></span> {KEY[kind]}' for kind in kinds)
    return f'<p class="key">{" ".join(shown)}</p>'


def _number(number: Number) -> str:
    before = f"{number.before} before: " if number.before else ""
    interval = f" ({number.interval})" if number.interval else ""
    change = f'<p class="{number.meaning}">{escape(before + number.change + interval)}</p>' if number.change else ""
    return f'<div><p class="label">{escape(number.label)}</p><p class="value">{escape(number.value)}</p>{change}</div>'


def _section(digest: Digest, section: Section) -> str:
    lines = "".join(_line(line, digest.address(line)) for line in section.lines)
    listed = f"<ol>{lines}</ol>" if lines else ""
    head = f'<h2>{escape(section.title)}</h2>\n<p class="about">{escape(section.about)}</p>'
    return f'<section class="{section.name}">\n{head}\n{listed}\n</section>'


def _line(line: Line, address: str) -> str:
    quotes = "".join(
        f"<blockquote><bdi>{_text(quote.text)}</bdi> <small>{_by(quote)}{escape(quote.said)}</small></blockquote>"
        for quote in line.quotes
    )
    rows = f' <a href="{escape(address)}">Rows</a>' if address else ""
    return f"<li>{_marked(line.marked)}{rows}{quotes}</li>"


def _by(quote: Quote) -> str:
    return f"<bdi>{_text(quote.by)}</bdi>, " if quote.by else ""


def _marked(sentence: str) -> str:
    """A sentence in which text from outside cannot reorder what is around it."""
    parts = ((_text(text), is_outside) for text, is_outside in pieces(sentence))
    return "".join(f"<bdi><b>{text}</b></bdi>" if is_outside else text for text, is_outside in parts)


def _facts(digest: Digest) -> str:
    return " · ".join(digest.facts(lambda value: f"<bdi>{_text(one_line(value))}</bdi>"))


def _text(text: str) -> str:
    return escape(text.encode("utf-8", "replace").decode())
