"""A digest as Markdown, and as a short message for a chat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from loop_client.report.digest.lines import NOTHING, pieces
from loop_client.report.export.markdown_list import code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loop_client.report.digest import Digest, Quote

BRACKETS: Final = str.maketrans(
    {"<": "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}", ">": "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}"}
)
"""Chats take what is in angle brackets for commands, such as a call for everybody, even within code."""


def markdown(digest: Digest) -> str:
    """The whole digest. Text from outside is set as code, see `loop_client.report.export.markdown_list`."""
    return "\n".join(_lines(digest)) + "\n"


def message(digest: Digest) -> str:
    """The title and the summary, without any message, to be posted; text from outside is set as code."""
    scope = " · ".join(digest.scope(code))
    lines = [f"*{digest.title}*", _compared(digest), *([scope] if scope else []), *[NOTHING] * digest.is_quiet]
    lines += [f"• {_marked(line)}" for line in digest.brief]
    return "\n".join([*lines, digest.about.coverage]).translate(BRACKETS)


def _lines(digest: Digest) -> Iterator[str]:
    yield f"# {digest.title}"
    yield ""
    yield _compared(digest)
    yield ""
    yield from (f"- {_marked(line)}" for line in digest.summary)
    for section in digest.sections:
        yield from ("", f"## {section.title}", "", section.about)
        if section.lines:
            yield ""
        for line in section.lines:
            address = digest.address(line)
            yield f"- {_marked(line.marked)}{f' [Rows]({address})' if address else ''}"
            yield from (f"  - {code(quote.text)}, {_said(quote)}" for quote in line.quotes)
    yield ""
    yield " · ".join(digest.facts(code))


def _said(quote: Quote) -> str:
    return f"{code(quote.by)}, {quote.said}" if quote.by else quote.said


def _compared(digest: Digest) -> str:
    return f"Compared with {digest.before}." if digest.before else "Not compared with an earlier period."


def _marked(sentence: str) -> str:
    """A sentence with text from outside as code."""
    return "".join(code(text) if is_outside else text for text, is_outside in pieces(sentence))
