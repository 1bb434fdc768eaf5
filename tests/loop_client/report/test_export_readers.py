"""Exports in every format are read back exactly by the programs that people use."""

from __future__ import annotations

import csv
import io
import json
import pathlib
import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import frictionless
import numpy as np
import openpyxl
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.json
import pytest

from loop_client.mirror import Zone, columns
from loop_client.mirror.rows import Row, table_of
from loop_client.query.text import visible
from loop_client.report.column_masks import Mask
from loop_client.report.export import COLUMNS, FORMATS, About, Export, Format, Items
from loop_client.report.export.formulas import FORMULA, guarded, unguarded
from loop_client.report.export.workbook import CUT, LONGEST_CELL
from loop_client.report.masking import People, masked_name, masked_person, masked_text
from tests.exported import about_of, rows_of
from tests.frames import item, items_frame

if TYPE_CHECKING:
    from collections.abc import Sequence

SALT = bytes(range(32))
PARTS = [
    *"=+-@'\"`;,|\t\r\n\\/#&<>*[]{}()$%:_ 0123456789aZ",
    *"é日ß\u0301\u00a0\u200b\u2028\u202e\ufeff\uff1d\x85\U0001f600",
    *("\r\n", ";=1+2", "\t=1+2", ', "', "00123", "1E5", "1/2", "TRUE", "null", "_x000D_", "u_7", "anna@example.com"),
    *("0170 1234567", "```", "2026-06-19", "{=1}", "-1"),
]


@cache
def hostile(rows: int) -> pd.DataFrame:
    """A frame of this many items, with all that breaks files in its five text columns."""
    random = np.random.default_rng(7)

    def texts() -> list[str]:
        chosen = random.integers(len(PARTS), size=(rows, 7))
        lengths = random.integers(1, 8, size=rows)
        return ["".join(PARTS[part] for part in row[:length]) for row, length in zip(chosen, lengths, strict=True)]

    table = table_of([Row.of(item(), 1)] * rows)
    ids, people = (
        [f"{text}{start}{n % most}" for n, text in enumerate(texts())] for start, most in (("", rows), ("u_", 90))
    )
    written = {"id": ids, "user_id": people, "message": texts(), "source": texts(), "tag": texts()}
    for name, values in written.items():
        table = table.set_column(
            table.schema.get_field_index(name), name, pa.array(values, table.schema.field(name).type)
        )
    return columns.of_table(table)


def export_of(frame: pd.DataFrame, *, safe: bool = False, zone: str = "Europe/Berlin") -> Export:
    """The export of a frame, in its order."""
    mask = Mask(People.of(frame["user_id"].unique()), SALT) if safe else None
    return Export(Items(frame, np.arange(len(frame)), Zone(zone), mask=mask), About(time_zone=zone, coverage="all"))


@cache
def expected(rows: int, *, safe: bool) -> dict[str, list[str | None]]:
    """The expected rows of the hostile frame, computed text by text."""
    frame = hostile(rows)
    read = {name: [None if pd.isna(one) else str(one) for one in frame[name]] for name in ("id", "user_id", "message")}
    read |= {name: [None if pd.isna(one) else str(one) for one in frame[name]] for name in ("source", "tag")}
    if safe:
        people = People.of(frame["user_id"].unique())
        named = {
            name: {one: masked_name(one, people, SALT) for one in {*read[name]} if one} for name in ("source", "tag")
        }
        read |= {name: [one and named[name][one] for one in read[name]] for name in named}
        read["user_id"] = [masked_person(one or "", SALT) for one in read["user_id"]]
        read["message"] = [masked_text(one or "", people.named_in(one or ""), SALT) for one in read["message"]]
    return read


@pytest.mark.parametrize("safe", [False, True], ids=["as it is", "share-safe"])
@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("cells", [20_000, pytest.param(100_000, marks=pytest.mark.long)])
def test_hostile_cells_come_back(cells: int, form: Format, safe: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Every hostile text is read back exactly, with the file's number of items."""
    frame = hostile(cells // 5)

    file = export_of(frame, safe=safe).to(form)

    rows, right = rows_of(file, form), expected(len(frame), safe=safe)
    assert len(rows) == len(frame)
    assert f"{len(frame):,} items" in about_of(file, form) or str(len(frame)) in about_of(file, form)
    if form == "markdown":
        assert [row["message"] for row in rows] == [
            re.sub("\r\n?", "\n", visible(one or "")) for one in right["message"]
        ]
        return
    for name, texts in right.items():
        assert [row[name] for row in rows] == texts, name
    assert {row["created_local"] for row in rows} == {"2026-06-19 16:02:11"}


def test_taking_the_apostrophes_off_undoes_putting_them_on() -> None:
    """Removing the guarding apostrophes restores 200,000 random cells, even where a spreadsheet removed one before."""
    random = np.random.default_rng(3)
    letters = np.array(list("='\"+-@ \t\r\n\0a1\uff1d\u200b\ufeff"))
    cells = ["".join(row) for row in random.choice(letters, (200_000, 5))]

    safe = guarded(pa.array(cells, pa.large_string())).to_pylist()

    assert [unguarded(one) for one in safe] == cells
    for cell, one in zip(cells, safe, strict=True):
        if not re.match(f"'{FORMULA.removeprefix('^')}", cell):  # others are ambiguous
            assert unguarded(one.removeprefix("'")) == cell


FILES = [
    ["plain"],
    ["one, two", " leading blank", "trailing "],
    ['He said ", "', ', "', '", "'],
    ["semi; colon; ;", "tab\tand\ttab"],
    ["'quoted' text", "'single', 'quotes'"],
    ["two\nlines", "three\r\nlines\r\n, 'x'"],
    ["=1+1", "ok;=1+2", "a\t=1+2"],
    ["|", "a|b|c", "x:y:z", "a b c"],
]


@pytest.mark.parametrize("messages", FILES, ids=map(str, range(len(FILES))))
def test_programs_that_guess_how_a_csv_is_written_guess_right(messages: list[str], tmp_path: Path) -> None:
    """Programs that guess the CSV dialect, such as Python's Sniffer and frictionless, read the same rows."""
    frame = items_frame(item(n, message=message, tag=None) for n, message in enumerate(messages * 3))
    about = About(
        {"tag": ["exports", "api"], "text": 'x, "y"'}, "http://127.0.0.1:8501/inbox?tag=a&tag=b", "2 of 3, all"
    )
    file = replace(export_of(frame), about=about).to("csv")
    (tmp_path / "feedback.csv").write_bytes(file)
    right = list(csv.reader(io.StringIO(file.decode("utf-8-sig"), newline="")))

    text = file.decode("utf-8-sig")
    guessed = csv.Sniffer().sniff(text)
    resource = frictionless.Resource(path="feedback.csv", basepath=str(tmp_path))
    with resource:
        followed = [["" if cell is None else str(cell) for cell in row.values()] for row in resource.row_stream]

    assert (guessed.delimiter, guessed.quotechar, guessed.skipinitialspace) == (",", '"', False)
    assert list(csv.reader(io.StringIO(text, newline=""), guessed)) == right
    assert [row[2] for row in followed] == [row[2] for row in right[1:]]


NUMBERS = [
    "00123",
    "1E5",
    "123456789012345678901",
    "1/2",
    "1-2",
    "TRUE",
    "3.10",
    "0x10",
    "2026-06-19",
    "=1+1",
    "'q",
    " x ",
]


def test_a_workbook_has_only_texts() -> None:
    """In a workbook each reader sees numbers, dates and formulas as texts."""
    frame = items_frame(item(n, message=text, user_id=text) for n, text in enumerate(NUMBERS))
    file = export_of(frame).to("xlsx")

    sheet = openpyxl.load_workbook(io.BytesIO(file))["Items"]
    by_openpyxl = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    by_pandas = pd.read_excel(io.BytesIO(file), dtype=str, keep_default_na=False, engine="calamine")

    assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"s"}
    assert [row[1] for row in by_openpyxl] == list(by_pandas["user_id"]) == NUMBERS
    assert [row[2] for row in by_openpyxl] == list(by_pandas["message"]) == NUMBERS


@pytest.mark.parametrize("letter", ["x", "é", "\U0001f600"])
def test_a_text_that_does_not_fit_into_a_cell_is_cut_and_reported(letter: str) -> None:
    """A text beyond 32,767 UTF-16 units is cut, and the sheet "About" names its item."""
    size = len(letter.encode("utf-16-le")) // 2
    fits, long = letter * (LONGEST_CELL // size), letter * (LONGEST_CELL // size + 1)
    file = export_of(items_frame([item(2, message=fits), item(1, message=long)])).to("xlsx")

    complete, cut = (row["message"] for row in rows_of(file, "xlsx"))

    assert complete == fits
    assert cut is not None
    assert cut.endswith(CUT)
    assert long.startswith(cut.removesuffix(CUT))
    assert LONGEST_CELL - size < len(cut.encode("utf-16-le")) // 2 <= LONGEST_CELL
    assert "1 text was longer than the 32,767 characters of a cell: fb_1" in about_of(file, "xlsx")


DOCS = (Path(__file__).parents[3] / "docs" / "exports.md").read_text()
LINES = re.findall(r"^\| [^|]+ \| `(.+)` \|$", DOCS, re.MULTILINE)


@pytest.mark.parametrize("line", LINES)
def test_each_line_of_the_docs_reads_a_large_file(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each reading example of the docs reads a large file with multi-line texts and numeric ids."""
    looks = ["001", "1.50", "true", "null", "NaN", "2026-01-01", "2026-01-01T00:00:00Z", "1E5"]
    long = "line two; 'x'\n\n\"y\", and more of what I have to say about it"
    frame = items_frame(
        item(
            n,
            message=looks[n] if n < len(looks) else f"line one {n}\r\n{long}",
            user_id=f"00{n}",
            source=looks[n % len(looks)],
            tag=looks[n % len(looks)] if n >= 19_000 else None,
            sentiment="negative" if n >= 19_000 else None,
        )
        for n in range(20_000)
    )
    for form, ending in (("csv", "csv"), ("jsonl", "jsonl"), ("json", "json"), ("xlsx", "xlsx")):
        if f".{ending}'" in line:
            (tmp_path / f"feedback.{ending}").write_bytes(export_of(frame).to(form))  # type: ignore[arg-type]
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"pandas": pd, "polars": pl, "duckdb": duckdb, "pyarrow": pa}
    names |= {"json": json, "csv": csv, "io": io, "pathlib": pathlib, "names": [*COLUMNS, "about"]}

    read = eval(line, names)  # noqa: S307 - a line of our own docs

    rows = read if isinstance(read, list) else _rows(read)
    for name in ("id", "user_id", "message", "sentiment", "source", "tag"):
        right = ["" if pd.isna(value) else value for value in frame[name]]
        assert ["" if pd.isna(row[name]) else row[name] for row in rows] == right


def _rows(read: Any) -> Sequence[dict[str, Any]]:  # noqa: ANN401 - a table of any library
    if isinstance(read, pd.DataFrame):
        return [{str(name): value for name, value in row.items()} for row in read.to_dict("records")]
    if isinstance(read, duckdb.DuckDBPyRelation):
        read = read.to_arrow_table()
    rows: list[dict[str, Any]] = read.to_dicts() if isinstance(read, pl.DataFrame) else read.to_pylist()
    return rows
