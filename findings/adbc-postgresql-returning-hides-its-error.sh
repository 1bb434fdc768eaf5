#!/usr/bin/env bash
# With ADBC's PostgreSQL driver, an INSERT … RETURNING whose rows are not fetched hides its error, and commit() loses all.
#
# Versions: Python 3.11.7, adbc-driver-postgresql 1.13.0, adbc-driver-manager 1.13.0, pyarrow 26.0.1, PostgreSQL 16.2 (pgserver 0.1.4).
# Expected: execute() of an INSERT that repeats a key raises IntegrityError, whether it has RETURNING or not; or, where
#   the error is only noticed later, commit() raises it.
# Behaviour: with RETURNING the statement runs as the driver begins to read its rows. The insert takes place without a
#   fetch, and its error does not appear without one: execute(), closing the cursor and commit() all return, and the
#   server has rolled the transaction back, with what was inserted before. A program that adds RETURNING and looks at
#   nothing is told that all is stored.
# Seen:
#> without returning: IntegrityError 23505 in execute, commit returns None, stored: ['old']
#> with returning, fetched: IntegrityError 23505 in fetch, commit returns None, stored: ['old']
#> with returning, not fetched: no error, commit returns None, stored: ['old']
#> the same with a new key, not fetched: no error, commit returns None, stored: ['another', 'new', 'old']
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
"""Insert a new key, then one that is there, in one transaction; print what is said and what is stored."""

import sys

from adbc_driver_postgresql import dbapi

URL = sys.argv[1]


def at_once(statement):
    """The first values of what a statement returns, which is committed by itself."""
    with dbapi.connect(URL, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return [value for value, *_ in cursor.fetchall()] if cursor.description else []


def tried(name, key, returning="", fetches=False):
    at_once("delete from kept where key <> 'old'")
    with dbapi.connect(URL) as connection:
        where, said = "execute", "no error"
        try:
            with connection.cursor() as cursor:
                cursor.execute("insert into kept values ('new')")
                cursor.execute(f"insert into kept values ('{key}'){returning}")
                if fetches:
                    where = "fetch"
                    cursor.fetchall()
        except dbapi.Error as error:
            said = f"{type(error).__name__} {error.sqlstate} in {where}"
        committed = connection.commit()
    print(f"{name}: {said}, commit returns {committed}, stored: {at_once('select key from kept order by key')}")


at_once("create table kept (key text primary key)")
at_once("insert into kept values ('old')")
tried("without returning", "old")
tried("with returning, fetched", "old", " returning key", fetches=True)
tried("with returning, not fetched", "old", " returning key")
tried("the same with a new key, not fetched", "another", " returning key")
PYTHON
"$folder/venv/bin/python" "$folder/probe.py" "postgresql://probe@/postgres?host=$folder/run" >"$folder/seen"

sed -n 's/^#> //p' "$0" | diff -u - "$folder/seen"
echo "as stated"
