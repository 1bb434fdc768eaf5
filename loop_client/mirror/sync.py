"""Keeping the copy true: what is new at the head, what was never walked, what was resolved, what is gone.

Each page is stored together with how far the walk is, so whatever ends a sync, the next one goes on from there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from loop_client.errors import APIConnectionError, InvalidRequestError, PaginationError, RateLimitError, ServerError
from loop_client.mirror.errors import UnexpectedListError
from loop_client.mirror.guard import CHANGING, Guard
from loop_client.mirror.head import HEAD_PAGES, Look
from loop_client.mirror.intake import PAGE_SIZE, PAST_CACHES
from loop_client.mirror.moments import microseconds
from loop_client.mirror.plan import search
from loop_client.mirror.state import Round, encoded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import pandas as pd

    from loop_client import Feedback, Walk
    from loop_client.mirror.intake import Intake
    from loop_client.mirror.rows import Row
    from loop_client.mirror.schedule import SyncSchedule
    from loop_client.mirror.state import Gap
    from loop_client.models import Text

LOOKS = 4
"""Looks at the head in a row, until one shows what nothing stored vouched for in an earlier one."""


class Sync:
    """One sync of one account, from the state that is stored on."""

    def __init__(self, intake: Intake, cells: Callable[[], pd.DataFrame], schedule: SyncSchedule) -> None:
        """`cells`: the counts of what is held, see `cube`."""
        self.state, self._in, self._cells, self._schedule = intake.state, intake, cells, schedule
        self._store, self._account = intake.store, intake.account
        self._full = self._believes = self._reconciled = False
        self._guard, self._look_at, self._walks_left, self._patience = Guard(intake), 0.0, 0, 1

    def run(self, *, full: bool) -> None:
        """Do what is due, looking at the head of the list meanwhile; `full`: a complete walk of all items, now.

        An item that such a walk does not meet is gone only when a second one does not meet it either.
        """
        self._full, self._believes, self._walks_left = full, full, 2 if full else 0
        if self.state.begun:
            self._head()
        while self._step():
            self._look_if_it_is_time()
        self._in.report.problem = self._guard.problem

    def _step(self) -> bool:
        """Do the next thing that is due, until it is time for a look at the head; False when nothing is."""
        state = self.state
        if state.round is not None and (state.round.status == "open" or not state.gaps):
            self._walk_round(state.round)
        elif state.reconciled is None:
            self._begin("open")
        elif not state.begun:
            self._head()
        elif state.gaps:
            self._close_gap(state.gaps[0])
        elif self._all_are_due():
            self._walks_left -= 1
            self._begin(None)
        elif not self._reconciled and self._reconcile_is_due():
            self._reconciled = True
            self._begin("open")
        elif state.decided_by != state.reconciled_by:
            self._decide()
        else:
            return False
        return True

    def _head(self) -> None:
        """Look at the head of the list; store nothing of it where it is not the list that was seen before."""
        state, added = self.state, self._store.unlisted(self._account)
        look = self._confirmed_look()
        if look.is_another and self._guard.accepts(look):
            self._full, self._walks_left = True, 2
        self._believes = False
        if not self._guard.is_empty:
            self._guard.trust(look)
            look.note(state)
            self._store.listed(self._account, added)
        self._in.save(look.items)
        self._look_at = self._schedule.monotonic() + self._schedule.head_every * max(1, look.pages)

    def _confirmed_look(self) -> Look:
        """A look at the head. Pages on which nothing is known are another account's unless a later look shows them."""
        earlier: list[tuple[Look, list[frozenset[str]]]] = []
        for _ in range(LOOKS):
            look = self._look([page for _, pages in earlier for page in pages])
            for confirmed, pages in earlier:
                if not any(page in look.unseen for page in pages):
                    return confirmed
            doubted = self._guard.doubted(look)
            if not doubted:
                return look
            earlier.append((look, doubted))
        raise UnexpectedListError(CHANGING)

    def _look(self, doubted: Sequence[frozenset[str]] = ()) -> Look:
        """Look at the head of the list. `doubted`: ids by page; once it shows all these pages, that is enough."""
        walk, began = self._in.walk(page_size=PAST_CACHES if doubted else PAGE_SIZE), self._schedule.monotonic()
        look = Look(walk, {} if self._believes else self._guard.expected, self._in.clock(), doubted)
        try:
            for items in walk.pages():
                if not look.pages:
                    look.asked = self._since(began, walk)
                if look.take(items) or (doubted and not look.unseen):
                    break
            if not look.pages:
                look.asked = self._since(began, walk)
        except (APIConnectionError, RateLimitError, ServerError, InvalidRequestError, PaginationError) as error:
            is_refused = isinstance(error, InvalidRequestError | PaginationError)
            if look.is_in_the_past and (look.pages >= HEAD_PAGES or not is_refused):
                look.note_unproven(self.state, self._in.rows([item.id for item in look.items]))
                self._in.save(self._in.without_others(look.items))
            raise
        finally:
            self._in.count(walk)
        return look

    def _since(self, began: float, walk: Walk) -> int:
        """When a walk began whose first answer has just come, µs. `began`: on the monotonic clock."""
        return self._in.clock(walk) - int(1e6 * (self._schedule.monotonic() - began))

    def _is_asked_again(self, walk: Walk, status: Text, items: Iterable[Feedback]) -> bool:
        """Look at the head where nothing on a page is known; if that is the same list, the page is asked for again."""
        if not self._guard.asks_again(status, walk.cursor, list(items)):
            return False
        self._head()
        if self._guard.is_empty and self._guard.problem is not None:
            raise self._guard.problem
        return True

    def _look_if_it_is_time(self) -> None:
        if self._is_time_to_look():
            self._head()

    def _is_time_to_look(self) -> bool:
        return self.state.begun and self._schedule.monotonic() >= self._look_at

    def _close_gap(self, gap: Gap) -> None:
        """Walk on in a gap until it is closed, or it is time for the head."""
        walk = self._in.walk(cursor=gap.cursor, page_size=self._guard.page_size(None, gap.cursor))
        began, seconds = self._schedule.monotonic(), gap.seconds
        try:
            for items in walk.pages():
                times, known_from = [microseconds(item.created_at) for item in items], gap.upper
                is_odd = gap.ends_at(min(times)) or not gap.goes_on_with(times, is_end=walk.complete)
                if is_odd and self._is_asked_again(walk, None, items):
                    return
                reached = walk.complete or gap.ends_at(min(times))
                gap.upper, gap.cursor = min(gap.upper, *times), walk.next_cursor
                gap.seconds = seconds + self._schedule.monotonic() - began
                if reached:
                    self.state.close(gap, self._in.clock())
                self._in.save(self._in.without_news(items, known_from))
                if reached or self._is_time_to_look():
                    break
            else:
                if self._is_asked_again(walk, None, ()):
                    return
                self.state.close(gap, self._in.clock())
                self._in.save(())
        except (InvalidRequestError, PaginationError):
            gap.cursor = None  # it leads nowhere any more: once more from the head, all that comes is known or new
            self._try_again()
        finally:
            self.state.rejected += self._in.count(walk)

    def _try_again(self) -> None:
        """Go on from the head, once a sync; while an error is handled."""
        self._patience -= 1
        self._in.save(())
        if self._patience < 0:
            raise  # noqa: PLE0704 - the one that is handled

    def _begin(self, status: Text) -> None:
        self.state.rounds += 1
        self.state.round = Round(status, self.state.rounds, self._in.clock())
        self._in.save_state()  # what is stored from now on was seen since it began

    def _walk_round(self, current: Round) -> None:
        """Walk on in the complete walk under way; at its end, judge what it did not meet."""
        page_size, rejected = self._guard.page_size(current.status, current.cursor), current.rejected
        walk = self._in.walk(status=current.status, cursor=current.cursor, page_size=page_size)
        began, seconds = self._schedule.monotonic(), current.seconds
        try:
            for items in walk.pages():
                if self._is_asked_again(walk, current.status, items):
                    return
                if not current.met:
                    current.started = min(current.started, self._in.clock(walk))
                current.cursor, current.met = walk.next_cursor, current.met + len(items)
                current.rejected = rejected + walk.stats.rejected
                current.seconds = seconds + self._schedule.monotonic() - began
                if walk.complete:
                    break
                self._in.save(self._in.without_news(items))
                if self._is_time_to_look():
                    return
            else:
                if current.met and self._is_asked_again(walk, current.status, ()):
                    return
                if not current.met:
                    current.started = min(current.started, self._in.clock(walk))
            current.rejected = rejected + walk.stats.rejected
            self._end(current, items if walk.stats.items else ())
        except (InvalidRequestError, PaginationError):
            self._begin(current.status)  # its cursor leads nowhere any more: what it met is kept, and it is begun again
            self._try_again()
        finally:
            self._in.count(walk)

    def _end(self, current: Round, items: Iterable[Feedback]) -> None:
        """Take the last page of a complete walk."""
        state = self.state
        state.round, state.reconciled, state.reconciled_by = None, current.started, current.number
        self._in.save(self._in.without_news(items))
        if current.status == "open":
            state.reconciled_in = current.seconds
            if not self._store.unmet_open(self._account, current.number):
                self._decided(())
                self._in.save(())
            return
        missed = self._store.unmet(self._account, current.number)
        state.full, state.full_in, state.rejected = current.started, current.seconds, current.rejected
        gone: list[Row] = []
        if missed and (current.met or self._full):  # "no items at all" may be an outage
            missed = [row._replace(missing=row.missing + 1) for row in missed]
            gone = [row for row in missed if row.missing > 1]
            missed = [row for row in missed if row.missing < 2]
        state.doubt = False
        if not self._guard.is_empty and state.unexpected is not None:  # set back
            state.unexpected, state.newest = None, {}
        for row in gone:  # the next look goes down to an item that is stored
            state.newest.pop(row.id, None)
        self._decided(missed)
        self._in.report.removed += len(gone)
        self._store.save(self._account, encoded(state), missed, gone)
        self._in.save(())

    def _decide(self) -> None:
        """Look for the items that left the open ones among the resolved ones: an answer decides, not an absence."""
        state = self.state
        lost = self._store.unmet_open(self._account, state.reconciled_by)
        asked = [row for row in lost if row.walk >= state.decided_by]  # the others were looked for once
        search(self._in, asked, self._cells(), self._look_if_it_is_time)
        self._decided(self._store.unmet_open(self._account, state.reconciled_by))
        self._in.save(())

    def _decided(self, unknown: Sequence[Row]) -> None:
        """Note that the last complete walk left these undecided: while there are any, the time of statuses stays."""
        state = self.state
        state.decided_by, state.doubt = state.reconciled_by, state.doubt or bool(unknown)
        if not unknown:
            state.statuses = state.reconciled

    def _reconcile_is_due(self) -> bool:
        every = self._schedule.reconcile_after(self.state.reconciled_in)
        return self._in.clock.is_due(self.state.reconciled, every)

    def _all_are_due(self) -> bool:
        state = self.state
        if self._full:
            return self._walks_left == 2 or (self._walks_left == 1 and state.doubt)
        if self._walks_left or state.full is None:
            return False
        return self._in.clock.is_due(state.full, self._schedule.full_after(state.full_in, doubt=state.doubt))
