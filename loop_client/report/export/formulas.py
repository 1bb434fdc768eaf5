"""Guards cells against being read as formulas by a spreadsheet."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pyarrow.compute as pc

if TYPE_CHECKING:
    import pyarrow as pa

_SKIPPED: Final = '"\t-\r \x1c-\x1f\x85\xa0\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u2069\u3000\ufeff'
_TRIGGERS: Final = "=+@\t\r\n\x00\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212"
FORMULA: Final = f"^(?:'|[{_SKIPPED}\x00]*[{_TRIGGERS}\\-])"
"""Matches the beginning of a cell that needs an apostrophe: one that starts with an apostrophe, or like a formula.

Formulas start with = + - @, their full-width and small forms, tab, CR, LF or NUL, also after blanks, double quotes and
invisible characters, which spreadsheets strip.
"""

_FORMULA: Final = re.compile(FORMULA)


def guarded(cells: pa.Array) -> pa.Array:
    """The cells, with an apostrophe before each that matches `FORMULA`; null stays null."""
    if not pc.any(pc.match_substring_regex(cells, FORMULA)).as_py():
        return cells
    return pc.replace_substring_regex(cells, f"({FORMULA})", r"'\1")


def unguarded(cell: str) -> str:
    """The cell as it was before `guarded`.

    An apostrophe is removed only where `guarded` would have added it. So a file is also read correctly after a
    spreadsheet that removes one from each cell, as Gnumeric does; only cells that now begin with `'=` or `''` are
    ambiguous in such a file.
    """
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell[1:]) else cell
