"""A link has its question, and nothing personal while share-safe is on."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop_client.query import (
    ALL_TIME,
    COUNTED,
    DIMENSIONS,
    HIDEABLE,
    LIST_COLUMNS,
    OF_PEOPLE,
    PARAMETERS,
    PERIODS,
    SAVED,
    SORTS,
    VIEWS,
    Filters,
    Name,
    Question,
    filters_by_name,
    link_parts,
    period_start,
    question_of,
    reveals_person,
    widget_values,
)
from tests.loop_client.query.test_drilldown import NARROWED
from tests.loop_client.query.test_saved_view_counts import FILTERS

TODAY = date(2026, 6, 20)
QUESTIONS = st.builds(
    Question,
    FILTERS,
    NARROWED,
    st.sampled_from(list(VIEWS)),
    st.sampled_from(SORTS),
    st.none() | st.sampled_from([period for period in PERIODS if period != ALL_TIME]),
    st.lists(st.sampled_from(LIST_COLUMNS), unique=True).map(lambda names: tuple(sorted(names))),
    st.none() | st.text(min_size=1, max_size=5),
)


@given(QUESTIONS)
def test_a_link_restores_its_question(question: Question) -> None:
    """A link restores any question, with a period in place of dates."""
    if question.period:
        filters = replace(question.filters, since=period_start(question.period, TODAY), until=None)
        question = replace(question, filters=filters)

    assert question_of(link_parts(question), TODAY) == question


@given(QUESTIONS)
def test_all_time_is_no_period(question: Question) -> None:
    """All time replaces dates in a link, as a period does, and is the question without any."""
    link = {**link_parts(question), "last": [ALL_TIME]}

    filters = replace(question.filters, since=None, until=None)
    assert question_of(link, TODAY) == replace(question, filters=filters, period=None)


def test_a_saved_view_sets_each_of_its_widgets() -> None:
    """A saved view sets each of its widgets, and resets those that it does not mention."""
    question = Question(Filters(tag=("exports",), since=TODAY, text="slow"), sort=SORTS[1], columns=("tag", "age"))
    nothing: dict[str, object] = {
        "since": None,
        "until": None,
        "last": None,
        "text": "",
        "sort": SORTS[0],
        "columns": [],
    }
    nothing |= {name: [] for name in DIMENSIONS}

    assert nothing.items() <= widget_values(Question()).items()
    set_values = {"tag": ["exports"], "since": TODAY, "text": "slow", "sort": SORTS[1], "columns": ["age", "tag"]}
    assert {**nothing, **set_values}.items() <= widget_values(question).items()
    of_a_period = replace(question, period="7 days")
    assert {**nothing, **set_values, "since": None, "last": "7 days"}.items() <= widget_values(of_a_period).items()


def test_every_parameter_has_a_row() -> None:
    """Every parameter of the filters has a row in the table."""
    assert {*PARAMETERS} == {*Name}
    rows = [PARAMETERS[field.name] for field in fields(Filters)]
    assert all(row.saved and row.bound for row in rows)


def test_what_can_be_hidden_is_what_may_tell_of_people() -> None:
    """Only personal parameters are hidden from a link, with a note; a saved view has all that select items."""
    assert {*HIDEABLE} == {name for name, row in PARAMETERS.items() if row.read and row.personal != "never"}
    assert {*HIDEABLE} - {*OF_PEOPLE} < {*SAVED}


@pytest.mark.parametrize(
    ("name", "value", "reveals"),
    [
        ("user", "u_1", True),
        ("text", "anything", True),
        ("tag", "anna@example.com", True),
        ("tag", "exports", False),
        ("only", "user:u_1", True),
        ("only", "not-tag:anna@example.com", True),
        ("only", "tag:exports", False),
        ("only", "word:anything", True),
        ("item", "anna@example.com", False),
        ("bogus", "anna@example.com", True),
        ("bogus", "exports", False),
    ],
)
def test_a_value_reveals_a_person_by_its_parameter_or_by_itself(name: str, value: str, reveals: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """People and searches are always personal; other names are if masking changes them."""
    assert reveals_person(name, value, lambda one: "@" in one) == reveals


@pytest.mark.parametrize(
    ("text", "number"), [("2", 2), ("0", None), ("²", None), ("9" * 5_000, None), ("", None), ("1.5", None)]
)
def test_a_page_is_a_plain_number(text: str, number: int | None) -> None:
    """A page number has only ASCII digits and a bounded size."""
    assert PARAMETERS[Name.PAGE].parse(text) == number


def test_filters_are_listed_by_parameter() -> None:
    """Filters are listed by parameter, masked where needed, and without those that select everything."""
    filters = Filters(tag=("a", "b"), since=date(2026, 6, 1), text="csv")

    text = filters_by_name(filters, lambda name, value: value.upper() if name in COUNTED else f"{name}!")

    assert text == {"tag": ("A", "B"), "since": "2026-06-01", "text": "text!"}
    assert filters_by_name(Filters(), lambda _, value: value) == {}
