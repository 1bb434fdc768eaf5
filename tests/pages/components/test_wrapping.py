"""A list's cell shows at most three lines, and a longer text ends in an ellipsis."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages.components.wrapping import PADDING, fitted, width_of

TEXTS = st.text(st.sampled_from("WiM .x漢👋ßЖ\N{COMBINING ACUTE ACCENT}م")) | st.text()


def lines_of(text: str, column: int) -> list[str]:
    """The lines into which a table breaks a text: at blanks, and within words longer than a line."""
    lines, remaining = [], text
    while remaining:
        end = len(remaining)
        while end > 1 and sum(map(width_of, remaining[:end])) > column - PADDING:
            end -= 1
        if end < len(remaining) and (blank := remaining.rfind(" ", 1, end + 1)) > 0:
            end = blank
        lines.append(remaining[:end].strip())
        remaining = remaining[end:]
    return lines


@given(TEXTS.filter(lambda text: len(text) < 200), st.sampled_from([75, 95, 150, 300]))
def test_a_text_takes_three_lines_at_the_most(text: str, column: int) -> None:
    """A longer text ends in an ellipsis after three lines, and a shorter one is complete."""
    cut = fitted(text, column)

    assert len(lines_of(cut, column)) <= 3
    assert cut == text or (cut.endswith("…") and text.startswith(cut[:-1].rstrip()))
    assert cut == text or len(lines_of(text, column)) > 3


@pytest.mark.parametrize("character", ["W", "漢", "👋", "Ж", "م", "\N{ARABIC LIGATURE BISMILLAH AR-RAHMAN AR-RAHEEM}"])
def test_a_word_without_end_is_cut(character: str) -> None:
    """A text without blanks is cut like one with blanks."""
    assert fitted(character * 500, 300).endswith("…")
    assert fitted(f"{character} " * 500, 300).endswith("…")
    assert fitted(character, 300) == character


def test_what_was_cut_before_has_one_ellipsis() -> None:
    """An excerpt that already ends in an ellipsis gets no second one."""
    assert not fitted("W" * 62 + "…", 300).endswith("……")
    assert fitted("short…", 300) == "short…"
