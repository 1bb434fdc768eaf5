"""The sync: reads new items at the head, closes gaps, finds resolved items, and deletes missing ones.

Each page is stored together with the state of its walk, so that an interrupted sync resumes there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from loop_client.errors import APIConnectionError, InvalidRequestError, PaginationError, RateLimitError, ServerError
from loop_client.mirror.errors import UnexpectedListError
from loop_client.mirror.guard import CHANGING, LOOKS, Guard
from loop_client.mirror.head import HEAD_PAGES, Look
from loop_client.mirror.intake import PAGE_SIZE, PAST_CACHES
from loop_client.mirror.moments import microseconds
from loop_client.mirror.plan import search
from loop_client.mirror.state import Scan, encoded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from loop_client import Feedback, Walk
    from loop_client.mirror.guard import Place
    from loop_client.mirror.intake import Intake
    from loop_client.mirror.rows import Row
    from loop_client.mirror.schedule import SyncSchedule
    from loop_client.mirror.snapshot import Snapshot
    from loop_client.mirror.state import Gap
    from loop_client.models import Text


class Sync:
    """One sync run of one account, resumed from the stored state."""

    def __init__(self, intake: Intake, snapshot: Callable[[], Snapshot], schedule: SyncSchedule) -> None:
        """`snapshot`: returns the current one."""
        self.state, self._intake, self._snapshot, self._schedule = intake.state, intake, snapshot, schedule
        self._store, self._account = intake.store, intake.account
        self._full = self._accepts_any = self._reconciled = False
        self._guard, self._look_at, self._walks_left, self._patience = Guard(intake), 0.0, 0, 1

    def run(self, *, full: bool) -> None:
        """Do everything that is due, with looks at the head in between. `full`: run a full scan now.

        An item is deleted only when two full scans in a row have not seen it.
        """
        self._full, self._accepts_any, self._walks_left = full, full, 2 if full else 0
        if self.state.begun:
            self._head()
        while self._step():
            self._look_if_it_is_time()
        self._intake.report.problem = self._guard.problem

    def _step(self) -> bool:
        """Do the next step that is due, until a look at the head is due; False when nothing is due."""
        state = self.state
        if state.scan is not None and (state.scan.status == "open" or not state.gaps):
            self._continue_scan(state.scan)
        elif state.reconciled is None:
            self._begin_scan("open")
        elif not state.begun:
            self._head()
        elif state.gaps:
            self._close_gap(state.gaps[0])
        elif self._full_scan_is_due():
            self._walks_left -= 1
            self._begin_scan(None)
        elif not self._reconciled and self._reconcile_is_due():
            self._reconciled = True
            self._begin_scan("open")
        elif state.resolved_checked_by != state.reconciled_by:
            self._check_resolved()
        else:
            return False
        return True

    def _head(self) -> None:
        """Look at the head of the list, and store it only if it is the same list as before."""
        state, added = self.state, self._store.unlisted(self._account)
        look = self._confirmed_look()
        if look.is_another and self._guard.accepts(look):
            self._full, self._walks_left = True, 2
        self._accepts_any = False
        if not self._guard.is_empty:
            self._guard.trust(look)
            look.note(state)
            self._store.listed(self._account, added)
        self._intake.save(look.items)
        self._look_at = self._schedule.monotonic() + self._schedule.head_every * max(1, look.pages)

    def _confirmed_look(self) -> Look:
        """A look at the head. An unverified page is another account's unless a later look shows it too."""
        earlier: list[tuple[Look, list[frozenset[str]]]] = []
        for _ in range(LOOKS):
            look = self._look([page for _, pages in earlier for page in pages])
            for confirmed, pages in earlier:
                if not any(page in look.unconfirmed for page in pages):
                    return confirmed
            unverified = self._guard.unverified(look)
            if not unverified:
                return look
            earlier.append((look, unverified))
        raise UnexpectedListError(CHANGING)

    def _look(self, unverified: Sequence[frozenset[str]] = ()) -> Look:
        """Look at the head of the list. `unverified`: ids by page; the look ends once it has shown all these pages."""
        walk, began = self._intake.walk(page_size=PAST_CACHES if unverified else PAGE_SIZE), self._schedule.monotonic()
        look = Look(walk, {} if self._accepts_any else self._guard.expected, self._intake.clock(), unverified)
        look.must_pass = self._guard.oldest_unproven
        try:
            for items in walk.pages():
                if not look.pages:
                    look.began_at = self._since(began, walk)
                if look.take(items) or (unverified and not look.unconfirmed):
                    break
            if not look.pages:
                look.began_at = self._since(began, walk)
        except (APIConnectionError, RateLimitError, ServerError, InvalidRequestError, PaginationError) as error:
            is_refused = isinstance(error, InvalidRequestError | PaginationError)
            if look.is_in_the_past and (look.pages >= HEAD_PAGES or not is_refused):
                look.note_unproven(self.state, self._intake.rows([item.id for item in look.items]))
                self._intake.save(self._intake.without_others(look.items))
            raise
        finally:
            self._intake.count(walk)
        return look

    def _since(self, began: float, walk: Walk) -> int:
        """Start time (µs) of a walk whose first answer has just arrived. `began`: on the monotonic clock."""
        return self._intake.clock(walk) - int(1e6 * (self._schedule.monotonic() - began))

    def _is_requested_again(self, place: Place, items: Iterable[Feedback], page_size: int) -> bool:
        """If nothing on a page is known, verify the list by its head; True if the page must be requested again."""
        if not self._guard.needs_check(place, list(items), page_size):
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
        """Continue the walk through a gap until it is closed, or a look at the head is due."""
        page_size = self._guard.page_size((gap.upper, gap.lower))
        walk = self._intake.walk(cursor=gap.cursor, page_size=page_size)
        began, seconds = self._schedule.monotonic(), gap.seconds
        needs_two_answers = self.state.full is not None  # the first time, hours would become twice as many
        try:
            for items in walk.pages():
                times, known_from = [microseconds(item.created_at) for item in items], gap.upper
                is_odd = gap.ends_at(min(times)) or not gap.goes_on_with(times, is_end=walk.complete)
                if is_odd and self._is_requested_again((gap.upper, gap.lower), items, page_size):
                    return
                if needs_two_answers and self._guard.needs_check((gap.upper, gap.lower), items, page_size):
                    return
                reached = walk.complete or gap.ends_at(min(times))
                gap.upper, gap.cursor = min(gap.upper, *times), walk.next_cursor
                gap.seconds = seconds + self._schedule.monotonic() - began
                if reached:
                    self.state.close(gap, self._intake.clock())
                self._intake.save(self._intake.without_news(items, known_from))
                if reached or self._is_time_to_look():
                    break
            else:
                if self._is_requested_again((gap.upper, gap.lower), (), page_size):
                    return
                self.state.close(gap, self._intake.clock())
                self._intake.save(())
        except (InvalidRequestError, PaginationError):
            gap.cursor = None  # the cursor is invalid: start again at the head
            self._try_again()
        finally:
            self.state.rejected += self._intake.count(walk)

    def _try_again(self) -> None:
        """Allow one restart from the head per sync; called in an exception handler."""
        self._patience -= 1
        self._intake.save(())
        if self._patience < 0:
            raise  # noqa: PLE0704 - called in an exception handler

    def _begin_scan(self, status: Text) -> None:
        self.state.scans += 1
        self.state.scan = Scan(status, self.state.scans, self._intake.clock())
        self._intake.save_state()  # items stored from now on were seen after its start

    def _continue_scan(self, current: Scan) -> None:
        """Continue the running scan; at its end, process the items that it has not seen."""
        page_size, rejected = self._guard.page_size((current.status, current.cursor)), current.rejected
        walk = self._intake.walk(status=current.status, cursor=current.cursor, page_size=page_size)
        began, seconds = self._schedule.monotonic(), current.seconds
        try:
            for items in walk.pages():
                if self._is_requested_again((current.status, walk.cursor), items, page_size):
                    return
                if not current.seen:
                    current.started = min(current.started, self._intake.clock(walk))
                current.cursor, current.seen = walk.next_cursor, current.seen + len(items)
                current.rejected = rejected + walk.stats.rejected
                current.seconds = seconds + self._schedule.monotonic() - began
                if walk.complete:
                    break
                self._intake.save(self._intake.without_news(items))
                if self._is_time_to_look():
                    return
            else:
                if current.seen and self._is_requested_again((current.status, walk.cursor), (), page_size):
                    return
                if not current.seen:
                    current.started = min(current.started, self._intake.clock(walk))
            current.rejected = rejected + walk.stats.rejected
            self._end(current, items if walk.stats.items else ())
        except (InvalidRequestError, PaginationError):
            self._begin_scan(current.status)  # the cursor is invalid: stored items stay, and the scan starts over
            self._try_again()
        finally:
            self._intake.count(walk)

    def _end(self, current: Scan, items: Iterable[Feedback]) -> None:
        """Finish a scan with its last page."""
        state = self.state
        state.scan, state.reconciled, state.reconciled_by = None, current.started, current.number
        self._intake.save(self._intake.without_news(items))
        if current.status == "open":
            state.reconciled_in = current.seconds
            if not self._store.unseen_open(self._account, current.number):
                self._note_unresolved(())
                self._intake.save(())
            return
        missed = self._store.unseen(self._account, current.number)
        state.full, state.full_in, state.rejected = current.started, current.seconds, current.rejected
        deleted: list[Row] = []
        if missed and (current.seen or self._full):  # "no items at all" may be an outage
            missed = [row._replace(missing=row.missing + 1) for row in missed]
            deleted = [row for row in missed if row.missing > 1]
            missed = [row for row in missed if row.missing < 2]
        state.recheck_due = False
        if not self._guard.is_empty and state.unexpected is not None:  # set back
            state.unexpected, state.newest = None, {}
        for row in deleted:  # the next look has to reach an item that is stored
            state.newest.pop(row.id, None)
        self._note_unresolved(missed)
        self._intake.report.removed += len(deleted)
        self._store.save(self._account, encoded(state), missed, deleted)
        self._intake.save(())

    def _check_resolved(self) -> None:
        """Search the resolved items for those missing among the open ones: absence alone proves nothing."""
        state = self.state
        unseen_rows = self._store.unseen_open(self._account, state.reconciled_by)
        # the others have been searched already
        to_check = [row for row in unseen_rows if row.walk >= state.resolved_checked_by]
        search(self._intake, to_check, self._snapshot(), self._look_if_it_is_time)
        self._note_unresolved(self._store.unseen_open(self._account, state.reconciled_by))
        self._intake.save(())

    def _note_unresolved(self, unknown: Sequence[Row]) -> None:
        """Note the rows of unknown status after the last scan; while there are any, `statuses` does not advance."""
        state = self.state
        state.resolved_checked_by, state.recheck_due = state.reconciled_by, state.recheck_due or bool(unknown)
        if not unknown:
            state.statuses = state.reconciled

    def _reconcile_is_due(self) -> bool:
        every = self._schedule.reconcile_after(self.state.reconciled_in)
        return self._intake.clock.is_due(self.state.reconciled, every)

    def _full_scan_is_due(self) -> bool:
        state = self.state
        if self._full:
            return self._walks_left == 2 or (self._walks_left == 1 and state.recheck_due)
        if self._walks_left or state.full is None:
            return False
        return self._intake.clock.is_due(
            state.full, self._schedule.full_after(state.full_in, recheck=state.recheck_due)
        )
