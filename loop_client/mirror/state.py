"""The state of the sync of an account, stored in the same transactions as its rows."""

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
"""µs since 1970. A state with times out of range is damaged."""

A_MINUTE = 60_000_000
"""µs by which clocks of servers may differ, or a commit may be late."""

Number = Annotated[int, msgspec.Meta(ge=0, lt=1 << 53)]
"""A number of scans, or the number of one."""


class Gap(msgspec.Struct):
    """A range of the list that was not read: from `upper` down to the first item strictly older than `lower`.

    `lower`: None for the end of the list. `cursor`: where to resume; None for the head. `started`: start of the walk
    that closes the gap. `seconds`: time that it has taken so far.
    """

    upper: Time
    lower: Time | None
    cursor: str | None = None
    started: Time | None = None
    seconds: float = 0.0

    def ends_at(self, time: int) -> bool:
        """Whether an item of this time is below the gap."""
        return self.lower is not None and time < self.lower

    def goes_on_with(self, times: Sequence[int], *, is_end: bool) -> bool:
        """Whether items of these times can be the next ones in the gap. `is_end`: the list ends with them."""
        return max(times) <= self.upper and (not is_end or self.lower is None or self.ends_at(min(times)))


class Scan(msgspec.Struct, rename={"seen": "met"}):
    """A running scan: a complete walk of the open items or, as a full scan, of all items.

    `status`: "open", or None for a full scan. `number`: marks the rows that it has seen. `seen`, `rejected`: items so
    far. `seconds`: time that it has taken so far.
    """

    status: str | None
    number: Number
    started: Time
    cursor: str | None = None
    seen: int = 0
    rejected: int = 0
    seconds: float = 0.0


class Mismatch(msgspec.Struct):
    """The list lacks the newest items that it showed before. `looks`: consecutive looks at a foreign list."""

    since: Time
    looks: Number = 0


STORED_AS = {
    "scan": "round",
    "scans": "rounds",
    "resolved_checked_by": "decided_by",
    "statuses_before": "decided",
    "recheck_due": "doubt",
}
"""Field of `State` → its name in the data folder, which earlier versions have chosen."""


class State(msgspec.Struct, rename=STORED_AS):
    """The persistent state of the sync of an account. Times are the server's if it sends its time, else ours."""

    watermark: Time | None = None
    """The newest `created_at` in the past that the head of the list showed; newer items are new."""
    begun: bool = False
    """The head was read at least once."""
    looked: Time | None = None
    """When the head was last requested."""
    gaps: list[Gap] = []
    """Ranges that were not read, newest first."""
    scan: Scan | None = None
    """The running scan."""
    scans: Number = 0
    """Number of scans so far."""
    reconciled: Time | None = None
    """Start of the last complete scan of the open items."""
    reconciled_in: float = 0.0
    """Seconds that it took."""
    reconciled_by: Number = 0
    """Its number."""
    resolved_checked_by: Number = 0
    """Number of the last scan of the open items after which missing items were searched among the resolved ones."""
    statuses: Time | None = None
    """Every stored status was true at this time or later."""
    statuses_before: Time | None = None
    """The same in versions before `statuses`, except for items that were in neither list."""
    full: Time | None = None
    """Start of the last full scan."""
    full_in: float = 0.0
    """Seconds that it took."""
    recheck_due: bool = False
    """An item is in neither the open nor the resolved list, so a full scan is due sooner."""
    newest: dict[str, Time] = {}
    """Id and time of the newest items in the past that the head showed, at most 20."""
    unexpected: Mismatch | None = None
    """Set while the head does not show any of them."""
    unproven: list[str] = []
    """Ids from a look that failed before it reached one of them."""
    rejected: int = 0
    """Items set aside."""
    copy: tuple[str, int] | None = None
    """The name that the Arrow copy must have, and its checksum."""

    def close(self, gap: Gap, now: int) -> None:
        """Note that a gap was read completely."""
        self.gaps.remove(gap)
        if gap.lower is None and self.full is None:
            self.full, self.full_in = gap.started or now, gap.seconds

    def coverage(self, oldest: datetime | None, unlisted: int | None = None) -> Coverage:
        """The coverage of the rows. `oldest`: time of the oldest row.

        `unlisted`: time of the newest item that was submitted here and that no list has shown yet. Older items may
        have arrived that are not stored.
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
    """The result of a sync. `requests`: including `retries`. `added`, `updated`, `removed`: items.

    `rejected`: items that could not be read. `problem`: a problem with the list, although the sync finished.
    """

    requests: int = 0
    retries: int = 0
    added: int = 0
    updated: int = 0
    removed: int = 0
    rejected: int = 0
    problem: LoopError | None = None


def moment(microseconds: int | None) -> datetime | None:
    """A stored time as an aware datetime in UTC."""
    return None if microseconds is None else moment_of(microseconds)


def now() -> int:
    """µs since 1970, by this machine's clock."""
    return microseconds(datetime.now(UTC))


def encoded(state: State) -> str:
    """The state as JSON."""
    return msgspec.json.encode(state).decode()


def decoded(text: str) -> State:
    """The state from JSON; a new state if it cannot be read."""
    try:
        state = msgspec.json.decode(text, type=State)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return State()
    return _converted(state)


def _converted(state: State) -> State:
    """The state, converted from earlier versions, which took items dated ahead for new ones, and missed others."""
    if state.statuses is None and not state.reconciled_by and not state.recheck_due:
        state.statuses = state.statuses_before or state.reconciled
    mark, looked = state.watermark, state.looked
    if not state.newest and mark is not None and looked is not None and mark > looked + A_MINUTE:
        state.watermark, state.gaps = None, [Gap(looked, None)]
    return state
