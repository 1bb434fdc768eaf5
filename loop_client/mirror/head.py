"""The head of the list: how far down a look at it has to go, and what it says about news."""

from __future__ import annotations

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
"""Pages of which one look keeps the items; what lies below is a gap. It goes on without keeping any until it is clear
whose list this is. More items ahead of this machine's clock than these pages hold, and it is the clock that is wrong;
if the server tells its time, they are walked all the same, as a gap."""

NEWEST = 20
"""Items by which the next look tells that it is the same list."""


class Look:
    """The pages of one look, from the first to one that holds an item of the past, and one that was there before.

    The list is sorted by `created_at`, and news carry the time that it is: they stand below every item that is dated
    ahead. So a look walks past those, each time, and none of them becomes the watermark.

    `asked`: when it began, µs. `ids_by_page`: of the items that it took.
    `is_the_same`: the list shows one of the items in `expected`, its newest ones of before, or none was expected.
    `is_another`: it shows none of them where they must be. `unseen`: those of the pages in `doubted`, given as ids, of
    which it has shown no item so far.
    """

    def __init__(
        self, walk: Walk, expected: dict[str, int], asked: int, doubted: Sequence[frozenset[str]] = ()
    ) -> None:
        """Nothing was seen yet."""
        self.items: list[Feedback] = []
        self.ids_by_page: list[frozenset[str]] = []
        self.asked, self.unseen = asked, list(doubted)
        self.pages, self.is_in_the_past, self.is_the_same = 0, False, not expected
        self.expected = expected
        self._walk, self._now = walk, 0
        self._times: list[int] = []
        self._down_to, self._kept_to = 0, 0
        self._gap_cursor: Text = None

    def take(self, items: Iterable[Feedback]) -> bool:
        """Take a page; whether it was the last that is needed.

        An item that is a minute older than the look may be the watermark.
        """
        taken = list(items)
        times = [microseconds(item.created_at) for item in taken]
        began_anew = not self.pages or max(times) > self._down_to  # a walk whose cursor is refused does
        self._down_to = min(times) if began_anew else min(self._down_to, *times)
        self.pages, self._now = self.pages + 1, self.asked
        ids = frozenset(item.id for item in taken)
        self.unseen = [page for page in self.unseen if ids.isdisjoint(page)]
        if self.pages <= HEAD_PAGES:
            self.items, self._times = self.items + taken, self._times + times
            self.ids_by_page.append(ids)
            self._kept_to, self._gap_cursor = self._down_to, self._walk.next_cursor
        if self.pages >= HEAD_PAGES and self._walk.date is None:
            self._now = max(self.asked, max(self._times) + A_MINUTE)
        self.is_in_the_past = self._kept_to <= self._now - A_MINUTE
        is_met = any(
            item.id in self.expected and alike(self.expected[item.id], time)
            for item, time in zip(taken, times, strict=True)
        )
        self.is_the_same = self.is_the_same or is_met
        is_below = bool(self.expected) and self._down_to < min(self.expected.values())
        is_judged = is_met or is_below or not self.expected  # by this page: the ones before may be another's
        return is_judged and (self.is_in_the_past or self.pages >= HEAD_PAGES)

    @property
    def is_another(self) -> bool:
        """See the class."""
        if self.is_the_same:
            return False
        return self._walk.complete or (self.pages > 0 and self._down_to < min(self.expected.values()))

    @property
    def proves(self) -> bool:
        """Whether an item of before was there: all that stands above it is the account's, and is all there is."""
        return self.is_the_same and bool(self.expected)

    @property
    def rejected(self) -> int:
        """How many items could not be read."""
        return self._walk.stats.rejected

    @property
    def _is_kept_whole(self) -> bool:
        """Whether it kept every item that the list holds."""
        return self._walk.complete and self.pages <= HEAD_PAGES

    def accept(self) -> None:
        """Take it for the account's list, though it shows nothing of before."""
        self.is_the_same, self.expected = True, {}

    def note(self, state: State) -> None:
        """Move the watermark, and note what lies between the last page and the old one as a gap.

        A watermark ahead of the clock was set by a clock that was wrong, and what came below it may have been missed.
        """
        first, mark = not state.begun, state.watermark
        if mark is not None and self.pages and mark > self._now:
            mark = None
        if mark is None:
            state.gaps.clear()
        if self.pages and not self._is_kept_whole and (mark is None or self._kept_to >= mark):
            gap = Gap(self._kept_to, mark, self._gap_cursor, self.asked)
            state.gaps[:] = [gap, *(one for one in state.gaps if not _covers(gap, one))]
        if first and not state.gaps:
            state.full = self.asked
        if first:
            state.rejected += self._walk.stats.rejected
        past = [time for time in self._times if time <= self._now - A_MINUTE]
        state.watermark = max((*past, *(() if mark is None else (mark,))), default=None)
        state.begun, state.looked = True, self.asked

    def note_unproven(self, state: State, stored: Iterable[Row]) -> None:
        """Note what was seen before the look was cut off: all of it is above a gap, and nothing says whose it is.

        `stored`: what is stored under the ids of its items, so that it brings none of these.
        """
        mark, looked = state.watermark, state.looked
        self.note(state)
        state.watermark, state.looked = mark, looked
        new = {item.id for item in self.items} - {row.id for row in stored}
        state.unproven = list({*state.unproven, *new})

    def newest(self) -> dict[str, int]:
        """By which items the next look tells that it is the same list."""
        seen = {item.id: time for item, time in zip(self.items, self._times, strict=True)}
        past = {one: time for one, time in seen.items() if time <= self._now - A_MINUTE} or seen
        below = {one: time for one, time in self.expected.items() if not self.pages or time < self._kept_to}
        both = {**below, **past}
        return {one: both[one] for one in nlargest(NEWEST, both, key=both.__getitem__)}


def _covers(new: Gap, old: Gap) -> bool:
    if old.upper > new.upper:
        return False
    return new.lower is None or (old.lower is not None and old.lower >= new.lower)
