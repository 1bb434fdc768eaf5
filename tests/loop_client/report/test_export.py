"""An export gives the texts back, says what it is, and harms nobody who opens it."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop_client.report.export import COLUMNS, About, Export
from loop_client.report.masking import masked_person
from loop_client.report.text import BIDI_CONTROLS, visible
from tests.frames import item, items_frame

if TYPE_CHECKING:
    from collections.abc import Sequence

SALT = bytes(32)
ABOUT = About(
    filters={"status": ["open"], "text": '=cmd,"\n'},
    link="http://127.0.0.1:8501/inbox?status=open",
    coverage="complete back to 1 Jan 2026",
    time_zone="Europe/Berlin",
    made_at=datetime(2026, 6, 20, 12, tzinfo=UTC),
)
HOSTILE = "=+-@\t\r\n\0\uff1d\uff0b\uff0d\uff20'\" ,;\u00a0\ufeff\u200bax1`*<"
TEXTS = st.text(HOSTILE, max_size=8) | st.text(max_size=20)
TRIGGERS = tuple("=+-@\t\r\n\0\uff1d\uff0b\uff0d\uff20")


def export_of(messages: Sequence[str], about: About = ABOUT, **fields: Any) -> Export:  # noqa: ANN401 - of the items
    """The export of items with these messages."""
    return Export(items_frame(item(n, message=message, **fields) for n, message in enumerate(messages)), about)


def cells_of(file: bytes) -> list[list[str]]:
    """The cells of a CSV file as a program reads them."""
    return list(csv.reader(io.StringIO(file.decode("utf-8-sig"), newline="")))


def from_csv(file: bytes) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """What the file is an export of, and its items: an apostrophe is taken off each cell that begins with one."""
    header, *rows = cells_of(file)
    items = [dict(zip(header[:-1], (cell.removeprefix("'") for cell in row[:-1]), strict=True)) for row in rows]
    return json.loads(header[-1].removeprefix("about ")), items


@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS.filter(str.strip)), max_size=5))  # a blank source is none
def test_every_format_gives_the_texts_back(rows: list[tuple[str, str, str]]) -> None:
    """What strangers wrote comes back from CSV and JSON to the character, apostrophes and line ends too."""
    items = [item(n, message=message, user_id=user, source=source) for n, (message, user, source) in enumerate(rows)]
    export = Export(items_frame(items), ABOUT)

    _, from_table = from_csv(export.to_csv())
    from_object = json.loads(export.to_json())["items"]

    for read in (from_table, from_object):
        assert [(row["message"], row["user_id"], row["source"]) for row in read] == rows


def test_no_cell_of_100000_begins_a_formula() -> None:
    """Whatever stands in front, no cell starts with a trigger when a spreadsheet has stripped blanks and quotes."""
    random = np.random.default_rng(1)
    letters = random.choice(list(HOSTILE), (100_000, 6))
    messages = ["".join(row) for row in letters]
    frame = items_frame([item()]).loc[np.zeros(100_000, int)]
    export = Export(frame.assign(message=messages, user_id=messages[::-1]), ABOUT)

    rows = cells_of(export.to_csv())

    assert len(rows) == 100_001
    stripped = "".join(chr(n) for n in range(1, 0x10000) if chr(n).isspace() or chr(n) in '"\ufeff\u200b')
    for row in rows:
        for cell in row:
            assert not cell.startswith(TRIGGERS)
            assert not cell.lstrip(stripped).startswith(TRIGGERS)
    assert [row[2].removeprefix("'") for row in rows[1:]] == messages


@given(TEXTS.filter(lambda text: text.isalnum() or text == ""))
def test_an_ordinary_cell_gets_no_apostrophe(text: str) -> None:
    """What begins with a letter or a digit stays as it is."""
    assert cells_of(export_of([text]).to_csv())[1][2] == text


def test_a_csv_file_is_what_spreadsheets_and_the_standard_expect() -> None:
    """A BOM, CRLF after every row, quotes doubled, as many cells in each row, absent values empty."""
    export = export_of(['He said "no",\nthen left'], sentiment=None, tag=None)

    file = export.to_csv()

    assert file.startswith(b"\xef\xbb\xbfid,user_id,message,sentiment,source,tag,status,created_at,")
    assert file.endswith(
        b'\r\nfb_0,u_1,"He said ""no"",\nthen left",,in-app-widget,,open,2026-06-19T16:02:11+02:00,\r\n'
    )


@pytest.mark.parametrize("count", [0, 1, 3])
def test_all_formats_say_what_they_are(count: int) -> None:
    """Filters, link, coverage, zone, time and count travel along, with no items too."""
    export = export_of(["m"] * count)
    expected = {
        "count": count,
        "filters": ABOUT.filters,
        "link": ABOUT.link,
        "coverage": ABOUT.coverage,
        "time_zone": "Europe/Berlin",
        "made_at": "2026-06-20T14:00:00+02:00",
        "share_safe": False,
    }

    about, rows = from_csv(export.to_csv())
    told = json.loads(export.to_json())
    head = export.to_markdown().decode().splitlines()[0]

    assert about == told["about"] == expected
    assert len(rows) == len(told["items"]) == count
    assert all(text in head for text in (f"{count} item", ABOUT.link, ABOUT.coverage, "Europe/Berlin", "14:00:00"))


def test_other_programs_read_the_csv() -> None:
    """Pandas finds the columns by name, and the about column empty."""
    read = pd.read_csv(io.BytesIO(export_of(["one", "two, three"]).to_csv()))

    assert tuple(read.columns[:-1]) == COLUMNS
    assert list(read["message"]) == ["one", "two, three"]
    assert read[read.columns[-1]].isna().all()


def test_json_keeps_absent_apart_from_empty() -> None:
    """An absent value is null, an empty text is an empty text."""
    assert json.loads(export_of([""], sentiment=None).to_json())["items"] == [
        {
            "id": "fb_0",
            "user_id": "u_1",
            "message": "",
            "sentiment": None,
            "source": "in-app-widget",
            "tag": "exports",
            "status": "open",
            "created_at": "2026-06-19T16:02:11+02:00",
        }
    ]


FENCES = st.lists(st.sampled_from(["```", "````", "\n", "x", " "]), max_size=8).map("".join)


@given(st.lists(st.text("`~ \n\ra<![](x)#-*&:$@\u202e\t", max_size=20) | FENCES, min_size=1, max_size=3))
def test_markdown_keeps_every_message_in_its_fence(messages: list[str]) -> None:
    """Read as CommonMark does, each message is the content of one code block, and outside stands nothing of it."""
    lines = export_of(messages).to_markdown().decode().split("\n")

    blocks: list[list[str]] = []
    fence, outside = "", []
    for line in lines:
        if fence and re.fullmatch(rf" {{2,5}}`{{{len(fence)},}} *", line):
            fence = ""
        elif fence:
            blocks[-1].append(line.removeprefix("  "))
        elif match := re.fullmatch(r"  (`{3,})text", line):
            fence = match[1]
            blocks.append([])
        else:
            outside.append(line)
    expected = [visible(message).replace("\r\n", "\n").replace("\r", "\n").split("\n") for message in messages]
    assert blocks == expected
    assert not fence
    assert not set("".join(lines)) & set(BIDI_CONTROLS)
    assert all(re.fullmatch(r"(- .*|3 items.*|\d items?.*|)", line) for line in outside)


@pytest.mark.parametrize("text", ["`", "``a`", "![x](http://x)", "<b>", "a\nb", " ", "@all", "https://x.example"])
def test_markdown_keeps_every_fact_in_code(text: str) -> None:
    """A tag or a person's id is a code span, whose fence is longer than any in it."""
    entry = export_of(["m"], About(), user_id=text).to_markdown().decode().splitlines()[2]

    spans = re.findall(r"(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)", entry)
    assert spans[1][1].strip() == " ".join(text.split())
    assert "http" not in re.sub(r"(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)", "", entry)


def test_a_masked_export_tells_nobody() -> None:
    """People become aliases in their column and in their texts, addresses and numbers go, and the file says so."""
    export = export_of(["u_1 here, call 0170 1234567 or a@b.example"], About()).masked(SALT)

    for file in (export.to_csv(), export.to_json(), export.to_markdown()):
        assert not re.search(rb"u_1\b|1234567|@b\.example", file)
        assert masked_person("u_1", SALT).encode() in file
    assert json.loads(export.to_json())["about"]["share_safe"] is True


def test_documented_names_are_nobodys() -> None:
    """Anybody can have "open" as an id: a status stays one, a text that names them does not."""
    (told,) = json.loads(export_of(["so says open"], About(), user_id="open").masked(SALT).to_json())["items"]

    assert told["status"] == "open"
    assert told["message"] == f"so says {masked_person('open', SALT)}"


def test_a_format_is_chosen_by_name() -> None:
    """The names that the shell and the page offer lead to the formats."""
    export = export_of(["m"])

    assert export.to("csv") == export.to_csv()
    assert export.to("json") == export.to_json()
    assert export.to("markdown") == export.to_markdown()
