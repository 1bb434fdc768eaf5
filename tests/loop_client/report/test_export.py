"""An export has exact texts, describes itself, and is safe to open."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from loop_client.mirror import Zone, columns
from loop_client.mirror.rows import Row, table_of
from loop_client.query.text import BIDI_CONTROLS, visible
from loop_client.report import ordered, urgency
from loop_client.report.clusters import Clustered
from loop_client.report.column_masks import Mask
from loop_client.report.export import COLUMNS, FORMATS, SAMPLE, About, Export, Items, file_name
from loop_client.report.export.formulas import unguarded
from loop_client.report.masking import People, masked_person
from loop_client.version import VERSION
from tests.exported import fenced
from tests.frames import item, items_frame

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loop_client.report.export import Format

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


def export(items: pd.DataFrame, about: About = ABOUT, ranks: pd.DataFrame | None = None) -> Export:
    """The export of these items, in their order."""
    clustered = Clustered.of(items)
    return Export(Items(items, np.arange(len(items)), Zone(about.time_zone), ranks, clustered), about)


def export_of(messages: Sequence[str], about: About = ABOUT, **fields: Any) -> Export:  # noqa: ANN401 - of the items
    """The export of items with these messages."""
    return export(items_frame(item(n, message=message, **fields) for n, message in enumerate(messages)), about)


def masked(whole: Export) -> Export:
    """The same export, share-safe."""
    people = People.of(whole.items.frame["user_id"].unique())
    return replace(whole, items=replace(whole.items, mask=Mask(people, SALT)))


def cells_of(file: bytes) -> list[list[str]]:
    """The cells of a CSV file as a program reads them."""
    return list(csv.reader(io.StringIO(file.decode("utf-8-sig"), newline="")))


def from_csv(file: bytes) -> tuple[str, list[dict[str, str]]]:
    """The metadata of the file, and its items without guarding apostrophes."""
    header, *rows = cells_of(file)
    items = [dict(zip(header[:-1], map(unguarded, row[:-1]), strict=True)) for row in rows]
    return rows[0][-1] if rows else header[-1], items


@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS.filter(str.strip)), max_size=5))  # a blank source is absent
def test_every_format_gives_the_texts_back(rows: list[tuple[str, str, str]]) -> None:
    """Texts are read back exactly from CSV and JSON, with apostrophes and line ends."""
    items = [item(n, message=message, user_id=user, source=source) for n, (message, user, source) in enumerate(rows)]
    whole = export(items_frame(items))

    _, from_table = from_csv(whole.to("csv"))
    from_object = json.loads(whole.to("json"))["items"]

    for read in (from_table, from_object):
        assert [(row["message"], row["user_id"], row["source"]) for row in read] == rows


def test_no_cell_of_100000_begins_a_formula() -> None:
    """No cell starts a formula, even after a spreadsheet removed blanks and quotes."""
    random = np.random.default_rng(1)
    letters = random.choice(list(HOSTILE), (100_000, 6))
    messages = ["".join(row) for row in letters]
    plain = table_of([Row.of(item(), 1)] * 100_000).to_pydict()
    whole = export(columns.of_table(pa.table({**plain, "message": messages, "user_id": messages[::-1]})))

    rows = cells_of(whole.to("csv"))

    assert len(rows) == 100_001
    stripped = "".join(chr(n) for n in range(1, 0x10000) if chr(n).isspace() or chr(n) in '"\ufeff\u200b')
    for row in rows:
        for cell in row:
            assert not cell.startswith(TRIGGERS)
            assert not cell.lstrip(stripped).startswith(TRIGGERS)
    assert [unguarded(row[2]) for row in rows[1:]] == messages


@given(TEXTS.filter(lambda text: text.isalnum() or text == ""))
def test_an_ordinary_cell_gets_no_apostrophe(text: str) -> None:
    """A cell that starts with a letter or digit is unchanged."""
    assert cells_of(export_of([text]).to("csv"))[1][2] == text


def test_a_csv_file_is_what_spreadsheets_and_the_standard_expect() -> None:
    """A CSV has a BOM, CRLF, doubled quotes, equal rows, and empty cells for absent values."""
    whole = export_of(['He said "no",\nthen left'], sentiment=None, tag=None)

    file = whole.to("csv")

    assert file.startswith(
        b'\xef\xbb\xbf"id","user_id","message","sentiment","source","tag","status","created_at","created_local","tag_raw","about"\r\n'
        b'"fb_0","u_1","He said ""no"",\nthen left",,"in-app-widget",,"open",'
        b'"2026-06-19T14:02:11.000000+00:00","2026-06-19 16:02:11",,"1 item'
    )
    assert file.endswith(b"\r\n")


@pytest.mark.parametrize("count", [0, 1, 3])
def test_all_formats_say_what_they_are(count: int) -> None:
    """Every format has filters, link, coverage, zone, time and count, even without items."""
    whole = export_of(["m"] * count)
    expected = {
        "count": count,
        "sample_data": False,
        "filters": ABOUT.filters,
        "link": ABOUT.link,
        "coverage": ABOUT.coverage,
        "time_zone": "Europe/Berlin",
        "made_at": "2026-06-20T14:00:00+02:00",
        "share_safe": False,
        "version": f"loop-dashboard {VERSION}",
    }

    about, rows = from_csv(whole.to("csv"))
    read = json.loads(whole.to("json"))
    head = whole.to("markdown").decode().splitlines()[0]

    assert read["about"] == expected
    assert len(rows) == len(read["items"]) == count
    for text in (f"{count} item", '["open"]', ABOUT.link, ABOUT.coverage, "Europe/Berlin", "14:00:00"):
        assert text in head
        assert text in about


def test_other_programs_read_the_csv() -> None:
    """Pandas finds the columns by short names, and parses the times."""
    read = pd.read_csv(io.BytesIO(export_of(["one", "two, three"]).to("csv")))

    assert tuple(read.columns) == (*COLUMNS, "about")
    assert list(read["message"]) == ["one", "two, three"]


MOMENTS = [
    datetime(2026, 11, 1, tzinfo=UTC),  # a whole second
    datetime(2026, 10, 31, 23, 59, 59, 123_000, tzinfo=UTC),
    datetime(2026, 10, 25, 1, 30, tzinfo=UTC),  # the hour that happens twice in Berlin
    datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
    datetime(2026, 6, 19, 14, 2, 11, 5, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
]
FAR = [datetime.max.replace(tzinfo=UTC), *MOMENTS, datetime.min.replace(tzinfo=UTC)]


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York"])
def test_times_have_one_shape(zone: str) -> None:
    """Times have one format for any fraction and season, exact and in the zone."""
    items = items_frame(item(n, created_at=moment) for n, moment in enumerate(MOMENTS))
    whole = export(items, About(time_zone=zone))

    texts = pd.read_csv(io.BytesIO(whole.to("csv")), usecols=["created_at", "created_local"])
    times = pd.read_csv(io.BytesIO(whole.to("csv")), parse_dates=["created_at", "created_local"])
    read = json.loads(whole.to("json"))["items"]

    assert [row["created_at"] for row in read] == list(texts["created_at"])
    assert list(pd.to_datetime(texts["created_at"])) == list(times["created_at"]) == MOMENTS
    assert list(times["created_local"]) == [
        moment.astimezone(ZoneInfo(zone)).replace(microsecond=0, tzinfo=None) for moment in MOMENTS
    ]
    for name, shape in (
        ("created_at", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00"),
        ("created_local", r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"),
    ):
        assert all(re.fullmatch(shape, text) for text in texts[name])


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Pacific/Kiritimati"])
def test_every_time_of_the_years_1_to_9999_can_be_exported(zone: str) -> None:
    """Every format can have any time of the years 1 to 9999, if need be in UTC."""
    items = items_frame(item(n, created_at=moment) for n, moment in enumerate(FAR))
    whole = export(items, About(time_zone=zone))

    read = json.loads(whole.to("json"))["items"]
    _, rows = from_csv(whole.to("csv"))

    assert [datetime.fromisoformat(row["created_at"]) for row in read] == FAR
    for row, moment in zip(rows, FAR, strict=True):
        local = Zone(zone).local(moment).replace(tzinfo=None)
        assert datetime.fromisoformat(row["created_local"]) == local.replace(microsecond=0)
        assert row["created_local"].encode() in whole.to("markdown")


@pytest.mark.parametrize("count", [0, 2])
@pytest.mark.parametrize("form", FORMATS)
def test_sample_data_is_marked_as_such(form: Format, count: int) -> None:
    """Sample data is marked as such in every format, and an account's data is not."""
    sample, own = (export_of(["m"] * count, replace(ABOUT, sample=sample)) for sample in (True, False))

    for whole in (sample, masked(sample)):
        assert SAMPLE in description(whole.to(form), form) or (form, count) == ("jsonl", 0)
    assert SAMPLE not in description(own.to(form), form)


def description(file: bytes, form: Format) -> str:
    """The description that a reader of the file sees."""
    if form == "xlsx":
        return str(CalamineWorkbook.from_filelike(io.BytesIO(file)).get_sheet_by_name("About").to_python())
    return file.decode().replace('"sample_data": true', SAMPLE)


def test_the_header_of_a_csv_says_that_it_is_sample_data() -> None:
    """The header of a CSV marks sample data, and stays first when rows are sorted."""
    assert cells_of(export_of(["m"], About(sample=True)).to("csv"))[0][-1] == f"about: {SAMPLE}"


def test_the_rank_by_which_items_are_ordered_is_in_the_file() -> None:
    """With its parts and the cluster in every format but Markdown; empty for items without one."""
    frame = items_frame([item(3, id="=1+1"), item(2, id="=1+1", sentiment=None), item(1, status="resolved")])
    _, ranks = ordered(urgency(frame, np.array([0, 0, -1]), item().created_at + timedelta(days=7)), np.arange(3))
    whole = export(frame, About(), ranks)

    header, *rows = cells_of(whole.to("csv"))
    shown = json.loads(whole.to("json"))["items"]
    parts = {"people": 1, "growth": 0.9655, "newness": 2, "recency": 0.7071, "waiting": 1.233}

    assert header[-4:] == ["rank", "rank_parts", "cluster", "about"]
    named = "people 1, growth 0.9655, newness 2, recency 0.7071, waiting 1.233"
    assert [row[-4:-1] for row in rows] == [["1.684", named, "'=1+1"], ["", "", ""], ["", "", ""]]
    assert [one["rank"] for one in shown] == [1.684, None, None]
    assert [one["rank_parts"] for one in shown] == [parts, None, None]
    assert [one["cluster"] for one in shown] == ["=1+1", None, None]
    assert b" \xc2\xb7 rank 1.684\n" in whole.to("markdown")


def test_a_files_name_says_what_is_in_it_and_as_of_when() -> None:
    """A file's name has its filters and its time in the zone."""
    moment = datetime(2026, 6, 19, 23, 5, tzinfo=UTC)

    assert file_name("Open negative", "csv", ABOUT, moment) == "feedback-open-negative-2026-06-20-0105.csv"
    assert file_name("All", "markdown", replace(ABOUT, sample=True), moment) == "sample-feedback-all-2026-06-20-0105.md"


def test_json_distinguishes_absent_from_empty() -> None:
    """In JSON an absent value is null, and an empty text an empty string."""
    assert json.loads(export_of([""], sentiment=None).to("json"))["items"] == [
        {
            "id": "fb_0",
            "user_id": "u_1",
            "message": "",
            "sentiment": None,
            "source": "in-app-widget",
            "tag": "exports",
            "status": "open",
            "created_at": "2026-06-19T14:02:11.000000+00:00",
            "created_local": "2026-06-19 16:02:11",
            "tag_raw": "exports",
        }
    ]


FENCES = st.lists(st.sampled_from(["```", "````", "\n", "x", " "]), max_size=8).map("".join)


@given(st.lists(st.text("`~ \n\ra<![](x)#-*&:$@\u202e\t", max_size=20) | FENCES, min_size=1, max_size=3))
def test_markdown_keeps_every_message_in_its_fence(messages: list[str]) -> None:
    """In Markdown each message is exactly one code block, by CommonMark."""
    text = export_of(messages).to("markdown").decode()

    blocks, outside = fenced(text)

    assert blocks == [re.sub("\r\n?", "\n", visible(message)) for message in messages]
    assert not set(text) & set(BIDI_CONTROLS)
    assert all(re.fullmatch(r"(- .*|3 items.*|\d items?.*|)", line) for line in outside)


@pytest.mark.parametrize("text", ["`", "``a`", "![x](http://x)", "<b>", "a\nb", " ", "@all", "https://x.example"])
def test_markdown_keeps_every_fact_in_code(text: str) -> None:
    """In Markdown tags and ids are code spans with long enough fences."""
    entry = export_of(["m"], About(), user_id=text).to("markdown").decode().splitlines()[2]

    spans = re.findall(r"(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)", entry)
    assert spans[1][1].strip() == " ".join(text.split())
    assert "http" not in re.sub(r"(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)", "", entry)


def test_a_masked_export_names_nobody() -> None:
    """A share-safe export has aliases, masks addresses and numbers, and says so."""
    whole = masked(export_of(["u_1 here, call 0170 1234567 or a@b.example"], About()))

    for file in (whole.to("csv"), whole.to("json"), whole.to("markdown")):
        assert not re.search(rb"u_1\b|1234567|@b\.example", file)
        assert masked_person("u_1", SALT).encode() in file
    assert json.loads(whole.to("json"))["about"]["share_safe"] is True


def test_documented_names_are_nobodys() -> None:
    """A status stays unmasked, even if somebody's id is the same word."""
    (read,) = json.loads(masked(export_of(["so says open"], About(), user_id="open")).to("json"))["items"]

    assert read["status"] == "open"
    assert read["message"] == f"so says {masked_person('open', SALT)}"


def test_long_messages_come_in_smaller_pieces() -> None:
    """Pieces of an export stay bounded, whatever the length of messages."""
    whole = export_of(["x" * 10_000] * 1_000)

    sizes = [len(piece) for piece in whole.pieces("json")]

    assert max(sizes) < 5_000_000
    assert len(json.loads(whole.to("json"))["items"]) == 1_000
