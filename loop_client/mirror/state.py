"""How far the copy of an account is: what is stored beside its rows, in the same transactions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import msgspec

from loop_client.mirror.moments import EARLIEST, LATEST, microseconds, moment_of
from loop_client.mirror.snapshot import Coverage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loop_client.errors import LoopError

Time = Annotated[int, msgspec.Meta(ge=EARLIEST, le=LATEST)]
"""µs since 1970. A damaged state with times beyond is not read."""

A_MINUTE = 60_000_000
"""µs within which clocks of servers may differ, and a commit may be late."""

Number = Annotated[int, msgspec.Meta(ge=0, lt=1 << 53)]
"""Of a walk."""


class Gap(msgspec.Struct):
    """A stretch of the list that was not walked: from `upper` down to the first item strictly older than `lower`.

    `lower` None: to the end. `cursor`: where to go on; None: from the head. `started`: when the walk that is to close
    it began; `seconds`: how long it has taken so far.
    """

    upper: Time
    lower: Time | None
    cursor: str | None = None
    started: Time | None = None
    seconds: float = 0.0

    def ends_at(self, time: int) -> bool:
        """Whether an item of that time is below it."""
        return self.lower is not None and time < self.lower

    def goes_on_with(self, times: Sequence[int], *, is_end: bool) -> bool:
        """Whether items of these times can be what comes next in it; `is_end`: the list ends with them."""
        return max(times) <= self.upper and (not is_end or self.lower is None or self.ends_at(min(times)))


class Round(msgspec.Struct):
    """A complete walk under way: of the open items, or of all. It marks the rows that it meets with `number`.

    `met`, `rejected`: items so far; `seconds`: that it has taken so far.
    """

    status: str | None
    number: Number
    started: Time
    cursor: str | None = None
    met: int = 0
    rejected: int = 0
    seconds: float = 0.0


class Doubt(msgspec.Struct):
    """The list lacks the newest items that it showed before: `since` when, and for how many `looks` in a row."""

    since: Time
    looks: Number = 0


class State(msgspec.Struct):
    """What a sync goes on from. Times are the server's where it tells its time, else this machine's.

    `watermark`: the newest `created_at` that the head of the list showed and that was in the past then: what is newer
    is news. `begun`: the head was seen; `looked`: when it was asked for last. `gaps`: newest first. `round`: under
    way; `rounds`: how many. `reconciled`, `reconciled_in`: start and seconds of the last complete walk of the open
    items; `reconciled_by`: its number; `decided_by`: the number of the last one whose missing items were looked for
    among the resolved ones. `statuses`: every status that is stored was true then or later. `full`, `full_in`: start
    and seconds of the last complete walk of all items; `doubt`: an item is in neither list, so that one is due.
    `newest`: id and time of the newest items of the past that the head showed, at most 20; `unexpected`: it does not
    show them any more; `unproven`: ids that it showed in a look that failed before it came to one of them.
    `rejected`: items set aside. `copy`: the name that the Arrow copy must have, and its checksum.
    """

    watermark: Time | None = None
    begun: bool = False
    looked: Time | None = None
    gaps: list[Gap] = []
    round: Round | None = None
    rounds: Number = 0
    reconciled: Time | None = None
    reconciled_in: float = 0.0
    reconciled_by: Number = 0
    decided_by: Number = 0
    statuses: Time | None = None
    decided: Time | None = None
    """By versions before `statuses`: the same, but for items that were in neither list."""
    full: Time | None = None
    full_in: float = 0.0
    doubt: bool = False
    newest: dict[str, Time] = {}
    unexpected: Doubt | None = None
    unproven: list[str] = []
    rejected: int = 0
    copy: tuple[str, int] | None = None

    def close(self, gap: Gap, now: int) -> None:
        """Note that a gap was walked."""
        self.gaps.remove(gap)
        if gap.lower is None and self.full is None:
            self.full, self.full_in = gap.started or now, gap.seconds

    def coverage(self, oldest: datetime | None, unlisted: int | None = None) -> Coverage:
        """What the rows cover. `oldest`: the time of the oldest one; `unlisted`: of the newest that no list showed yet.

        Below that one others may have come that are not stored.
        """
        gaps = self.gaps
        if unlisted is not None and self.begun and (self.watermark is None or unlisted > self.watermark):
            gaps = [Gap(unlisted, self.watermark), *gaps]
        complete = self.begun and not gaps
        since = oldest if complete else moment(gaps[0].upper) if gaps else None
        return Coverage(
            complete=complete,
            since=since,
            gaps=tuple((moment(gap.lower), moment_of(gap.upper)) for gap in gaps),
            reconciled_at=moment(self.statuses),
            walked_at=moment(min(self.full, self.looked))
            if self.full is not None and self.looked is not None
            else None,
            rejected=self.rejected,
        )


@dataclass(slots=True)
class SyncReport:
    """What a sync did. `requests`, and how many of them were `retries`. `added`, `updated`, `removed`: items.

    `rejected`: items that could not be read. `problem`: with the list, though all was done.
    """

    requests: int = 0
    retries: int = 0
    added: int = 0
    updated: int = 0
    removed: int = 0
    rejected: int = 0
    problem: LoopError | None = None


def moment(microseconds: int | None) -> datetime | None:
    """A stored time as an aware one, UTC."""
    return None if microseconds is None else moment_of(microseconds)


def now() -> int:
    """µs since 1970, by this machine's clock."""
    return microseconds(datetime.now(UTC))


def encoded(state: State) -> str:
    """As it is stored."""
    return msgspec.json.encode(state).decode()


def decoded(text: str) -> State:
    """As it was stored; a state of nothing where it cannot be read."""
    try:
        state = msgspec.json.decode(text, type=State)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return State()
    return _mended(state)


def _mended(state: State) -> State:
    """The state, where a version before stored it: that one took items dated ahead for news, and missed others."""
    if state.statuses is None and not state.reconciled_by and not state.doubt:
        state.statuses = state.decided or state.reconciled
    mark, looked = state.watermark, state.looked
    if not state.newest and mark is not None and looked is not None and mark > looked + A_MINUTE:
        state.watermark, state.gaps = None, [Gap(looked, None)]
    return state
