"""Text made fit to be shown hides nothing and stays short."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop_client.query.text import BIDI_CONTROLS, first_line, percent, visible

BLANKS = st.sampled_from([0, 1, 30, 300]).map(lambda times: " \n" * times)


@given(st.text())
def test_no_bidirectional_control_survives(text: str) -> None:
    """Whatever reorders text is spelt out, and nothing else changes."""
    shown = visible(text)

    assert not set(shown) & set(BIDI_CONTROLS)
    for control, name in BIDI_CONTROLS.items():
        shown, text = shown.replace(f"⟦{name}⟧", ""), text.replace(control, "").replace(f"⟦{name}⟧", "")
    assert shown == text


@given(st.text(), st.integers(min_value=1, max_value=30))
def test_a_first_line_is_one_bounded_line(text: str, length: int) -> None:
    """It never breaks and is never longer than asked for."""
    line = first_line(text, length)

    assert len(line) <= length
    assert not any(character in line for character in "\n\r\t")


@given(BLANKS, st.text(max_size=40), BLANKS, st.text(max_size=40))
def test_a_first_line_begins_with_the_first_word(blanks: str, first: str, between: str, then: str) -> None:
    """However many blanks stand before it; and where not all of the text is shown, an ellipsis says so."""
    text = blanks + first + between + then
    whole = " ".join(visible(text).split())

    line = first_line(text, 20)

    assert line == whole or (line.endswith("…") and whole.startswith(line[:-1]) and line[:-1])


def test_a_long_text_ends_with_an_ellipsis() -> None:
    """What was cut shows that it was."""
    assert first_line("one two\nthree four", 10) == "one two t…"


@pytest.mark.parametrize(
    ("part", "whole", "told"),
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
def test_zero_and_hundred_percent_are_exact(part: int, whole: int, told: str) -> None:
    """One of 300 is not 0 %, and all but one are not 100 %."""
    assert percent(part / whole) == told
