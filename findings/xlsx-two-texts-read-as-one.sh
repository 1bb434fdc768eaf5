#!/usr/bin/env bash
# openpyxl reads a carriage return in a workbook's cell as seven letters, so two different texts come back the same.
#
# Versions: Python 3.11.7, XlsxWriter 3.3.1, openpyxl 3.1.5, python-calamine 0.9.1.
# Expected: a workbook gives back what was written. Its format spells a CR as _x000D_, and a text that has these seven
#   letters itself as _x005F_x000D_; a reader undoes both.
# Behaviour: openpyxl undoes the second and not the first. So "a CR b" and the seven letters between a and b are one text.
#   In cells that hold their text in place, as XlsxWriter's constant_memory mode writes them, it undoes neither, so the
#   same text is read differently by how the file was written. calamine undoes both in both.
# Seen (what was written, where the text is stored, what is read):
#> 'a\rb', shared: openpyxl 'a_x000D_b', calamine 'a\rb'
#> 'a_x000D_b', shared: openpyxl 'a_x000D_b', calamine 'a_x000D_b'
#> 'a\rb', in place: openpyxl 'a_x000D_b', calamine 'a\rb'
#> 'a_x000D_b', in place: openpyxl 'a_x005F_x000D_b', calamine 'a_x000D_b'
# Exit: 0 while the output is as above, else 1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    xlsxwriter==3.3.1 openpyxl==3.1.5 python-calamine==0.9.1

"$folder/venv/bin/python" - "$folder/book.xlsx" >"$folder/seen" <<'PYTHON'
import sys

import openpyxl
import xlsxwriter
from python_calamine import CalamineWorkbook

path = sys.argv[1]
for where, in_place in (("shared", False), ("in place", True)):
    for text in ("a\rb", "a_x000D_b"):
        with xlsxwriter.Workbook(path, {"constant_memory": in_place}) as book:
            book.add_worksheet().write_string(0, 0, text)
        by_openpyxl = openpyxl.load_workbook(path).active["A1"].value
        ((by_calamine,),) = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
        print(f"{text!r}, {where}: openpyxl {by_openpyxl!r}, calamine {by_calamine!r}")
PYTHON

sed -n 's/^#> //p' "$0" | diff -u - "$folder/seen"
echo "as stated"
