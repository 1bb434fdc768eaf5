"""Bytes of a file → text: a byte order mark decides, else strict UTF-8, else Windows-1252 as a visible choice."""

from __future__ import annotations

import codecs
import io
from dataclasses import dataclass, replace
from typing import Final

from loop_client.service.formats.errors import ImportRefusedError

MARKS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
"""Byte order marks, and the encoding that each stands for."""

FALLBACK: Final = "cp1252"
"""Windows-1252, the encoding that spreadsheets of Western Europe write."""

PIECE: Final = 1 << 20
"""Bytes that are decoded at once while an encoding is tried."""

PREVIEW: Final = 80
"""Characters of a preview on each side of the first letter beyond ASCII."""


@dataclass(frozen=True, slots=True)
class Text:
    """A file as text. `encoding`: as Python names it. `is_guess`: nothing in the file says that it is this one."""

    data: bytes
    encoding: str
    start: int = 0
    is_guess: bool = False

    def stream(self) -> io.TextIOWrapper:
        """The text from its beginning, without the mark, its line ends as they are."""
        binary = io.BytesIO(self.data)
        binary.seek(self.start)
        errors = "replace" if self.is_guess else "strict"  # some bytes mean nothing in Windows-1252
        return io.TextIOWrapper(binary, self.encoding, errors, newline="")

    def head(self, length: int) -> Text:
        """The first bytes as a text of their own; the last letter may be cut."""
        return replace(self, data=self.data[: self.start + length], is_guess=True)

    def beginning(self, length: int) -> str:
        """The first characters."""
        with self.stream() as stream:
            return stream.read(length)

    def preview(self) -> str:
        """The first line that holds a letter beyond ASCII, shortened around it; empty where there is none."""
        with self.stream() as stream:
            for line in stream:
                place = next((place for place, letter in enumerate(line) if not letter.isascii()), -1)
                if place >= 0:
                    return line[max(0, place - PREVIEW) : place + PREVIEW].strip()
        return ""


def is_blank(data: bytes) -> bool:
    """Whether a file holds white space and a mark at most."""
    return not data.strip(b"\x00\t\r\n \xef\xbb\xbf\xff\xfe")


def decoded(data: bytes, encoding: str | None = None) -> Text:
    """The file as text, checked to its last byte. `encoding`: as somebody chose it, instead of the rules here.

    Raises:
        ImportRefusedError: The chosen encoding is unknown, or the file is not in it.
    """
    if encoding:
        return _chosen(data, encoding)
    for mark, name in MARKS:
        if data.startswith(mark):
            text = Text(data, name, len(mark))
            if not _fits(text):
                raise ImportRefusedError(f"The file begins as {name} and is not: it is damaged.")
            return text
    for name in _unmarked(data):
        if _fits(text := Text(data, name)):
            return text
    return Text(data.replace(b"\x00", b""), FALLBACK, is_guess=True)


def _unmarked(data: bytes) -> tuple[str, ...]:
    """The encodings to try for a file without a mark: NUL in every second byte means UTF-16."""
    head = data[:1000]
    half = len(head) // 2
    if half and head[1::2].count(0) > 0.4 * half:
        return ("utf-16-le",)
    if half and head[::2].count(0) > 0.4 * half:
        return ("utf-16-be",)
    return ("utf-8",)


def _chosen(data: bytes, encoding: str) -> Text:
    try:
        name = codecs.lookup(encoding).name
        b"".decode(name)
    except (LookupError, ValueError):
        raise ImportRefusedError(f"{encoding!r} is not the name of an encoding. Write it as utf-8 or cp1252.") from None
    start = next((len(mark) for mark, one in MARKS if data.startswith(mark) and _same(name, one)), 0)
    if start and name == "utf-16":
        name = "utf-16-le" if data.startswith(codecs.BOM_UTF16_LE) else "utf-16-be"
    text = Text(data, "utf-8" if name == "utf-8-sig" else name, start)
    if not _fits(text):
        raise ImportRefusedError(f"The file is not {encoding}. Leave the encoding out, or choose another one.")
    return text


def _same(chosen: str, of_mark: str) -> bool:
    return chosen == of_mark or chosen.removesuffix("-sig") == of_mark or (chosen, of_mark[:6]) == ("utf-16", "utf-16")


def _fits(text: Text) -> bool:
    """Whether all bytes are of that encoding; decodes in pieces, so that memory stays small."""
    decoder = codecs.getincrementaldecoder(text.encoding)("strict")
    try:
        for start in range(text.start, len(text.data), PIECE):
            decoder.decode(text.data[start : start + PIECE])
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True
