#!/usr/bin/env bash
# csvkit and SheetJS read the answers "1,2" of a CSV as the number 12, so two answers become the code of a third one.
#
# Versions: Python 3.11.7, csvkit 2.2.0 (agate 1.14.2); Node 20.20.2, SheetJS 0.18.5 (package xlsx, the newest on npm).
# Expected: surveys write the codes of several chosen answers into one cell, as in "1,2". In quotes, and with no group
#   of three digits, that is no number, so it stays text, as pandas, polars and DuckDB read it.
# Behaviour: csvkit takes every comma out of a cell before it asks whether the rest is a number. If it is one in all
#   cells of the column, the column is numbers: "1,2" and "12" are the same answer, also where csvsort, csvjoin or
#   in2csv write the next CSV. SheetJS decides cell by cell and takes out a comma between two digits, but goes on
#   behind them, so of one column some cells become numbers, some dates, and some stay text. `--no-inference` and
#   `raw: true` leave all as it is; either has to be asked for.
# Seen (the column, as it stands in the file and as it is read):
#> file: 12 | 1,2 | 1,3,5 | 1,2,3,4
#> csvjson: 12.0 | 12.0 | 135.0 | 1234.0
#> csvsort: 12 | 12 | 135 | 1234
#> csvjson --no-inference: "12" | "1,2" | "1,3,5" | "1,2,3,4"
#> SheetJS: 12 | 12 | 2005-01-03 | "1,2,3,4"
#> SheetJS, raw: "12" | "1,2" | "1,3,5" | "1,2,3,4"
# Exit: 0 while the output is as above, 77 where there is no npm, else 1.
set -euo pipefail
if ! command -v npm >/dev/null; then
    echo "SKIPPED: no npm; on Debian and Ubuntu it is in the package npm" >&2
    exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check csvkit==2.2.0 agate==1.14.2
npm install --silent --no-audit --no-fund --prefix "$folder" xlsx@0.18.5 >/dev/null

file=$folder/answers.csv
printf '"person","answers"\n"a","12"\n"b","1,2"\n"c","1,3,5"\n"d","1,2,3,4"\n' >"$file"

by_csvjson() { # with OPTIONS
    "$folder/venv/bin/csvjson" "$@" "$file" | "$folder/venv/bin/python" -c '
import json, sys
print(*(json.dumps(row["answers"]) for row in json.load(sys.stdin)), sep=" | ")'
}

by_csvsort() {
    "$folder/venv/bin/csvsort" -c person "$file" | "$folder/venv/bin/python" -c '
import csv, sys
print(*(row["answers"] for row in csv.DictReader(sys.stdin)), sep=" | ")'
}

by_sheetjs() { # with OPTIONS; a date by its day
    NODE_PATH="$folder/node_modules" TZ=UTC node -e '
        const XLSX = require("xlsx");
        const book = XLSX.readFile(process.argv[1], {...JSON.parse(process.argv[2]), cellDates: true});
        const cells = ["B2", "B3", "B4", "B5"].map((name) => book.Sheets.Sheet1[name].v);
        const shown = (one) => one instanceof Date ? one.toISOString().slice(0, 10) : JSON.stringify(one);
        console.log(cells.map(shown).join(" | "));
    ' "$file" "$1"
}

{
    echo "file: 12 | 1,2 | 1,3,5 | 1,2,3,4"
    echo "csvjson: $(by_csvjson)"
    echo "csvsort: $(by_csvsort)"
    echo "csvjson --no-inference: $(by_csvjson --no-inference)"
    echo "SheetJS: $(by_sheetjs '{}')"
    echo "SheetJS, raw: $(by_sheetjs '{"raw": true}')"
} >"$folder/seen"

sed -n 's/^#> //p' "$0" | diff -u - "$folder/seen"
echo "as stated"
