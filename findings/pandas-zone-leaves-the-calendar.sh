#!/usr/bin/env bash
# pandas changes the time zone of a stamp beyond the years 1 to 9999 without an error, and a column turns it into 1972.
#
# Versions: Python 3.11.7, pandas 3.1.1, numpy 2.4.6.
# Expected: midnight of 0001-01-01 in UTC has no local time at UTC-5 that a datetime can represent. Timestamp is a
#   subclass of datetime, so its astimezone raises OverflowError too.
# Behaviour: astimezone returns a stamp of the year 0, or of the year 10000 at the other end. It prints well and
#   converts back to UTC exactly, but date() and strftime raise NotImplementedError. Put into a Series, an index or
#   to_datetime, the stamp silently gets the year 1972 (1970 if its year is not a leap year). Converting a whole
#   column keeps the year 0.
# Seen:
#> datetime: OverflowError
#> stamp: 0000-12-31 19:00:00-05:00
#> stamp.date(): NotImplementedError
#> stamp back in UTC: 0001-01-01 00:00:00+00:00
#> Series of the stamp: 1972-12-31 19:00:00-05:00
#> to_datetime of the stamp: 1972-12-31 19:00:00-05:00
#> year after converting the column: 0
#> stamp at the end: 10000-01-01 08:00:00+09:00
#> Series of the stamp at the end: 1972-01-01 08:00:00+09:00
# Exit: 0 while the output is as above, else 1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    pandas==3.1.1 numpy==2.4.6

"$folder/venv/bin/python" - >"$folder/seen" <<'PYTHON'
from datetime import UTC, timedelta, timezone

import pandas as pd

WEST, EAST = timezone(timedelta(hours=-5)), timezone(timedelta(hours=9))


def outcome(call):
    try:
        return str(call())
    except Exception as error:
        return type(error).__name__


first = pd.Timestamp("0001-01-01T00:00:00Z")
stamp = first.astimezone(WEST)
late = pd.Timestamp("9999-12-31T23:00:00Z").astimezone(EAST)
print("datetime:", outcome(lambda: first.to_pydatetime().astimezone(WEST)))
print("stamp:", stamp)
print("stamp.date():", outcome(stamp.date))
print("stamp back in UTC:", stamp.astimezone(UTC))
print("Series of the stamp:", outcome(lambda: pd.Series([stamp])[0]))
print("to_datetime of the stamp:", outcome(lambda: pd.to_datetime([stamp])[0]))
print("year after converting the column:", outcome(lambda: pd.Series([first]).dt.tz_convert(WEST).dt.year[0]))
print("stamp at the end:", late)
print("Series of the stamp at the end:", outcome(lambda: pd.Series([late])[0]))
PYTHON

sed -n 's/^#> //p' "$0" | diff -u - "$folder/seen"
echo "as stated"
