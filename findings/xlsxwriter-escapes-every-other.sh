#!/usr/bin/env bash
# XlsxWriter escapes every other one of a workbook's escapes that share an underscore, so letters of the text are lost.
#
# Versions: Python 3.11.7, XlsxWriter 3.3.1, python-calamine 0.9.1.
# Expected: a text that looks like an escape of the format, _xHHHH_, is written so that a reader gets it back, also where
#   the underscore that ends one begins the next.
# Behaviour: the search for escapes goes on behind the whole of the last one. Of two that share an underscore the second
#   is written as it is, and a reader takes it for a character: "_x005F_x0041_" is read as "_x005FA".
# Seen (what was written, what is read):
#> _x0041_: _x0041_
#> _x0041_ _x0042_: _x0041_ _x0042_
#> _x0041_x0042_: _x0041B
#> _x005F_x0041_: _x005FA
# Exit: 0 while the output is as above, else 1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    xlsxwriter==3.3.1 python-calamine==0.9.1

"$folder/venv/bin/python" - "$folder/book.xlsx" >"$folder/seen" <<'PYTHON'
import sys

import xlsxwriter
from python_calamine import CalamineWorkbook

TEXTS = ("_x0041_", "_x0041_ _x0042_", "_x0041_x0042_", "_x005F_x0041_")
with xlsxwriter.Workbook(sys.argv[1]) as book:
    book.add_worksheet().write_column(0, 0, TEXTS)
rows = CalamineWorkbook.from_path(sys.argv[1]).get_sheet_by_index(0).to_python()
for text, (read,) in zip(TEXTS, rows, strict=True):
    print(f"{text}: {read}")
PYTHON

sed -n 's/^#> //p' "$0" | diff -u - "$folder/seen"
echo "as stated"
