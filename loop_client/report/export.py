"""Items as files: CSV for spreadsheets, JSON for programs, Markdown for pasting; each says what it is an export of."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from loop_client.report.masking import People, masked_name, masked_person, masked_text
from loop_client.report.text import item_count, visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

COLUMNS: Final = ("id", "user_id", "message", "sentiment", "source", "tag", "status", "created_at")

Format = Literal["csv", "json", "markdown"]
FORMATS: Final[tuple[Format, ...]] = ("csv", "json", "markdown")

_SKIPPED: Final = '"\t-\r \x1c-\x1f\x85\xa0\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u2069\u3000\ufeff'
_TRIGGERS: Final = "=+@\t\r\n\x00\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212"
FORMULA: Final = f"^(?:'|[{_SKIPPED}\x00]*[{_TRIGGERS}\\-])"
"""How a cell begins that gets an apostrophe: with one, or with what a spreadsheet may take for a formula.

That is = + - @, their full-width and small twins, tab, CR, LF or NUL, also behind blanks, double quotes and invisible
characters, which spreadsheets strip.
"""


@dataclass(frozen=True, slots=True)
class About:
    """What travels with the items. `filters`: what was asked for, by name. `time_zone`: an IANA name."""

    filters: Mapping[str, Any] = field(default_factory=dict)
    link: str = ""
    coverage: str = ""
    time_zone: str = "UTC"
    made_at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True, slots=True)
class Export:
    """Some items, in the order in which they are shown. `items`: rows of a snapshot, see `Snapshot.rows`."""

    items: pd.DataFrame
    about: About = field(default_factory=About)
    share_safe: bool = False

    def masked(self, salt: bytes, people: People | None = None) -> Export:
        """The same without user ids, e-mail addresses and long numbers, see `masking`.

        `people`: whose ids are masked in texts; those of these items where none are given.

        The item's own id stays; leaving person and search out of `filters` and `link` is the caller's part.
        """
        aliases = {user_id: masked_person(user_id, salt) for user_id in self.items["user_id"].unique()}
        people = people or People.of(aliases)
        names = {
            name: self.items[name].map({one: masked_name(one, people, salt) for one in self.items[name].cat.categories})
            for name in ("sentiment", "source", "tag", "status")
        }
        messages = [masked_text(text, people.named_in(text), salt) for text in self.items["message"]]
        items = self.items.assign(user_id=self.items["user_id"].map(aliases), message=messages, **names)
        return replace(self, items=items, share_safe=True)

    def to(self, form: Format) -> bytes:
        """The file in that format."""
        return {"csv": self.to_csv, "json": self.to_json, "markdown": self.to_markdown}[form]()

    def to_csv(self) -> bytes:
        """A CSV file (RFC 4180, UTF-8 with a BOM, CRLF), one row per item.

        Each cell that begins as `FORMULA` says gets one apostrophe before it, and no other cell begins with one. So
        whoever reads the file takes one apostrophe off every cell that begins with one, and has the texts back, those
        too that began with an apostrophe themselves. Absent values are empty cells.

        That holds for cells as commas part them: who lets a program split the file at semicolons makes others of them.

        What the file is an export of stands in the name of a ninth, empty column: "about " and an object as in
        `to_json`. CSV has no comments: lines above the header break readers, and a second file gets lost; a value in
        every row is a burden, one in the first row is sorted away. A header is carried along by all that opens the
        file, also without rows, and does not disturb who reads the other columns by name or by place.
        """
        columns = {name: _safe(column) for name, column in self._texts().items()}
        file = io.StringIO()
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow([*COLUMNS, f"about {json.dumps(self._about(), ensure_ascii=False)}"])
        writer.writerows(zip(*columns.values(), [""] * len(self.items), strict=True))
        return b"\xef\xbb\xbf" + file.getvalue().encode("utf-8", "replace")

    def to_json(self) -> bytes:
        """An object with "about" and "items": the texts as they are, null where a value is absent."""
        texts = {name: column.to_pylist() for name, column in self._texts().items()}
        items = [dict(zip(COLUMNS, row, strict=True)) for row in zip(*texts.values(), strict=True)]
        whole = {"about": self._about(), "items": items}
        return json.dumps(whole, ensure_ascii=False, indent=1).encode("utf-8", "replace") + b"\n"

    def to_markdown(self) -> bytes:
        """A list for pasting: of each item its facts and its message.

        All that strangers wrote stands in code: the one place where no dialect of Markdown, and nothing that works on
        its result, makes links of addresses, images, mentions, emoji, formulas or HTML. Escaped characters do become
        links in some. Controls of the writing direction are spelt out.
        """
        about = self._about()
        told = (f"{name}: {_code(value)}" for name, value in about.items() if name != "count" and value)
        head = [item_count(len(self.items)), *told]
        rows = zip(*(column.to_pylist() for column in self._texts().values()), strict=True)
        return "\n".join([" · ".join(head), "", *(_entry(*row) for row in rows)]).encode("utf-8", "replace")

    def _about(self) -> dict[str, Any]:
        about = self.about
        made_at = about.made_at.astimezone(ZoneInfo(about.time_zone)).isoformat(timespec="seconds")
        return {
            "count": len(self.items),
            "filters": dict(about.filters),
            "link": about.link,
            "coverage": about.coverage,
            "time_zone": about.time_zone,
            "made_at": made_at,
            "share_safe": self.share_safe,
        }

    def _texts(self) -> dict[str, pa.Array]:
        """The columns as texts; times in ISO 8601 with the offset of the stated zone."""
        times = self.items["created_at"].dt.tz_convert(self.about.time_zone)
        columns = {
            name: pa.array(self.items[name].astype(object).tolist(), pa.large_string(), from_pandas=True)
            for name in COLUMNS[:-1]
        }
        written = [moment.isoformat() for moment in times]
        return {**columns, "created_at": pa.array(written, pa.large_string())}


def _safe(column: pa.Array) -> list[str]:
    """The cells, none of which begins as a formula does."""
    cells: list[str] = pc.replace_substring_regex(column, f"({FORMULA})", r"'\1").fill_null("").to_pylist()
    return cells


def _entry(item_id: str, user_id: str, message: str, *facts: str | None) -> str:
    """One item of the list, its message in a fence that is longer than any in it."""
    *named, created_at = facts
    line = " · ".join([created_at or "", *(_code(fact) for fact in (item_id, user_id, *named) if fact)])
    text = re.sub("\r\n?", "\n", visible(message)).replace("\n", "\n  ")
    fence = "`" * max(3, 1 + max((len(ticks) for ticks in re.findall("`+", text)), default=0))
    return f"- {line}\n\n  {fence}text\n  {text}\n  {fence}\n"


def _code(value: object) -> str:
    """A value as code on one line."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    line = " ".join(visible(text).split()) or " "
    fence = "`" * (1 + max((len(ticks) for ticks in re.findall("`+", line)), default=0))
    edge = " " if line[0] == "`" or line[-1] == "`" else ""
    return f"{fence}{edge}{line}{edge}{fence}"
