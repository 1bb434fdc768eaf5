#!/usr/bin/env bash
# Gnumeric hides the hours of a CSV column that contains only times, and reads ISO 8601 with an offset as text.
#
# Versions: Gnumeric 1.12.55 (Debian 12, package gnumeric 1.12.55-1).
# Expected: a column of times is shown with its hours, whether "T" or a space stands before them, and whether UTC is
#   written as "Z", as "+00:00" or not at all. A cell of text changes nothing for the other cells.
# Behaviour: the format guessed for the column is yyyy-mm-dd, a date alone; the hours are in the value but not on the
#   sheet. One word in the column, and the hours appear. A time with "T" counts as one only if it ends in "Z": without
#   a zone it is text, and so it is with +00:00, which is what pandas and datetime write.
# Seen (a column of one heading and two equal times; its last cell's value and what the sheet shows):
#> 2026-11-01 18:30:00: value 46327.770833333333332, shown 2026-11-01
#> 2026-11-01 18:30:00 and a word: value 46327.770833333333332, shown 2026-Nov-01 18:30:00
#> 2026-11-01T18:30:00Z: value 46327.770833333333332, shown 2026-11-01
#> 2026-11-01T18:30:00: value 2026-11-01T18:30:00, shown 2026-11-01T18:30:00
#> 2026-11-01T18:30:00+00:00: value 2026-11-01T18:30:00+00:00, shown 2026-11-01T18:30:00+00:00
#> 2026-11-01 18:30:00+00:00: value 2026-11-01 18:30:00+00:00, shown 2026-11-01 18:30:00+00:00
# Exit: 0 while the output is as above, 77 where there is no ssconvert, else 1.
set -euo pipefail
if ! command -v ssconvert >/dev/null; then
    echo "SKIPPED: no ssconvert; on Debian and Ubuntu it is in the package gnumeric" >&2
    exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

last_cell() { # of the sheet, written as FORMAT
    LC_ALL=C.UTF-8 ssconvert -T Gnumeric_stf:stf_assistant -O "format=$1 quoting-mode=never eol=unix" \
        "$folder/times.csv" "$folder/out.txt" 2>/dev/null
    tail -n 1 "$folder/out.txt"
}

sed -n 's/^#> \(.*\): value.*/\1/p' "$0" | while read -r form; do
    time=${form% and a word}
    [ "$form" = "$time" ] && between=$time || between=soon
    printf '%s\n' created "$time" "$between" "$time" >"$folder/times.csv"
    echo "$form: value $(last_cell raw), shown $(last_cell preserve)"
done >"$folder/seen"

sed -n 's/^#> //p' "$0" | diff -u - "$folder/seen"
echo "as stated"
