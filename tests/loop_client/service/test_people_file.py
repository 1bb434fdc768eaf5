"""`people.csv` is checked row by row, read again when it changes, and never breaks anything."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from loop_client.sandbox.child import PEOPLE as EXAMPLE
from loop_client.sandbox.sample import sample_items
from loop_client.service import PEOPLE, PeopleFile
from loop_client.service.people_file import LARGEST, LONGEST, MOST_COLUMNS, MOST_PROBLEMS
from tests.moment import NOW


def problems_of(folder: Path, content: str | bytes) -> tuple[dict[str, list[str | None]] | None, list[str]]:
    """The columns of a file with this content, None if it is not used; and what is wrong with it."""
    file = folder / PEOPLE
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    loaded = PeopleFile(file).loaded()
    found = loaded.table.to_pydict() if loaded.table is not None else None
    return found, [problem.what for problem in loaded.problems]


@pytest.mark.parametrize(
    "content",
    [
        "person,name,company\nu_1,Anna,Acme\nu_2,,Beta\n",
        "\ufeffperson,name,company\r\nu_1,Anna,Acme\r\nu_2,,Beta\r\n",
        "name;Person;company\nAnna;u_1;Acme\n;u_2;Beta\n",
        '"person"\t"name"\t"company"\n\nu_1\t"An\nna"\tAcme\nu_2\t\tBeta',
    ],
    ids=["plain", "excel", "semicolons", "tabs"],
)
def test_each_common_spelling_of_a_table_is_read(tmp_path: Path, content: str) -> None:
    """Commas, semicolons or tabs, with or without a byte order mark, the person in any column."""
    found, problems = problems_of(tmp_path, content)

    assert problems == []
    assert found is not None
    assert found["person"] == ["u_1", "u_2"]
    assert [(name or "").replace(" ", "") for name in found["name"]] == ["Anna", ""]
    assert found["company"] == ["Acme", "Beta"]


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ("u_1,a\nu_2,b\nu_1,c\n", "Row 4: left out: row 2 is for the same person."),
        ("u_1,a\n ,b\nu_2,b\n", "Row 3: left out: it has no person."),
        ("u_1,a\nu_3,b,c\nu_2,b\n", "Row 3: left out: it has more cells than the header."),
        ("u_1,a\nu_2,b,c\nu_2,b\n", "Row 3: left out: it has more cells than the header."),
        (f"u_1,a\n{'x' * 10_001},b\nu_2,b\n", "Row 3: left out: its person is longer than 10,000 characters."),
    ],
)
def test_a_wrong_row_is_left_out_by_number(tmp_path: Path, rows: str, problem: str) -> None:
    """A wrong row is reported by its number in a spreadsheet, and the others are used."""
    found, problems = problems_of(tmp_path, f"person,name\n{rows}")

    assert problems == [problem]
    assert found == {"person": ["u_1", "u_2"], "name": ["a", "b"]}


def test_a_value_that_is_too_long_is_left_empty(tmp_path: Path) -> None:
    """The person of a value that is too long stays, without it."""
    found, problems = problems_of(tmp_path, f"person,name\nu_1,{'x' * (LONGEST + 1)}\n")

    assert problems == [f"Row 2: column 2 is left empty: its value is longer than {LONGEST} characters."]
    assert found == {"person": ["u_1"], "name": [None]}


@pytest.mark.parametrize("name", ["", "items", "Weight", "a:b", "x" * (LONGEST + 1), "company"])
def test_a_column_with_an_unusable_name_is_left_out(tmp_path: Path, name: str) -> None:
    """A column without a name of its own is reported, and the others are used."""
    found, problems = problems_of(tmp_path, f"person,company,{name}\nu_1,Acme,x\n")

    assert [problem.partition(":")[0] for problem in problems] == ["Row 1"]
    assert found == {"person": ["u_1"], "company": ["Acme"]}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "The header has no column “person” with the ids of people."),
        (b"name,company\nAnna,Acme\n", "The header has no column “person” with the ids of people."),
        (b"person,name\nu_1,a\nu_2,M\xfcller\n", "Row 3 is not UTF-8. Save the file as “CSV UTF-8”."),
        (b"person,name\nu_1," + b"x" * 200_000, "Row 2 cannot be read: a line is longer than 100,000 characters."),
        (b"x" * (LARGEST + 1), f"The file is larger than {LARGEST >> 20} MB."),
    ],
    ids=["empty", "no-person", "latin-1", "huge-cell", "huge-file"],
)
def test_an_unusable_file_says_why(tmp_path: Path, content: bytes, problem: str) -> None:
    """A file that cannot be used as a whole is not used, with one reason."""
    assert problems_of(tmp_path, content) == (None, [problem])


def test_what_cannot_be_read_is_no_file_or_says_why(tmp_path: Path) -> None:
    """Neither a missing file nor a pipe or a folder in its place breaks or blocks anything."""
    file = PeopleFile(tmp_path / PEOPLE)
    assert not file.loaded().is_there
    os.mkfifo(tmp_path / PEOPLE)
    assert [problem.what for problem in file.loaded().problems] == ["It is not a file."]


def test_problems_are_bounded(tmp_path: Path) -> None:
    """Of many problems the first ones are listed, and the others counted."""
    (tmp_path / PEOPLE).write_text("person\n" + "u_1\n" * (MOST_PROBLEMS + 8))

    loaded = PeopleFile(tmp_path / PEOPLE).loaded()

    assert (len(loaded.problems), loaded.more) == (MOST_PROBLEMS, 7)


def test_columns_are_bounded(tmp_path: Path) -> None:
    """Columns beyond the most are left out, each with a problem."""
    names = [f"c{number}" for number in range(MOST_COLUMNS + 2)]

    found, problems = problems_of(tmp_path, ",".join(["person", *names]) + "\n")

    assert found is not None
    assert [*found] == ["person", *names[:MOST_COLUMNS]]
    assert len(problems) == 2


def test_a_changed_file_is_read_again_and_an_unchanged_one_is_not(tmp_path: Path) -> None:
    """The file is read once per change, also of its size alone, and forgotten when it is deleted."""
    path = tmp_path / PEOPLE
    path.write_text("person,name\nu_1,Anna\n")
    file = PeopleFile(path)
    first = file.loaded()

    assert file.loaded() is first
    stamp = path.stat()
    path.write_text("person,name\nu_1,Annabel\n")
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    second = file.loaded()
    assert second.table is not None
    assert second.table["name"].to_pylist() == ["Annabel"]
    path.unlink()
    assert not file.loaded().is_there


def test_changed_permissions_are_noticed(tmp_path: Path) -> None:
    """A file whose permissions alone changed is read again."""
    path = tmp_path / PEOPLE
    path.write_text("person,name\nu_1,Anna\n")
    file, changed = PeopleFile(path), path.stat().st_ctime_ns
    first = file.loaded()

    while path.stat().st_ctime_ns == changed:
        path.chmod(0o600)

    assert file.loaded() is not first


def test_a_failed_reading_is_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that could not be read is read again, also when nothing about it changed."""
    (tmp_path / PEOPLE).write_text("person,name\nu_1,Anna\n")
    file = PeopleFile(tmp_path / PEOPLE)
    with monkeypatch.context() as broken:
        broken.setattr(Path, "open", _unreadable)
        (problem,) = file.loaded().problems

    assert problem.what == "The file cannot be read: Permission denied."
    assert file.loaded().problems == ()


def _unreadable(*_: object, **__: object) -> None:
    raise PermissionError(errno.EACCES, "Permission denied")


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ('u1,"Acme\nu2,Beta\nu3,Gamma', "Row 2 cannot be read: a quote in it is not closed."),
        ('u1,Acme\nu2,"Beta\nu3,"Gamma"\n', "Row 3 cannot be read: ',' expected after '\"'."),
    ],
)
def test_an_open_quote_swallows_no_rows(tmp_path: Path, rows: str, problem: str) -> None:
    """A file in which a quote is not closed is not used, and the row is named."""
    assert problems_of(tmp_path, f"person,company\n{rows}") == (None, [problem])


def test_the_example_gives_way_to_the_teams_own_file(tmp_path: Path) -> None:
    """The sandbox's example is marked as one, and not used beside a file of the team, even a broken one."""
    file = PeopleFile(tmp_path / PEOPLE, EXAMPLE)

    example = file.loaded()
    (tmp_path / PEOPLE).write_text("name\n")
    own = file.loaded()

    assert (example.is_example, example.problems, example.path) == (True, (), tmp_path / PEOPLE)
    assert (own.is_example, own.table) == (False, None)


def test_the_example_is_about_the_people_of_the_sample() -> None:
    """Everybody in the example wrote a sample item, and nearly everybody who did is in it."""
    people = {item["user_id"] for item in sample_items(now=NOW)}
    table = PeopleFile(EXAMPLE).loaded().table

    assert table is not None
    assert {*table["person"].to_pylist()} <= people
    assert 0 < len(people) - table.num_rows < 10
