"""One import as a row: a file whose rows are drafts of the outbox."""

from __future__ import annotations

import json
import zlib
from enum import StrEnum
from typing import NamedTuple

import pyarrow as pa


class ImportState(StrEnum):
    """What happens to the rows of an import that wait."""

    WRITING = "writing"
    """They are still being written down, or whoever wrote them has died; none is sent before all are there."""
    RUNNING = "running"
    """They are sent."""
    PAUSED = "paused"
    """They are not sent until a person resumes the import."""
    CANCELLED = "cancelled"
    """They are never sent, and are discarded by the process that sends."""


class ImportRow(NamedTuple):
    """One import. Times are µs since 1970, UTC, by Loop's clock as far as it is known.

    `token`: its name, unguessable. `account`: the one that it was written for. `name`: of the file. `digest`: SHA-256
    of the file's content, in hexadecimal digits. `rows`: how many rows the file has. `left_out`: how many of them are
    no drafts; `skipped` says why, as a JSON object: row → reason. `created`: when it was begun; `changed`: when
    its state was last changed. `first`, `last`: the numbers that are reserved for its drafts; `change`: as that of
    a draft; the store sets these three. `owner`: whoever began it, if somebody was signed in.
    """

    token: str
    account: str
    name: str
    digest: str
    rows: int
    left_out: int
    state: str
    created: int
    changed: int
    first: int = 0
    last: int = 0
    change: int = 0
    skipped: str = "{}"
    owner: str | None = None

    def is_seen_by(self, person: str | None) -> bool:
        """Whether a person may see it who is signed in; None without a sign-in, where everybody may see all."""
        return person is None or self.owner in {None, person}

    def seal(self) -> int:
        """A checksum of all of it, 32 bits; without an owner that of the versions that knew none."""
        return zlib.crc32(json.dumps(self if self.owner is not None else self[:-1]).encode())

    @property
    def drafts(self) -> int:
        """How many of its rows are drafts, once all are written down."""
        return self.rows - self.left_out

    @property
    def reasons(self) -> dict[int, str]:
        """`skipped`: row → reason."""
        return {int(row): reason for row, reason in json.loads(self.skipped).items()}

    def token_of(self, row: int) -> str:
        """The token of the draft of a row."""
        return f"{self.token}-{row}"

    def row_of(self, token: str) -> int | None:
        """The row of one of its drafts, by the draft's token; None of another draft."""
        begin, _, row = token.rpartition("-")
        return int(row) if begin == self.token and row.isdecimal() else None


NUMBERS = {"rows", "left_out", "created", "changed", "first", "last", "change", "seal"}
IMPORT_COLUMNS = pa.schema(
    [
        pa.field(name, pa.int64() if name in NUMBERS else pa.string(), nullable=name == "owner")
        for name in (*ImportRow._fields, "seal")
    ]
)
"""An import as it is stored, with its checksum."""
