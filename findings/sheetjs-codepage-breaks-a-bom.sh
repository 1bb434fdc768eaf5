#!/usr/bin/env bash
# SheetJS garbles a UTF-8 CSV that has a BOM when it is told that the file is UTF-8, and three rows become one.
#
# Versions: Node 20.20.2, SheetJS 0.18.5 (package xlsx, the newest on npm).
# Expected: `codepage: 65001`, UTF-8, is what a CSV without a BOM needs. With a BOM it says what the file says itself,
#   so nothing changes; the package's README names files without one as those that it is applied to.
# Behaviour: readFile decodes the bytes, cuts off the BOM as if it still were three bytes, and the first two letters with
#   it, and decodes what is left once more, of each UTF-16 unit the low byte. Letters up to U+007F stay, others become
#   other letters or U+FFFD, and a bullet (U+2022) becomes a quotation mark: from a cell that begins with one to the next
#   such cell, all lines are read as one cell. Nothing is reported. `read` of the same bytes reads them right.
# Seen (a file with a BOM or without, the option, the rows that are read):
#> readFile, BOM, none: [["city","note"],["Łódź","• late"],["Roma","fine"],["東京","• early"]]
#> readFile, BOM, 65001: [["ty","note"],["A�dz","\" late\nRoma,fine\nq�,\" early"]]
#> readFile, no BOM, 65001: [["city","note"],["Łódź","• late"],["Roma","fine"],["東京","• early"]]
#> read, BOM, 65001: [["city","note"],["Łódź","• late"],["Roma","fine"],["東京","• early"]]
# Exit: 0 while the output is as above, 77 where there is no npm, else 1.
set -euo pipefail
if ! command -v npm >/dev/null; then
    echo "SKIPPED: no npm; on Debian and Ubuntu it is in the package npm" >&2
    exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" xlsx@0.18.5 >/dev/null

printf 'city,note\r\nŁódź,• late\r\nRoma,fine\r\n東京,• early\r\n' >"$folder/plain.csv"
{ printf '\xef\xbb\xbf' && cat "$folder/plain.csv"; } >"$folder/marked.csv"

(cd "$folder" && node -) >"$folder/seen" <<'JAVASCRIPT'
const fs = require("fs");
const XLSX = require("xlsx");

const utf8 = { codepage: 65001 };

function show(title, book) {
    const rows = XLSX.utils.sheet_to_json(book.Sheets.Sheet1, { header: 1 });
    console.log(`${title}: ${JSON.stringify(rows)}`);
}

show("readFile, BOM, none", XLSX.readFile("marked.csv"));
show("readFile, BOM, 65001", XLSX.readFile("marked.csv", { ...utf8 }));
show("readFile, no BOM, 65001", XLSX.readFile("plain.csv", { ...utf8 }));
show("read, BOM, 65001", XLSX.read(fs.readFileSync("marked.csv"), { ...utf8 }));
JAVASCRIPT

sed -n 's/^#> //p' "$0" | diff -u - "$folder/seen"
echo "as stated"
