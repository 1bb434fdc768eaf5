"""How far the copy of an account is: what is stored beside its rows, in the same transactions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from loop_client.mirror.columns import EPOCH, microseconds
from loop_client.mirror.snapshot import Coverage


class Gap(msgspec.Struct):
    """A stretch of the list that was not walked: from `upper` down to the first item strictly older than `lower`.

    Times are µs since 1970. `lower` None: to the end. `cursor`: where to go on; None: from the head.
    """

    upper: int
    lower: int | None
    cursor: str | None = None


class Round(msgspec.Struct):
    """A complete walk under way: of the open items, or of all. It marks the rows that it meets with `number`.

    `met`, `rejected`: items so far.
    """

    status: str | None
    number: int
    started: int
    cursor: str | None = None
    met: int = 0
    rejected: int = 0


class State(msgspec.Struct):
    """What a sync goes on from.

    `watermark`: the newest `created_at` that the head of the list showed: what is newer is news. `begun`: the head was
    seen; `looked`: when it was asked for last (µs). `gaps`: newest first. `round`: under way; `rounds`: how many.
    `reconciled`, `reconciled_in`: start (µs) and seconds of the last complete walk of the open items; `decided`: the
    start of the one whose missing items were looked for among the resolved ones. `full`, `full_in`: of the last
    complete walk of all items; `doubt`: an item is in neither list, so that one is due. `rejected`: items set aside.
    `copy`: the name that the Arrow copy must have, and its checksum.
    """

    watermark: int | None = None
    begun: bool = False
    looked: int | None = None
    gaps: list[Gap] = []
    round: Round | None = None
    rounds: int = 0
    reconciled: int | None = None
    reconciled_in: float = 0.0
    decided: int | None = None
    full: int | None = None
    full_in: float = 0.0
    doubt: bool = False
    rejected: int = 0
    copy: tuple[str, int] | None = None

    def coverage(self, oldest: datetime | None) -> Coverage:
        """What the rows cover; `oldest`: the time of the oldest one."""
        complete = self.begun and not self.gaps
        since = oldest if complete else moment(self.gaps[0].upper) if self.gaps else None
        return Coverage(
            complete=complete,
            since=since,
            gaps=tuple((moment(gap.lower), _known(gap.upper)) for gap in self.gaps),
            reconciled_at=moment(self.reconciled),
            rejected=self.rejected,
        )


@dataclass(slots=True)
class SyncReport:
    """What a sync did. `requests`, and how many of them were `retries`. `added`, `updated`, `removed`: items.

    `rejected`: items that could not be read.
    """

    requests: int = 0
    retries: int = 0
    added: int = 0
    updated: int = 0
    removed: int = 0
    rejected: int = 0


def moment(microseconds: int | None) -> datetime | None:
    """A stored time as an aware one, UTC."""
    return None if microseconds is None else _known(microseconds)


def _known(microseconds: int) -> datetime:
    return EPOCH + timedelta(microseconds=microseconds)


def now() -> int:
    """µs since 1970, by this machine's clock."""
    return microseconds(datetime.now(UTC))


def encoded(state: State) -> str:
    """As it is stored."""
    return msgspec.json.encode(state).decode()


def decoded(text: str) -> State:
    """As it was stored; a state of nothing where it cannot be read."""
    try:
        return msgspec.json.decode(text, type=State)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return State()
