#!/usr/bin/env bash
# msgspec refuses a time of the year 9999 as invalid RFC 3339, because it rounds the fraction into the year 10000.
#
# Versions: Python 3.11.7, msgspec 0.22.0.
# Expected: digits beyond microseconds are cut off, as datetime.fromisoformat does, so every fraction of the last
#   second of 9999 is read as .999999.
# Behaviour: the fraction is rounded half up at its seventh digit, and the carry moves up into the second, the hour
#   and the year. Where that gives the year 10000, the error is "Invalid RFC3339 encoded datetime", although the text
#   follows the grammar of RFC 3339. So ".9999999Z", the greatest time of a clock with ticks of 100 ns, is not read.
# Seen:
#> 2026-06-20T12:59:59.9999994Z: 2026-06-20T12:59:59.999999+00:00
#> 2026-06-20T12:59:59.9999995Z: 2026-06-20T13:00:00+00:00
#> 2026-06-20T12:59:59.99999949Z: 2026-06-20T12:59:59.999999+00:00
#> 9999-12-31T23:59:59.9999994Z: 9999-12-31T23:59:59.999999+00:00
#> 9999-12-31T23:59:59.9999999Z: ValidationError: Invalid RFC3339 encoded datetime
#> the same by datetime: 9999-12-31T23:59:59.999999+00:00
# Exit: 0 while the output is as above, else 1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    msgspec==0.22.0

"$folder/venv/bin/python" - >"$folder/seen" <<'PYTHON'
from datetime import datetime

import msgspec


def outcome(text):
    try:
        return msgspec.json.decode(f'"{text}"', type=datetime).isoformat()
    except msgspec.ValidationError as error:
        return f"ValidationError: {error}"


for text in (
    "2026-06-20T12:59:59.9999994Z",
    "2026-06-20T12:59:59.9999995Z",
    "2026-06-20T12:59:59.99999949Z",
    "9999-12-31T23:59:59.9999994Z",
    "9999-12-31T23:59:59.9999999Z",
):
    print(f"{text}: {outcome(text)}")
print("the same by datetime:", datetime.fromisoformat("9999-12-31T23:59:59.9999999Z").isoformat())
PYTHON

sed -n 's/^#> //p' "$0" | diff -u - "$folder/seen"
echo "as stated"
