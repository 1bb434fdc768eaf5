"""Text prepared for display hides nothing and is short."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop_client.query.text import BIDI_CONTROLS, first_line, percent, visible

BLANKS = st.sampled_from([0, 1, 30, 300]).map(lambda times: " \n" * times)


@given(st.text())
def test_no_bidirectional_control_survives(text: str) -> None:
    """Bidirectional controls are spelt out, and nothing else changes."""
    shown = visible(text)

    assert not set(shown) & set(BIDI_CONTROLS)
    for control, name in BIDI_CONTROLS.items():
        shown, text = shown.replace(f"⟦{name}⟧", ""), text.replace(control, "").replace(f"⟦{name}⟧", "")
    assert shown == text


@given(st.text(), st.integers(min_value=1, max_value=30))
def test_a_first_line_is_one_bounded_line(text: str, length: int) -> None:
    """A first line is one line of bounded length."""
    line = first_line(text, length)

    assert len(line) <= length
    assert not any(character in line for character in "\n\r\t")


@given(BLANKS, st.text(max_size=40), BLANKS, st.text(max_size=40))
def test_a_first_line_begins_with_the_first_word(blanks: str, first: str, between: str, then: str) -> None:
    """A first line starts at the first word, with an ellipsis if it is cut."""
    text = blanks + first + between + then
    whole = " ".join(visible(text).split())

    line = first_line(text, 20)

    assert line == whole or (line.endswith("…") and whole.startswith(line[:-1]) and line[:-1])


def test_a_long_text_ends_with_an_ellipsis() -> None:
    """A cut text ends with an ellipsis."""
    assert first_line("one two\nthree four", 10) == "one two t…"


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (0, 300, "0%"),
        (1, 300, "<1%"),
        (1, 200, "<1%"),
        (2, 300, "1%"),
        (150, 300, "50%"),
        (298, 300, "99%"),
        (199, 200, ">99%"),
        (299, 300, ">99%"),
        (300, 300, "100%"),
    ],
)
def test_zero_and_hundred_percent_are_exact(part: int, whole: int, text: str) -> None:
    """Only zero is shown as 0 %, and only all as 100 %."""
    assert percent(part / whole) == text
