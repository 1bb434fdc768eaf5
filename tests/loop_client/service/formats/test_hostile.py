"""Hostile and damaged files are refused in a sentence, before they take memory or time."""

from __future__ import annotations

import csv
import io
import sys
import zipfile
from typing import Final

import pytest

from loop_client.service.importer import ImportRefusedError
from tests.loop_client.service.formats.made import archive, notes, run_of, table, told, workbook

HEAD: Final = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
TAIL: Final = b"</sheetData></worksheet>"


def sheet(xml: bytes, before: bytes = b"") -> bytes:
    """A workbook whose sheet is this XML."""
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook(["a"]))) as source,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as parts,
    ):
        for name in source.namelist():
            is_sheet = name == "xl/worksheets/sheet1.xml"
            parts.writestr(name, before + HEAD + xml + TAIL if is_sheet else source.read(name))
    return made.getvalue()


FAR: Final = b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'

HOSTILE: Final = {
    "nothing": (b"\xef\xbb\xbf \n", "The file is empty."),
    "too large": (b"a" * (26 << 20), "at most 25 MB"),
    "many columns": (b"a," * 20_000 + b"\n", "more than 16,384 columns"),
    "a million columns": (b"a," * 1_000_000 + b"\n", "more than 100,000 cells"),
    "many rows": (b"a,b\n" * 50_002, "more than 50,000 rows"),
    "many lines": (b"a\n" + b"\n" * 1_000_001, "more than 1,000,000 lines"),
    "an open cell": (b'a,b\n"' + b"x" * 1_000_100, "Record 2 of the file has a cell of more than 1,000,000"),
    "deep JSON": (b"[" * 100_000, "begins like JSON and is not"),
    "many values": (b"[" + b"1," * 2_500_001 + b"1]", "more than 2,500,000 values"),
    "many fields": (b'[{"a":{' + b",".join(b'"k%d":1' % one for one in range(3_000)) + b"}}]", "more than 2,000"),
    "many values in one": (
        b'[{"a":[' + b"1," * 100_001 + b"1]}]",
        "An object of the file has more than 100,000 values",
    ),
    "scalars": (b'{"a": 1}', "holds no list of objects"),
    "cut JSON": (b'[{"comments":"x","eventID":"1"}', "begins like JSON and is not"),
    "an old workbook": (b"\xd0\xcf\x11\xe0" + b"x" * 100, "Save it as .xlsx or CSV"),
    "a damaged zip": (b"PK\x03\x04" + b"x" * 100, "damaged, or has a password"),
    "a zip bomb": (archive(a_csv=b"a,b\n" * (13 << 20)), "unpacks to more than 50 MB"),
    "a zip in a zip": (archive(a_csv=archive(b_csv=b"a,b")), "holds no file that can be read"),
    "many files": (archive(**{f"f{one}_csv": b"a,b\n" for one in range(1_001)}), "more than 1,000 files"),
    "several tables": (archive(a_csv=b"a,b\n1,2\n", b_csv=b"c,d\n1,2\n"), "several tables: a.csv, b.csv"),
    "far cells": (sheet(FAR), "more than 2,000,000 cells"),
    "far cells, otherwise written": (sheet(FAR.replace(b'r="', b"r = '").replace(b'">', b"'>")), "more than 2,000,000"),
    "many cells": (sheet(b"<row>" + b"<c><v>1</v></c>" * 2_000_001 + b"</row>"), "more than 2,000,000 cells"),
    "entities": (sheet(b"<row><c><v>&b;</v></c></row>", b'<!DOCTYPE x [<!ENTITY b "bb">]>'), "declares XML entities"),
    "a large part": (sheet(b" " * (81 << 20)), "unpacks to more than 80 MB"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_a_sentence(name: str) -> None:
    """Each bound has a sentence of its own."""
    data, sentence = HOSTILE[name]

    with pytest.raises(ImportRefusedError) as refused:
        run_of(data, "file.csv")

    assert sentence in str(refused.value)


def test_the_bound_of_a_cell_holds_whatever_other_libraries_set() -> None:
    """The limit of `csv` is one for the whole process; frictionless, for one, raises it."""
    data, sentence = HOSTILE["an open cell"]
    csv.field_size_limit(sys.maxsize)

    with pytest.raises(ImportRefusedError, match=sentence):
        run_of(data, "file.csv")


def test_formulas_are_texts() -> None:
    """What a spreadsheet would run is a message like another, in tables and workbooks."""
    header = ["id", "created", "updated", "issue", "text"]
    for data in (
        table(header, ["1", "", "", "", "=cmd|x, and more"]),
        workbook(header, ["1", "", "", "", "=cmd|x, and more"]),
    ):
        assert told(run_of(data)) == [(1, "line-abc:1", "=cmd|x, and more", None, None)]


def test_a_file_of_a_byte_order_mark_alone_is_no_table() -> None:
    """In an archive it does not stand in the way of the table."""
    run = run_of(
        archive(empty_csv=b"\xef\xbb\xbf", notes_csv=b"who,note\na,Hello\n"),
        "a.zip",
        columns={"user_id": ("who",), "message": ("note",)},
    )

    assert told(run) == [(1, "a", "Hello", None, None)]


def test_a_first_line_can_name_the_delimiter() -> None:
    """The hint of a spreadsheet is obeyed and is no row."""
    run = run_of("sep=;\nwho;note\na,b;Hello\n", columns={"user_id": ("who",), "message": ("note",)})

    assert told(run) == [(1, "a,b", "Hello", None, None)]


def test_windows_1252_is_a_visible_choice() -> None:
    """The dry run says that it is a guess, shows a line to judge it by, and another encoding can be chosen."""
    data = "who,note\na,Grün\n".encode("cp1252")
    columns = {"user_id": ("who",), "message": ("note",)}

    run = run_of(data, columns=columns)
    assert (run.encoding, run.is_guess, run.preview) == ("cp1252", True, "a,Grün")
    assert "Windows-1252" in notes(run)
    assert run_of(data, columns=columns, encoding="cp1250").items[0].draft.message == "Grün"
    with pytest.raises(ImportRefusedError, match="not utf-8"):
        run_of(data, encoding="utf-8")
    with pytest.raises(ImportRefusedError, match="not the name of an encoding"):
        run_of(data, encoding="klingon")


def test_words_that_readers_take_for_missing_are_messages() -> None:
    """Nothing is guessed about cells, and a column that nobody has is named in the refusal."""
    words = ["None", "N/A", "NA", "null", "nan", "<NA>", "0012", "1e5", "TRUE"]
    data = table(["who", "note"], *(["0012", word] for word in words))

    run = run_of(data, columns={"user_id": ("who",), "message": ("note",)})

    assert [(one.draft.user_id, one.draft.message) for one in run.items] == [("0012", word) for word in words]
    with pytest.raises(ImportRefusedError, match=r"no column 'nope'\. The columns: 'who', 'note'"):
        run_of(data, columns={"tag": ("nope",)})
