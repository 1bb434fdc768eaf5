"""What a team knows about people is joined by id, searched, filtered and grouped."""

from __future__ import annotations

import pyarrow as pa
import pytest

from loop_client.report import people_columns

IDS = pa.array(["u_1", "u_2", "u_3", "u_4"], pa.large_string())
KNOWN = pa.table(
    {
        "person": ["u_3", "u_1", "u_9", "u_2"],
        "name": ["José Núñez", "Anna Weber", "Nobody here", None],
        "company": ["Acme", "Acme", "Acme", "Beta"],
    }
)
COLUMNS = people_columns.columns_of(IDS, KNOWN)


def people(mask: object) -> list[str]:
    """The ids that a mask selects."""
    return list(IDS.filter(pa.array(mask)).to_pylist())


def test_each_person_has_their_row() -> None:
    """Columns are in the order of the account's people, and null where nothing is known."""
    assert COLUMNS.to_pydict() == {
        "name": ["Anna Weber", None, "José Núñez", None],
        "company": ["Acme", "Beta", "Acme", None],
    }
    assert people_columns.matched(IDS, KNOWN) == 3


def test_without_a_file_nothing_is_known() -> None:
    """Without a table there are no columns, and the search finds ids."""
    none = people_columns.columns_of(IDS, None)

    assert none.num_columns == people_columns.matched(IDS, None) == 0
    assert people(people_columns.found(IDS, none, "U_2")) == ["u_2"]


@pytest.mark.parametrize(
    ("columns", "called"),
    [
        ({"plan": "Pro", "company": "Acme", "Name": "Anna"}, ("Anna", "Acme")),
        ({"plan": "Pro", "city": "Bonn", "seats": "9"}, ("Pro", "Bonn")),
        ({"name": None, "company": "Acme", "plan": "Pro"}, ("Acme",)),
        ({}, ()),
    ],
)
def test_a_person_is_called_by_name_and_company(columns: dict[str, str | None], called: tuple[str, ...]) -> None:
    """Name and company come first, then the first columns: two at most; nobody else's are taken."""
    people = pa.table({"person": ["u_0", "u_1"], **{name: ["Other", value] for name, value in columns.items()}})

    assert people_columns.called(people, "u_1") == called
    assert people_columns.called(people, "u_2") == people_columns.called(None, "u_1") == ()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ["u_1", "u_2", "u_3", "u_4"]),
        ("jose", ["u_3"]),
        ("acme u_1", ["u_1"]),
        ("acme -weber", ["u_3"]),
        ('"weber anna"', []),
        ("u_", ["u_1", "u_2", "u_3", "u_4"]),
    ],
)
def test_the_search_reads_ids_and_all_columns(text: str, found: list[str]) -> None:
    """Every word must be in the id or a column, in any case, with or without accents."""
    assert people(people_columns.found(IDS, COLUMNS, text)) == found


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ([], ["u_1", "u_2", "u_3", "u_4"]),
        (["company:Acme"], ["u_1", "u_3"]),
        (["company:Acme", "company:Beta"], ["u_1", "u_2", "u_3"]),
        (["company:Acme", "name:Anna Weber"], ["u_1"]),
        (["company:"], ["u_4"]),
        (["company:acme"], ["u_1", "u_3"]),
        (["COMPANY: acme "], ["u_1", "u_3"]),
        (["name:jose nunez"], ["u_3"]),
        (["company:Gone"], []),
        (["Acme"], ["u_1", "u_3"]),
        (["beta", "anna weber"], ["u_1", "u_2"]),
        (["acme", "name:anna weber"], ["u_1"]),
        (["city:Berlin"], ["u_1", "u_2", "u_3", "u_4"]),
    ],
)
def test_a_filter_is_any_value_of_each_column(wanted: list[str], found: list[str]) -> None:
    """Values of one column, or of any, are alternatives, columns are combined, and what is unknown is left out."""
    assert people(people_columns.members(COLUMNS, wanted)) == found


def test_what_no_column_has_is_unknown() -> None:
    """A text that names no column and is no value is unknown; a value of a column may be missing."""
    wanted = ["Acme", "compnay:Acme", "company:Gone", "company:", "Gone"]

    assert people_columns.unknown(COLUMNS, wanted) == ["compnay:Acme", "Gone"]


def test_groups_have_one_for_people_without_a_value() -> None:
    """People are numbered by their value, and the last number is for none."""
    values, numbers = people_columns.groups_by(COLUMNS, "company")

    assert [values[int(number)].as_py() for number in numbers] == ["Acme", "Beta", "Acme", None]
    assert values[-1].as_py() is None


def test_only_repeated_values_are_offered() -> None:
    """A value that one person has alone is no group to filter by."""
    assert people_columns.offered(COLUMNS, 50) == ["company:Acme"]
