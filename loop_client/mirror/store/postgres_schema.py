"""The tables in PostgreSQL, in a schema of their own."""

from __future__ import annotations

from secrets import token_hex
from typing import TYPE_CHECKING, Final
from uuid import uuid4

if TYPE_CHECKING:
    from loop_client.mirror.store.postgres_database import Transaction

VERSION: Final = 1
"""Of the tables. Who finds a higher one writes nothing."""

TEXT: Final = 'text collate "C"'
"""In the order of its characters' numbers, as SQLite has it: a server's own order may be that of a language."""

PEERS: Final = "create table peers (name text primary key, address text not null, seen timestamptz not null)"
"""The processes that share the database. Whoever finds no such table creates it, so that `VERSION` stays."""

TABLES: Final = (
    """create table store (one boolean primary key default true check (one), version bigint not null,
    identity text not null, writes bigint not null default 0, timeline text not null default '',
    change bigint not null default 0, drafts bigint not null default 0, records bigint not null default 0,
    hints bigint not null default 0, salt text not null,
    lease bigint not null default 0, holder text, expires timestamptz not null default 'epoch')
    with (fillfactor = 10)""",
    "create table accounts (name text primary key, account bigint not null, state text not null)",
    """create table items (account bigint not null, id text not null, user_id text not null, message text not null,
    sentiment text, source text, tag text, status text, created_at bigint not null, extra text,
    first_seen bigint not null, open_at bigint, resolved_by bigint, walk bigint not null, missing bigint not null,
    change bigint not null, primary key (account, id))""",
    "create index items_by_change on items (account, change)",
    "create index items_by_walk on items (account, walk)",
    "create index items_by_resolution on items (account, resolved_by) where resolved_by is not null",
    """create table tombstones (account bigint not null, id text not null, created_at bigint not null,
    change bigint not null, primary key (account, id))""",
    """create table unlisted (account bigint not null, id text not null, created_at bigint not null,
    primary key (account, id))""",
    f"""create table drafts (token {TEXT} primary key, account {TEXT} not null, user_id {TEXT} not null,
    message text not null, sentiment text, source text, tag text, is_bulk bigint not null, state {TEXT} not null,
    created bigint not null, changed bigint not null, sent_from bigint, sent_until bigint, known text, item_id {TEXT},
    item_created bigint, is_matched bigint not null, error text, said text, tries bigint not null,
    not_before bigint not null, repeats text, number bigint not null, change bigint not null, owner {TEXT},
    written text not null)""",
    "create unique index drafts_by_number on drafts ((-number))",
    "create index drafts_by_state on drafts (state, account, is_bulk, number)",
    "create index drafts_by_item on drafts (item_id)",
    "create index drafts_by_item_time on drafts (item_created)",
    "create index drafts_by_change on drafts (change)",
    "create index drafts_by_owner on drafts (owner, account, state)",
    f"""create table imports (token {TEXT} not null unique, account {TEXT} not null, name text not null,
    digest {TEXT} not null, rows bigint not null, left_out bigint not null, state {TEXT} not null,
    created bigint not null, changed bigint not null, first bigint primary key, last bigint not null,
    change bigint not null, skipped text not null, owner {TEXT}, begun text not null, written text not null)""",
    """create table records (kind text not null, place bigint not null, record text not null,
    primary key (kind, place))""",
    "create table record_changes (call text primary key, kind text not null, number bigint not null)",
    "create index record_changes_by_number on record_changes (kind, number)",
    PEERS,
)
"""`store` has one row, see `postgres_database`. `hints`: how often somebody asked the holder of the lease to look for
new items. `salt`: of share-safe pseudonyms, which are the same in all processes. `begun`, `written`: the call that made
a row, and the one that last changed it: a call is made again where its outcome is unknown, and knows its own row by it.
`drafts_by_number` is of no use for ranges of `number`: by it, the first draft that waits would be searched among all
that were sent before. `record_changes`: the newest changes of records, by the call that made each."""

LOCK: Final = 0x4C4F4F50
"""The advisory lock of whoever creates the tables: "LOOP" in ASCII."""


def create(transaction: Transaction) -> None:
    """Create the tables unless they are there."""
    transaction.rows("select pg_advisory_xact_lock($1)", (LOCK,))
    if transaction.rows("select 1 where to_regclass('loop.store') is not null"):
        return
    if not transaction.rows("select 1 where to_regnamespace('loop') is not null"):
        transaction.rows("create schema loop")
    for statement in TABLES:
        transaction.rows(statement)
    given = (VERSION, uuid4().hex, token_hex(32))
    transaction.rows("insert into store (version, identity, salt) values ($1, $2, $3)", given)
