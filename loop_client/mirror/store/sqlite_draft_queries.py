"""Queries over the drafts that are not settled. By the index, they cost what they find, however many drafts wait."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from loop_client.mirror.store.drafts import DraftState

if TYPE_CHECKING:
    from collections.abc import Iterable

Query: TypeAlias = tuple[str, list[str | int]]
"""What follows "select", and its parameters."""

HIGHEST: Final = "\U0010ffff"
"""Greater than the name of any account."""

DECIDED_BY_A_PERSON: Final = f"state in ('{DraftState.REFUSED}', '{DraftState.UNKNOWN}')"

UNSENT: Final = f"state in ('{DraftState.WAITING}', '{DraftState.SENDING}')"


def undecided(accounts: Iterable[str]) -> Query:
    """How many drafts a person has to decide about, as `Drafts.undecided` does."""
    others = _between(accounts)
    counts = [f"(select count(*) from drafts where {condition})" for condition, _ in others]
    sql = " + ".join([f"(select count(*) from drafts where {DECIDED_BY_A_PERSON})", *counts])
    return sql, [name for _, names in others for name in names]


def pending(accounts: Iterable[str], first: int, most: int) -> Query:
    """The numbers of the drafts that `Drafts.pending` returns, in its order."""
    names, others = sorted({*accounts}), _between(accounts)
    found = "select 0 as place, 0 as is_bulk, -number as rank, number from drafts where"
    parts, given = [f"{found} {DECIDED_BY_A_PERSON}"], list[str | int]()
    for condition, limits in others:
        parts.append(f"{found} {condition}")
        given += limits
    for name in names:
        parts.append(f"select 1, 0, number, number from drafts where state = '{DraftState.SENDING}' and account = ?")
        waiting = f"from drafts where state = '{DraftState.WAITING}' and account = ? order by is_bulk, number limit ?"
        parts.append(f"select * from (select 2, is_bulk, number, number {waiting})")
        given += [name, name, first + most]
    sql = f"number from ({' union all '.join(parts)}) order by place, is_bulk, rank limit ? offset ?"
    return sql, [*given, most, first]


def _between(accounts: Iterable[str]) -> list[tuple[str, list[str]]]:
    """Conditions for the unsent drafts of all other accounts, each with its parameters."""
    names = sorted({*accounts})
    condition = f"{UNSENT} and account > ? and account < ?"
    return [(condition, [*limits]) for limits in zip(["", *names], [*names, HIGHEST], strict=True)]
