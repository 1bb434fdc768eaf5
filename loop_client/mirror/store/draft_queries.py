"""Queries over the drafts that are not settled. By the index, they cost what they find, however many drafts wait.

Both SQLite and PostgreSQL take them; names of accounts must be in the order of their characters' numbers there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from loop_client.mirror.store.drafts import DraftState
from loop_client.mirror.store.imports import ImportState

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

Query: TypeAlias = tuple[str, list[str | int]]
"""What follows "select", and its parameters."""

HIGHEST: Final = "\U0010ffff"
"""Greater than the name of any account."""

HIGHEST_NUMBER: Final = 2**62
"""Greater than the number of any draft."""

LATER_AT_MOST: Final = 3600_000_000
"""µs by which a draft is put off at most; more, and a clock was wrong."""

OF_AN_IMPORT: Final = "account = ? and is_bulk = 1 and number between ? and ?"
"""Its drafts: by the index, however many others there are."""

DONE: Final = (DraftState.STORED, DraftState.REFUSED, DraftState.UNKNOWN)
"""States of drafts that were sent."""

DECIDED_BY_A_PERSON: Final = f"state in ('{DraftState.REFUSED}', '{DraftState.UNKNOWN}')"

UNSENT: Final = f"state in ('{DraftState.WAITING}', '{DraftState.SENDING}')"

WAITING: Final = f"state = '{DraftState.WAITING}' and account = ?"

ACTIVE: Final = f"""first, last, account, state, {{}} from imports
    where (select 1 from drafts where state = '{DraftState.WAITING}' and account = imports.account and is_bulk = 1
    and number between first and last order by number limit 1) = 1 order by first"""
"""The imports of which drafts wait, as `Active`; to be completed by the column of their owners.
With `exists` in its place, PostgreSQL may read all drafts."""


class Active(NamedTuple):
    """An import of which drafts wait. `first`, `last`: the numbers of its drafts."""

    first: int
    last: int
    account: str
    state: str
    owner: str | None

    @property
    def is_sent(self) -> bool:
        """Whether its drafts are sent: not while it is written, paused or cancelled."""
        return self.state == ImportState.RUNNING

    def is_undecided(self, accounts: Collection[str]) -> bool:
        """Whether a person has to decide about it: it was written for none of these accounts."""
        return self.account not in accounts and self.state != ImportState.CANCELLED


def numbered(sql: str) -> str:
    """A statement with `$1`, `$2` and so on in place of each `?`, as PostgreSQL has them."""
    first, *others = sql.split("?")
    return first + "".join(f"${place}{part}" for place, part in enumerate(others, 1))


def of_owner(owner: str | None) -> Query:
    """A condition for the drafts that a person may see: their own, and nobody's. `owner`: None for all of them."""
    return ("true", []) if owner is None else ("(owner is null or owner = ?)", [owner])


def first_waiting(
    accounts: Iterable[str], excluded: Sequence[Active], condition: str, given: Sequence[int], order: str
) -> Query:
    """The number of the first draft that waits, is in none of the excluded imports, and meets a condition.

    The order begins with `is_bulk` where a person's drafts come first. An excluded import costs one more step in the
    index, however many rows it has.
    """
    parts, values = list[str](), list[str | int]()
    columns = "number, is_bulk, not_before"
    for account in sorted({*accounts}):
        for is_bulk, (after, before) in ((0, (0, HIGHEST_NUMBER)), *((1, gap) for gap in gaps(excluded))):
            where = f"{WAITING} and is_bulk = {is_bulk} and number > ? and number < ? and ({condition})"
            parts.append(
                f"select * from (select {columns} from drafts where {where} order by {order} limit 1) as found"
            )
            values += [account, after, before, *given]
    return f"number from ({' union all '.join(parts)}) as firsts order by {order} limit 1", values


def gaps(imports: Iterable[Active]) -> list[tuple[int, int]]:
    """The ranges of numbers between imports, which are in order, without their limits."""
    limits = [0, *(limit for one in imports for limit in one[:2]), HIGHEST_NUMBER]
    between = zip(limits[::2], limits[1::2], strict=True)
    return [(after, before) for after, before in between if before - after > 1]


def undecided(accounts: Iterable[str], imports: Sequence[Active], owner: str | None) -> Query:
    """How many drafts a person has to decide about, as `Drafts.undecided` does, without those that wait in imports."""
    seen, mine = of_owner(owner)
    conditions: list[Query] = [(DECIDED_BY_A_PERSON, []), *_others(accounts, imports)]
    sql = " + ".join(f"(select count(*) from drafts where {condition} and {seen})" for condition, _ in conditions)
    return sql, [value for _, values in conditions for value in (*values, *mine)]


def undecided_imports(accounts: Collection[str], imports: Iterable[Active], owner: str | None) -> int:
    """How many imports a person has to decide about, who sees their own and nobody's, or all where that is None."""
    return sum(one.is_undecided(accounts) and one.owner in {None, owner or one.owner} for one in imports)


def pending(accounts: Iterable[str], first: int, most: int, imports: Sequence[Active], owner: str | None) -> Query:
    """The numbers of the drafts that `Drafts.pending` returns, in its order. `imports`: all of which drafts wait."""
    names, (seen, mine) = sorted({*accounts}), of_owner(owner)
    found = f"select 0 as place, 0 as is_bulk, -number as rank, number from drafts where {seen} and"
    parts, given = [f"{found} {DECIDED_BY_A_PERSON}"], [*mine]
    for condition, values in _others(names, imports):
        parts.append(f"{found} {condition}")
        given += [*mine, *values]
    for name in names:
        sending = f"state = '{DraftState.SENDING}' and account = ?"
        parts.append(f"select 1, 0, number, number from drafts where {seen} and {sending}")
        given += [*mine, name]
        for is_bulk, (after, before) in ((0, (0, HIGHEST_NUMBER)), *((1, gap) for gap in gaps(imports))):
            where = f"from drafts where {seen} and {WAITING} and is_bulk = {is_bulk} and number > ? and number < ?"
            parts.append(f"select * from (select 2, is_bulk, number, number {where} order by number limit ?) as found")
            given += [*mine, name, after, before, first + most]
    sql = f"number from ({' union all '.join(parts)}) as listed order by place, is_bulk, rank limit ? offset ?"
    return sql, [*given, most, first]


def _others(accounts: Iterable[str], imports: Sequence[Active]) -> list[Query]:
    """Conditions for the unsent drafts of all other accounts that wait in no import, each with its parameters."""
    names = sorted({*accounts})
    elsewhere = [one for one in imports if one.account not in names]
    of_import = f"state = '{DraftState.WAITING}' and is_bulk = 1 and number between ? and ?"
    apart = f" and not ({of_import})" * len(elsewhere)
    ranges = [limit for one in elsewhere for limit in one[:2]]
    condition = f"{UNSENT} and account > ? and account < ?{apart}"
    return [(condition, [*limits, *ranges]) for limits in zip(["", *names], [*names, HIGHEST], strict=True)]
