"""How much of a text a list's cell takes: three lines, of which a longer text's last ends in an ellipsis."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages.components.wrapping import PADDING, fitted, width_of

TEXTS = st.text(st.sampled_from("WiM .x漢👋ßЖ\N{COMBINING ACUTE ACCENT}م")) | st.text()


def lines_of(text: str, column: int) -> list[str]:
    """The lines that a table breaks a text into: at blanks, and within words that are longer than a line."""
    lines, rest = [], text
    while rest:
        end = len(rest)
        while end > 1 and sum(map(width_of, rest[:end])) > column - PADDING:
            end -= 1
        if end < len(rest) and (blank := rest.rfind(" ", 1, end + 1)) > 0:
            end = blank
        lines.append(rest[:end].strip())
        rest = rest[end:]
    return lines


@given(TEXTS.filter(lambda text: len(text) < 200), st.sampled_from([75, 95, 150, 300]))
def test_a_text_takes_three_lines_at_the_most(text: str, column: int) -> None:
    """A longer one ends in an ellipsis; a shorter one is whole."""
    cut = fitted(text, column)

    assert len(lines_of(cut, column)) <= 3
    assert cut == text or (cut.endswith("…") and text.startswith(cut[:-1].rstrip()))
    assert cut == text or len(lines_of(text, column)) > 3


@pytest.mark.parametrize("character", ["W", "漢", "👋", "Ж", "م", "\N{ARABIC LIGATURE BISMILLAH AR-RAHMAN AR-RAHEEM}"])
def test_a_word_without_end_is_cut(character: str) -> None:
    """Where there is no blank to break a line at, as in one with blanks."""
    assert fitted(character * 500, 300).endswith("…")
    assert fitted(f"{character} " * 500, 300).endswith("…")
    assert fitted(character, 300) == character


def test_what_was_cut_before_has_one_ellipsis() -> None:
    """An excerpt ends in one of its own."""
    assert not fitted("W" * 62 + "…", 300).endswith("……")
    assert fitted("short…", 300) == "short…"
