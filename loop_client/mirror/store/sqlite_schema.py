"""The tables of the store."""

from __future__ import annotations

from loop_client.mirror.store.sqlite_marks import Mark

SCHEMA = (
    "CREATE TABLE store (name text primary key, value integer not null)",
    "CREATE TABLE accounts (name text primary key, account integer not null, state text not null)",
    """CREATE TABLE items (
    account integer not null,
    id text not null,
    user_id text not null,
    message text not null,
    sentiment text,
    source text,
    tag text,
    status text,
    created_at integer not null,
    extra text,
    first_seen integer not null,
    open_at integer,
    resolved_by integer,
    walk integer not null,
    missing integer not null,
    change integer not null,
    primary key (account, id)
)""",
    "CREATE INDEX items_by_change on items (account, change)",
    "CREATE INDEX items_by_walk on items (account, walk)",
    """CREATE TABLE tombstones (account integer not null, id text not null, created_at integer not null,
    change integer not null, primary key (account, id))""",
)
"""The exact statements that SQLite stores: a database with other definitions is damaged."""

MARK = Mark(0x4C4F4F50, 1, SCHEMA)
"""Marks the file as ours: "LOOP" in ASCII, and its tables."""
