"""The coverage of a snapshot in a sentence: number of items, how far back, and as of when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loop_client.query.text import item_count

if TYPE_CHECKING:
    from datetime import datetime

    from loop_client.mirror.snapshot import Snapshot, SyncState


def coverage_sentence(
    shown: Snapshot,
    new_as_of: datetime | None,
    state: SyncState | None = None,
    now: datetime | None = None,
    *,
    scans: bool = True,
) -> str:
    """The sentence. `state`: adds the progress of the running walk. `now`: times of the same day omit the date.

    `scans`: with the times of the last scans.
    """
    coverage, zone, progress = shown.coverage, shown.zone, state.progress if state else None
    if shown.frame.empty and not coverage.complete:
        return "Loading the first items…"
    back_to = zone.formatted(coverage.since, "%-d %b %Y") if coverage.since else ""
    parts = [item_count(len(shown.frame))]
    if not coverage.complete:
        parts[0] += " so far"
        parts.append(f"loading, back to {back_to}" if back_to else "loading, the open ones first")
        if progress:
            parts.append(f"page {progress.pages:,}")
    elif back_to:
        parts.append(f"complete back to {back_to}")
    if coverage.rejected:
        are = "is" if coverage.rejected == 1 else "are"
        parts.append(f"{coverage.rejected:,} could not be read and {are} not counted")
    if progress and progress.waiting >= 1:
        parts.append(f"retrying in {progress.waiting:.0f} s")
    times = {"new": new_as_of}
    if scans:
        times |= {"statuses": coverage.reconciled_at, "all items": coverage.walked_at}
    for name, moment in times.items():
        if moment:
            is_today = now is not None and zone.day(moment) == zone.day(now)
            parts.append(f"{name} as of {zone.formatted(moment, '%H:%M %Z' if is_today else '%-d %b %Y, %H:%M %Z')}")
    return " · ".join(parts)
