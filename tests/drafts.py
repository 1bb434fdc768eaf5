"""Drafts of an outbox in every state, as another process wrote them down."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from loop_client.mirror.store import DraftRow, DraftState, ImportRow, ImportState, SqliteDrafts

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

WAITING, SENDING, STORED = DraftState.WAITING, DraftState.SENDING, DraftState.STORED
REFUSED, UNKNOWN, DISCARDED = DraftState.REFUSED, DraftState.UNKNOWN, DraftState.DISCARDED

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOUR = 3600_000_000
"""µs."""

REFUSAL = "message must be at most 10000 characters"

ODD = "**bold** ![x](http://example.invalid/x.png) $1 and $2 :material/home: <b>tag</b> \u202egnp.exe"

LOST = "Loop's answer was lost, and the item is not in the list: it may or may not have been stored."


def draft_row(token: str, account: str, **fields: Any) -> DraftRow:  # noqa: ANN401 - any column
    """A draft of 30 minutes ago, which waits for 50 more."""
    now = round((datetime.now(UTC) - EPOCH) / timedelta(microseconds=1))
    created = now - HOUR // 2
    plain: dict[str, Any] = {"user_id": "u_8f2c", "message": f"Message of {token}", "sentiment": "negative"}
    plain |= {"source": "phone", "tag": "exports", "is_bulk": 0, "state": WAITING, "created": created}
    plain |= {"changed": created, "not_before": now + HOUR * 5 // 6}
    return DraftRow(token=token, account=account, **{**plain, **fields})


def in_each_state(account: str) -> list[DraftRow]:
    """One draft in each state in which there is something to see, and one for another account."""
    refused = f"Loop refused the request (400 for POST /v2/feedback). Loop says: {REFUSAL}"
    return [
        draft_row("waits", account, tries=2, error="Loop failed (500 for POST /v2/feedback). Try again later."),
        draft_row("bulk", account, is_bulk=1),
        draft_row("sent", account, state=SENDING, tries=1),
        draft_row("refused", account, state=REFUSED, message=ODD, error=refused, said=REFUSAL, tag=None, tries=1),
        draft_row("unknown", account, state=UNKNOWN, error=LOST, sentiment=None, tries=1),
        draft_row("elsewhere", "another account", user_id="u_2"),
        draft_row("stored", account, state=STORED, item_id="fb_9", item_created=1),
        draft_row("discarded", account, state=DISCARDED),
    ]


def write_down(folder: Path, rows: Iterable[DraftRow]) -> None:
    """Put these into the outbox of a data folder."""
    with closing(SqliteDrafts(folder)) as drafts:
        drafts.add([*rows])


def write_import(folder: Path, token: str, account: str, count: int, **fields: Any) -> ImportRow:  # noqa: ANN401 - any column
    """Put an import of so many rows into the outbox of a data folder; they wait for 50 minutes."""
    at = draft_row("", account).created
    left_out = int(fields.get("left_out", 0))
    plain: dict[str, Any] = {"name": "rows.csv", "digest": "d", "rows": count + left_out}
    plain |= {"left_out": left_out, "state": ImportState.RUNNING, "created": at, "changed": at}
    new = ImportRow(token, account, **{**plain, **fields})
    with closing(SqliteDrafts(folder)) as drafts:
        drafts.imports.begin(new, [draft_row(new.token_of(row), account) for row in range(1, count + 1)])
        (written,) = (one for one in drafts.imports.all() if one.token == token)
    return written
