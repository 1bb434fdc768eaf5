#!/usr/bin/env bash
# ADBC's PostgreSQL driver reads 'infinity' as a moment 290,000 years ago, which is even before '-infinity'.
#
# Versions: Python 3.11.7, adbc-driver-postgresql 1.13.0, adbc-driver-manager 1.13.0, pyarrow 26.0.1, PostgreSQL 16.2 (pgserver 0.1.4).
# Expected: a timestamptz or date of 'infinity', as columns like "valid until" have it, is the largest value of Arrow's
#   type, or null, or an error; it comes after every other moment, and '-infinity' before.
# Behaviour: PostgreSQL stores both as the largest and the smallest integer from 2000 on. The driver adds the 30 years to
#   1970, and the largest overflows: it becomes one less than the smallest. So sorting, and filters such as "valid until
#   after today", have it the wrong way round, without an error. A valid date of the year 294276 overflows as well.
# Seen:
#> timestamptz, PostgreSQL's order: -infinity, 4713-01-01 BC, 2026-06-19, 294276-12-31, infinity
#> timestamptz, Arrow's order: 294276-12-31, infinity, -infinity, 4713-01-01 BC, 2026-06-19
#> timestamptz: infinity -9222425352054775809, -infinity -9222425352054775808
#> date, PostgreSQL's order: -infinity, 4713-01-01 BC, 2026-06-19, 294276-12-31, infinity
#> date, Arrow's order: infinity, -infinity, 4713-01-01 BC, 2026-06-19, 294276-12-31
#> date: infinity -2147472692, -infinity -2147472691
# Exit: 0 while the output is as above, else 1.
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server" && wait "$server"; } 2>/dev/null || true; rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pgserver==0.1.4 \
    adbc-driver-postgresql==1.13.0 adbc-driver-manager==1.13.0 pyarrow==26.0.1
programs=$(echo "$folder"/venv/lib/python3*/site-packages/pgserver/pginstall/bin)
as=()
if [ "$(id -u)" = 0 ]; then # PostgreSQL refuses root
    as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    chmod 755 "$folder"
fi
mkdir -m 777 "$folder/run"
"${as[@]}" "$programs/initdb" -D "$folder/run/data" -U probe --auth=trust --encoding=UTF8 --locale=C >"$folder/log"
"${as[@]}" "$programs/postgres" -D "$folder/run/data" -c listen_addresses= -k "$folder/run" >>"$folder/log" 2>&1 &
server=$!
for _ in $(seq 100); do
    "$programs/pg_isready" --quiet --host="$folder/run" && break
    sleep 0.1
done

cat >"$folder/probe.py" <<'PYTHON'
"""Read moments without an end, and print them as Arrow has them, in Arrow's order."""

import sys

import pyarrow as pa
from adbc_driver_postgresql import dbapi

with dbapi.connect(sys.argv[1], autocommit=True) as connection, connection.cursor() as cursor:
    for kind, number in (("timestamptz", pa.int64()), ("date", pa.int32())):
        cursor.execute(
            f"select name, name::{kind} as moment from unnest(array["
            f"'infinity', '-infinity', '2026-06-19', '294276-12-31', '4713-01-01 BC']) as name order by moment"
        )
        found = cursor.fetch_arrow_table()
        print(f"{kind}, PostgreSQL's order:", ", ".join(found["name"].to_pylist()))
        moments = found.set_column(1, "moment", found["moment"].cast(number)).sort_by("moment")
        print(f"{kind}, Arrow's order:", ", ".join(moments["name"].to_pylist()))
        ends = dict(zip(moments["name"].to_pylist(), moments["moment"].to_pylist()))
        print(f"{kind}: infinity {ends['infinity']}, -infinity {ends['-infinity']}")
PYTHON
"$folder/venv/bin/python" "$folder/probe.py" "postgresql://probe@/postgres?host=$folder/run" >"$folder/seen"

sed -n 's/^#> //p' "$0" | diff -u - "$folder/seen"
echo "as stated"
