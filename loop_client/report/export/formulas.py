"""Cells that no spreadsheet takes for a formula."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pyarrow.compute as pc

if TYPE_CHECKING:
    import pyarrow as pa

_SKIPPED: Final = '"\t-\r \x1c-\x1f\x85\xa0\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u2069\u3000\ufeff'
_TRIGGERS: Final = "=+@\t\r\n\x00\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212"
FORMULA: Final = f"^(?:'|[{_SKIPPED}\x00]*[{_TRIGGERS}\\-])"
"""How a cell begins that gets an apostrophe: with one, or with what a spreadsheet may take for a formula.

That is = + - @, their full-width and small twins, tab, CR, LF or NUL, also behind blanks, double quotes and invisible
characters, which spreadsheets strip.
"""

_FORMULA: Final = re.compile(FORMULA)


def guarded(cells: pa.Array) -> pa.Array:
    """The cells, with an apostrophe before each that begins as `FORMULA` says; null stays null."""
    if not pc.any(pc.match_substring_regex(cells, FORMULA)).as_py():
        return cells
    return pc.replace_substring_regex(cells, f"({FORMULA})", r"'\1")


def unguarded(cell: str) -> str:
    """The cell as it was before `guarded`.

    An apostrophe goes only where `guarded` would have put one before what follows. So a file is read right, too, that
    went through a spreadsheet which takes one off each cell, as Gnumeric does; but of such a file, nobody can tell
    whether a cell that begins with `'=` or `''` began so at first.
    """
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell[1:]) else cell
