"""What changed for a reader's filters and two periods, computed once for all viewers who ask the same."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from loop_client.mirror.moments import microseconds
from loop_client.mirror.snapshot_cache import SnapshotCache
from loop_client.query import filters_by_name
from loop_client.report import coverage_sentence
from loop_client.report.changes import Selection, changes, resolved, to_the_minute
from loop_client.report.digest import Digest, Shown, digest_of
from loop_client.report.export import About
from pages.session import coverage_line, displayed, runtime

if TYPE_CHECKING:
    from datetime import date, datetime

    from loop_client.mirror import Resolution, Snapshot
    from loop_client.query import Filters
    from loop_client.report.changes import Both, Changes

_found: Final = SnapshotCache["Changes"]()
_digests: Final = SnapshotCache["Digest"]()


@dataclass(frozen=True, eq=False)
class ChangesModel:
    """A snapshot, filters, two periods, days with names, and everything that the page shows of them."""

    snapshot: Snapshot
    filters: Filters
    both: Both
    markers: tuple[tuple[date, str], ...] = ()

    @property
    def _now(self) -> datetime:
        return coverage_line.now(self.snapshot)

    @cached_property
    def _key(self) -> tuple[object, ...]:
        """What the changes depend on: of a period that ends now, its minute."""
        both = to_the_minute(self.both, self.snapshot.zone)
        return self.filters, both, runtime.clustered(self.snapshot)

    @cached_property
    def found(self) -> Changes:
        """What changed. Periods that end now are of the same minute for all viewers."""
        selection = Selection(self.snapshot, self.filters)

        def made() -> Changes:
            return changes(selection, self.both, self._now, runtime.clustered(self.snapshot), self._seen)

        found = _found.get(self.snapshot, self._key, made)
        if found.resolved.reason is None:
            return found
        return replace(found, resolved=resolved(selection, found.both[0], self._seen))  # what failed is tried again

    @property
    def _seen(self) -> list[Resolution] | None:
        return runtime.resolutions(microseconds(self.both[0].start))

    @property
    def is_empty(self) -> bool:
        """Whether no item of either period passes the filters."""
        numbers = self.found.numbers
        return not numbers.now.items and not (numbers.before and numbers.before.items)

    @cached_property
    def digest(self) -> Digest:
        """What changed, in sentences, masked while share-safe is on."""
        about = About(
            filters_by_name(self.filters, displayed.filter_value),
            "",
            coverage_sentence(self.snapshot, self._now),
            self.snapshot.zone.name,
            self._now,
            sample=runtime.is_sandbox(),
        )

        people = runtime.people()

        def made() -> Digest:
            selection = Selection(self.snapshot, self.filters)
            shown = Shown(selection, displayed.mask(self.snapshot), people.table)
            return digest_of(self.found, shown, about, self.markers)

        state = displayed.is_masked(), runtime.is_sandbox(), people.stamp
        key = (*self._key, self.found.resolved, self.markers, *state)
        found = _digests.get(self.snapshot, key, made)
        return replace(found, about=about)  # its time is that of the file, also where the changes are of past days
