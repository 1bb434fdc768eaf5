#!/usr/bin/env bash
# ADBC's SQLite driver drops SQLite's error code, and repeats the whole statement in an error of its preparation.
#
# Versions: Python 3.11.7, adbc-driver-sqlite 1.13.0, adbc-driver-manager 1.13.0, pyarrow 26.0.1.
# Expected: an ADBC error has a vendor_code for the database's own code, so it is SQLite's extended code (1555 for a
#   primary key, 275 for CHECK, 1299 for NOT NULL, 5 for a locked file), and the text says only what is wrong.
# Behaviour: vendor_code and sqlstate are None for all of them. Only the English text tells one constraint from
#   another, or a locked file, which is worth a retry, from other failures. An error at preparation ends in the
#   statement with its literals, so a log of the error contains the data.
# Seen:
#> primary key: IntegrityError INTEGRITY vendor_code=None sqlstate=None, sqlite3: SQLITE_CONSTRAINT_PRIMARYKEY
#> check: IntegrityError INTEGRITY vendor_code=None sqlstate=None, sqlite3: SQLITE_CONSTRAINT_CHECK
#> not null: IntegrityError INTEGRITY vendor_code=None sqlstate=None, sqlite3: SQLITE_CONSTRAINT_NOTNULL
#> locked: OperationalError IO vendor_code=None sqlstate=None, sqlite3: SQLITE_BUSY
#> no such column: ProgrammingError INVALID_ARGUMENT vendor_code=None sqlstate=None, sqlite3: SQLITE_ERROR
#> text of the last: no such column: absent | query: SELECT absent FROM items WHERE id = 'a name'
# Exit: 0 while the output is as above, else 1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    adbc-driver-sqlite==1.13.0 adbc-driver-manager==1.13.0 pyarrow==26.0.1

cat >"$folder/probe.py" <<'PYTHON'
"""Print what each statement fails with. ADBC and sqlite3 get a process each, because SQLite locks by process."""

import sqlite3
import sys

from adbc_driver_sqlite import dbapi

TABLE = "CREATE TABLE items (id TEXT PRIMARY KEY, count INTEGER CHECK (count > 0), text TEXT NOT NULL)"
STATEMENTS = {
    "primary key": "INSERT INTO items VALUES ('first', 1, '')",
    "check": "INSERT INTO items VALUES ('second', -1, '')",
    "not null": "INSERT INTO items VALUES ('second', 1, NULL)",
    "locked": "INSERT INTO items VALUES ('second', 1, '')",
    "no such column": "SELECT absent FROM items WHERE id = 'a name'",
}
library, path = sys.argv[1:]


def opened():
    if library == "ADBC":
        return dbapi.connect(path, autocommit=True)
    return sqlite3.connect(path, isolation_level=None, timeout=0)


connection, other = opened(), opened()
cursor, blocker = connection.cursor(), other.cursor()
cursor.execute(TABLE)
cursor.execute("INSERT INTO items VALUES ('first', 1, '')")
cursor.execute("PRAGMA busy_timeout = 0")
cursor.fetchall()
for name, statement in STATEMENTS.items():
    if name == "locked":
        blocker.execute("BEGIN IMMEDIATE")
    try:
        cursor.execute(statement)
        cursor.fetchall()
        print(f"{name}: no error")
    except dbapi.Error as error:
        kind = type(error).__name__
        print(f"{name}: {kind} {error.status_code.name} vendor_code={error.vendor_code} sqlstate={error.sqlstate}")
        text = str(error)
    except sqlite3.Error as error:
        print(error.sqlite_errorname)
    if name == "locked":
        blocker.execute("ROLLBACK")
for open_one in (cursor, blocker, connection, other):
    open_one.close()
if library == "ADBC":
    print("text of the last:", text.partition("prepare query: ")[2].replace("\n", " | "))
PYTHON
"$folder/venv/bin/python" "$folder/probe.py" ADBC "$folder/a.sqlite" >"$folder/adbc"
"$folder/venv/bin/python" "$folder/probe.py" sqlite3 "$folder/b.sqlite" | sed 's/^/, sqlite3: /' >"$folder/sqlite3"
paste -d '' "$folder/adbc" "$folder/sqlite3" >"$folder/seen"

sed -n 's/^#> //p' "$0" | diff -u - "$folder/seen"
echo "as stated"
