"""A very long name has a short one, which selects exactly that value."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from loop_client.query import LONGEST_NAME, is_shortened, named, selected, shortened
from loop_client.report.masking import masked_text
from tests.frames import item, items_frame

LONG = "x" * 1_000_000


@given(st.text(max_size=LONGEST_NAME) | st.text(min_size=190).map(lambda text: text * 3))
def test_no_name_is_long_and_no_two_are_the_same(value: str) -> None:
    """Short names are bounded and unique, and a short value is its own name."""
    name = shortened(value)

    assert len(name) <= LONGEST_NAME
    assert (name == value) is (len(value) <= LONGEST_NAME and not is_shortened(value))
    assert shortened(f"{value}{LONG}") not in {name, shortened(name), shortened(f"{value}{LONG}x")}
    assert shortened(name) != name or name == value


def test_a_short_name_selects_exactly_its_value() -> None:
    """A short name selects or excludes exactly its value, in every field."""
    values = [LONG, f"{LONG}y", "short", shortened(LONG)]
    rows = items_frame(
        item(number, tag=one, source=one, sentiment=one, status=one, user_id=one) for number, one in enumerate(values)
    )
    for column in ("tag", "source", "sentiment", "status", "user_id"):
        for number, value in enumerate(values):
            name = shortened(value)
            assert rows["id"].iloc[selected(rows, {column: [name]})].tolist() == [f"fb_{number}"]
    without = selected(rows, {"not-tag": [named("tag", LONG)]})
    assert len(without) == len(values) - 1


def test_a_short_name_is_not_masked_itself() -> None:
    """The digest of a short name has no digits, which masking would take for a long number."""
    for number in range(500):
        name = shortened(LONG[:300] + chr(97 + number % 26) * number)
        assert masked_text(name, (), b"salt") == name
