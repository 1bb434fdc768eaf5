"""People are exported with their numbers, and whatever is from outside is guarded and masked."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import openpyxl
import pyarrow as pa
import pytest

from loop_client import report
from loop_client.report import people_columns
from loop_client.report.column_masks import Mask
from loop_client.report.export import About, PeopleRows, people_pieces, unguarded
from loop_client.report.masking import People
from tests.frames import item, items_frame

if TYPE_CHECKING:
    from loop_client.report.export import Format

NOW = datetime(2026, 6, 19, 14, 30, tzinfo=UTC)
ITEMS = items_frame(
    [
        item(3, user_id="=u_1", tag="u_2"),
        item(2, user_id="u_2", sentiment=None, status="resolved", tag=None),
        item(1, user_id="=u_1", sentiment="positive"),
    ]
)
KNOWN = pa.table({"person": ["=u_1"], "=name": ['@Anna, "B"']})


def rows(mask: Mask | None = None) -> PeopleRows:
    """The people of the items, by id."""
    persons = report.Persons.of(ITEMS)
    table = report.people_table(ITEMS, np.arange(3), persons.numbers, persons.complaints(np.full(3, -1)), NOW)
    known = people_columns.columns_of(persons.ids, KNOWN)
    keys = {"user_id": persons.ids, "=name": known["=name"].combine_chunks()}
    return PeopleRows(ITEMS, table, np.array([1, 0]), keys, NOW, mask)


def read_csv(content: bytes) -> list[dict[str, str]]:
    """The rows of a file as they were before they were guarded."""
    found = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    return [{unguarded(name): unguarded(cell) for name, cell in row.items()} for row in found]


def file(form: Format, mask: Mask | None = None) -> bytes:
    """The exported file."""
    return b"".join(people_pieces(rows(mask), About(counted=lambda count: f"{count} people"), form))


def test_a_csv_file_has_every_person_with_their_numbers() -> None:
    """A row has id, columns of the team, counts, times and tags, in the order of the table."""
    first, second = read_csv(file("csv"))

    assert (first["user_id"], first["=name"], first["items"], first["negative_share"]) == ("u_2", "", "1", "")
    assert (second["user_id"], second["=name"]) == ("=u_1", '@Anna, "B"')
    numbers = ("items", "rated", "negative", "open", "open_negative", "negative_share", "weight")
    assert [second[name] for name in numbers] == ["2", "2", "1", "2", "1", "0.5", second["weight"]]
    assert second["first_said"] == second["open_since"] == "2026-06-19T14:02:11.000000+00:00"
    assert second["tags"] == "exports, u_2"
    assert first["about"].startswith("2 people")


def test_no_cell_or_header_of_a_csv_file_is_a_formula() -> None:
    """Ids, columns of the team and tags that begin like formulas get an apostrophe."""
    content = file("csv").decode("utf-8-sig")

    cells = [cell for line in csv.reader(io.StringIO(content, newline="")) for cell in line]
    assert not [cell for cell in cells if cell[:1] in {"=", "@", "+"}]


def test_headers_are_masked_and_unlike_each_other() -> None:
    """In a share-safe file no header has an address, a long number or an id, and each column has its own header."""
    names = ["anna@x.com plan", "ben@x.com plan", "of u_2", "[e-mail] plan 2", "plan"]
    plain = rows()
    keys = {"user_id": plain.keys["user_id"], **dict.fromkeys(names, plain.keys["=name"])}
    masked = replace(plain, keys=keys, mask=Mask(People.of(["u_2"]), bytes(32)))

    (header, *_) = csv.reader(io.StringIO(b"".join(people_pieces(masked, About(), "csv")).decode("utf-8-sig")))

    assert header[1:6] == ["[e-mail] plan", "[e-mail] plan 2", header[3], "[e-mail] plan 2 2", "plan"]
    assert header[3].startswith("of person ")
    assert replace(plain, keys=keys).names[1:6] == (*names,)


def test_a_workbook_has_numbers_to_add_up() -> None:
    """In a workbook counts are numbers and ids are texts, on a sheet named after its rows."""
    book = openpyxl.load_workbook(io.BytesIO(file("xlsx")))
    head, first, second = book["People"].iter_rows(values_only=True)

    assert second[head.index("items")] == 2
    assert second[head.index("negative_share")] == pytest.approx(0.5)
    assert second[head.index("user_id")] == "=u_1"
    assert book["People"].cell(3, 1).data_type == "s"
    assert first[head.index("negative_share")] is None


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_safe_file_names_nobody(form: Format) -> None:
    """With a mask, ids, tags that are ids and everything that the team knows become aliases."""
    mask = Mask(People.of(["=u_1", "u_2"]), b"0123456789abcdef")

    content = file(form, mask)
    if form == "xlsx":
        sheet = openpyxl.load_workbook(io.BytesIO(content))["People"]
        text = str([*sheet.iter_rows(min_row=2, values_only=True)])
    else:
        text = content.decode()

    assert mask.person("u_2") in text
    assert not [secret for secret in ("u_1", "u_2", "Anna") if secret in text]
