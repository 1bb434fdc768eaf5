"""The head of the list: how far a look has to go, and what it means for watermark and gaps."""

from __future__ import annotations

import math
from heapq import nlargest
from typing import TYPE_CHECKING

from loop_client.mirror.moments import alike, microseconds
from loop_client.mirror.state import A_MINUTE, Gap

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from loop_client import Feedback, Walk
    from loop_client.mirror.rows import Row
    from loop_client.mirror.state import State
    from loop_client.models import Text

HEAD_PAGES = 100
"""Most pages of a look whose items are stored; everything below is a gap. The look goes on without storing until it is
clear whose list this is. If more items than these pages hold are ahead of this machine's clock, the clock is wrong; if
the server sends its time, they are read anyway, as a gap."""

NEWEST = 20
"""Number of items by which the next look recognizes the list."""


class Look:
    """The pages of one look: down to an item in the past, and to a page that shows a known item.

    The list is sorted by `created_at`, and new items have the current time, so they are below all items dated in the
    future. Therefore each look reads past those, and none of them becomes the watermark.

    `began_at`: start of the look, µs. `ids_by_page`: ids of the items taken.
    `is_the_same`: the list shows one of the items in `expected`, its newest ones before, or none was expected.
    `is_another`: it shows none of them in their place. `unconfirmed`: the pages of `unverified`, as sets of ids, of
    which it has not shown an item yet.
    """

    def __init__(
        self, walk: Walk, expected: dict[str, int], began_at: int, unverified: Sequence[frozenset[str]] = ()
    ) -> None:
        """Start without pages."""
        self.items: list[Feedback] = []
        self.ids_by_page: list[frozenset[str]] = []
        self.began_at, self.unconfirmed = began_at, list(unverified)
        self.pages, self.is_in_the_past, self.is_the_same = 0, False, not expected
        self.expected = expected
        self._walk, self._now = walk, 0
        self._times: list[int] = []
        self._down_to, self._stored_to = 0, 0
        self.must_pass = math.inf
        """µs. It goes down below this time, however soon it is judged."""
        self._gap_cursor: Text = None

    def take(self, items: Iterable[Feedback]) -> bool:
        """Add a page, and return whether the look is finished.

        Only an item that is at least a minute older than the look can be the watermark.
        """
        taken = list(items)
        times = [microseconds(item.created_at) for item in taken]
        restarted = not self.pages or max(times) > self._down_to  # after a refused cursor
        self._down_to = min(times) if restarted else min(self._down_to, *times)
        self.pages, self._now = self.pages + 1, self.began_at
        ids = frozenset(item.id for item in taken)
        self.unconfirmed = [page for page in self.unconfirmed if ids.isdisjoint(page)]
        if self.pages <= HEAD_PAGES:
            self.items, self._times = self.items + taken, self._times + times
            self.ids_by_page.append(ids)
            self._stored_to, self._gap_cursor = self._down_to, self._walk.next_cursor
        if self.pages >= HEAD_PAGES and self._walk.date is None:
            self._now = max(self.began_at, max(self._times) + A_MINUTE)
        self.is_in_the_past = self._stored_to <= self._now - A_MINUTE
        is_known = any(
            item.id in self.expected and alike(self.expected[item.id], time)
            for item, time in zip(taken, times, strict=True)
        )
        self.is_the_same = self.is_the_same or is_known
        is_below = bool(self.expected) and self._down_to < min(self.expected.values())
        is_judged = is_known or is_below or not self.expected  # by this page: earlier ones may be another account's
        is_deep_enough = self.is_in_the_past and self._down_to < self.must_pass
        return is_judged and (is_deep_enough or self.pages >= HEAD_PAGES)

    @property
    def is_another(self) -> bool:
        """Whether the list shows none of the expected items in their place."""
        if self.is_the_same:
            return False
        return self._walk.complete or (self.pages > 0 and self._down_to < min(self.expected.values()))

    @property
    def proves(self) -> bool:
        """Whether it showed an expected item: then everything above it is the account's, and complete."""
        return self.is_the_same and bool(self.expected)

    @property
    def rejected(self) -> int:
        """The number of items that could not be read."""
        return self._walk.stats.rejected

    @property
    def _has_whole_list(self) -> bool:
        """Whether it has all items of the list."""
        return self._walk.complete and self.pages <= HEAD_PAGES

    def accept(self) -> None:
        """Accept it as the account's list, although it shows no expected item."""
        self.is_the_same, self.expected = True, {}

    def note(self, state: State) -> None:
        """Move the watermark, and add the range between the last page and the old watermark as a gap.

        A watermark in the future was set by a wrong clock, and items below it may have been missed.
        """
        first, mark = not state.begun, state.watermark
        if mark is not None and self.pages and mark > self._now:
            mark = None
        if mark is None:
            state.gaps.clear()
        if self.pages and not self._has_whole_list and (mark is None or self._stored_to >= mark):
            gap = Gap(self._stored_to, mark, self._gap_cursor, self.began_at)
            state.gaps[:] = [gap, *(one for one in state.gaps if not _covers(gap, one))]
        if first and not state.gaps:
            state.full = self.began_at
        if first:
            state.rejected += self._walk.stats.rejected
        past = [time for time in self._times if time <= self._now - A_MINUTE]
        state.watermark = max((*past, *(() if mark is None else (mark,))), default=None)
        state.begun, state.looked = True, self.began_at

    def note_unproven(self, state: State, stored: Iterable[Row]) -> None:
        """Store an interrupted look: its items are above a gap, and not yet proven to be the account's.

        `stored`: the stored rows with ids of its items, which are proven already.
        """
        mark, looked = state.watermark, state.looked
        self.note(state)
        state.watermark, state.looked = mark, looked
        new = {item.id for item in self.items} - {row.id for row in stored}
        state.unproven = list({*state.unproven, *new})

    def newest(self) -> dict[str, int]:
        """The items by which the next look recognizes the list: id → time."""
        seen = {item.id: time for item, time in zip(self.items, self._times, strict=True)}
        past = {one: time for one, time in seen.items() if time <= self._now - A_MINUTE} or seen
        below = {one: time for one, time in self.expected.items() if not self.pages or time < self._stored_to}
        both = {**below, **past}
        return {one: both[one] for one in nlargest(NEWEST, both, key=both.__getitem__)}


def _covers(new: Gap, old: Gap) -> bool:
    if old.upper > new.upper:
        return False
    return new.lower is None or (old.lower is not None and old.lower >= new.lower)
