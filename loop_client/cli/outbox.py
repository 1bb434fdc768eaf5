"""Lists what waits in the outbox, was refused or is unknown."""

from __future__ import annotations

import json
import sys
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from loop_client import LoopError
from loop_client.cli.account import store_url
from loop_client.query.text import first_line
from loop_client.service import outbox_of

if TYPE_CHECKING:
    import argparse

    from loop_client.service import Import, Submission

LONGEST_LINE = 100
"""Characters of a message, or of a sentence of Loop's, on one line."""


def outbox(options: argparse.Namespace) -> int:
    """Print the drafts that are not stored, and how many there are in each state; 1 where they cannot be read.

    Rows of an import that only wait are counted. Reads what the dashboard of that folder has, or of the configured
    database, of all accounts, and sends nothing.
    """
    try:
        listing = outbox_of(options.data_dir, store_url())
    except LoopError as error:
        print(error, file=sys.stderr)
        return 1
    now = datetime.now(UTC)
    if options.json:
        states = {str(state): count for state, count in listing.counts.items()}
        imports = [import_as_json(one) for one in listing.imports]
        drafts = [as_json(one, now) for one in listing.drafts]
        print(json.dumps({"counts": states, "imports": imports, "drafts": drafts}, indent=2))
        return 0
    for one in listing.drafts:
        print(*lines(one, now), sep="\n")
    print(*map(import_line, listing.imports), sep="\n", end="\n" * bool(listing.imports))
    by_state = Counter({str(state): count for state, count in listing.counts.items() if count})
    counts = ", ".join(f"{count:,} {state}" for state, count in by_state.items())
    print(f"The outbox in {listing.place} {f'has {counts}' if counts else 'is empty'}.")
    return 0


def as_json(one: Submission, now: datetime) -> dict[str, Any]:
    """A draft as JSON, its texts to the letter; times in UTC."""
    draft = one.draft
    return {
        "token": one.token,
        "state": str(one.state),
        "user_id": draft.user_id,
        "message": draft.message,
        "sentiment": draft.sentiment,
        "source": draft.source,
        "tag": draft.tag,
        "written_at": one.written_at.isoformat(),
        "changed_at": one.changed_at.isoformat(),
        "tries": one.tries,
        "is_bulk": one.is_bulk,
        "repeats": one.repeats,
        "says": one.sentence(now),
    }


def import_as_json(one: Import) -> dict[str, Any]:
    """An import as JSON; how many of its rows are in each state."""
    return {
        "token": one.token,
        "file": one.name,
        "sha256": one.digest,
        "state": str(one.state),
        "written_at": one.written_at.isoformat(),
        "rows": one.rows,
        "left_out": one.left_out,
        "counts": {str(state): count for state, count in one.counts.items()},
    }


def import_line(one: Import) -> str:
    """An import on a line that no name of a file can break, colour or reorder."""
    head = f"{one.state:<8} {one.written_at:%Y-%m-%d %H:%M} UTC  Import of {printable(one.name, 60)}"
    return f"{head}: {one.progress}"


def lines(one: Submission, now: datetime) -> list[str]:
    """A draft on two lines that no text can break, colour or reorder."""
    head = f"{one.state:<8} {one.written_at:%Y-%m-%d %H:%M} UTC  {printable(one.draft.user_id, 40)}"
    return [f"{head}: {printable(one.draft.message)}", f"         {printable(one.sentence(now), 300)}"]


def printable(text: str, length: int = LONGEST_LINE) -> str:
    """The beginning of a text as a terminal may show it."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in first_line(text, length))
