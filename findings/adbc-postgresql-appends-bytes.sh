#!/usr/bin/env bash
# ADBC's PostgreSQL driver appends a column of another type as its bytes, so that 2.5 is stored as 4612811918334230528.
#
# Versions: Python 3.11.7, adbc-driver-postgresql 1.13.0, adbc-driver-manager 1.13.0, pyarrow 26.0.1, PostgreSQL 16.2 (pgserver 0.1.4).
# Expected: cursor.adbc_ingest(…, mode="append") to a table that exists converts each column to the table's type, as an
#   INSERT does, or raises where the types differ.
# Behaviour: it sends the binary form of the Arrow type, and PostgreSQL reads that as its own type. Where both have the
#   same number of bytes, or the column takes any, another value is stored without an error: also seconds as an int64
#   for a timestamptz. Only a wrong number of bytes is refused, with an error that names no column.
# Seen:
#> float64 2.5 into bigint: stored as 4612811918334230528
#> int64 3 into double precision: stored as 1.5e-323
#> int64 1700000000 into timestamptz: stored as 2000-01-01 00:28:20+00
#> string '12345678' into bigint: stored as 3544952156018063160
#> int32 20000 into date: stored as 2054-10-04
#> int64 3 into bigint: stored as 3
#> int32 3 into bigint: OperationalError 08P01, insufficient data left in message
#> int64 3 into integer: DataError 22P03, incorrect binary data format
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
"""Append one value to a column of each type, and print what the server has stored."""

import sys

import pyarrow as pa
from adbc_driver_postgresql import dbapi

CASES = [
    (pa.float64(), 2.5, "bigint"),
    (pa.int64(), 3, "double precision"),
    (pa.int64(), 1_700_000_000, "timestamptz"),
    (pa.string(), "12345678", "bigint"),
    (pa.int32(), 20_000, "date"),
    (pa.int64(), 3, "bigint"),
    (pa.int32(), 3, "bigint"),
    (pa.int64(), 3, "integer"),
]
with dbapi.connect(sys.argv[1], autocommit=True) as connection, connection.cursor() as cursor:
    cursor.execute("set time zone 'UTC'")
    for number, (arrow, value, kind) in enumerate(CASES):
        table = f"taken_{number}"
        cursor.execute(f"create table {table} (value {kind})")
        name = "float64" if arrow == pa.float64() else arrow
        print(f"{name} {value!r} into {kind}:", end=" ")
        try:
            cursor.adbc_ingest(table, pa.table({"value": pa.array([value], arrow)}), mode="append")
        except dbapi.Error as error:
            reason = str(error).partition("ERROR:")[2].partition("\n")[0].strip()
            print(f"{type(error).__name__} {error.sqlstate}, {reason}")
        else:
            cursor.execute(f"select value::text from {table}")
            print(f"stored as {cursor.fetchone()[0]}")
PYTHON
"$folder/venv/bin/python" "$folder/probe.py" "postgresql://probe@/postgres?host=$folder/run" >"$folder/seen"

sed -n 's/^#> //p' "$0" | diff -u - "$folder/seen"
echo "as stated"
