"""Text made fit to be shown hides nothing and stays short."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from loop_client.report.text import BIDI_CONTROLS, first_line, visible


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


def test_a_long_text_ends_with_an_ellipsis() -> None:
    """What was cut shows that it was."""
    assert first_line("one two\nthree four", 10) == "one two t…"
