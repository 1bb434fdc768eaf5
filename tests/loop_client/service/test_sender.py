"""The sender sends each draft once, whatever Loop answers, and finds its outcome; tests move the clock."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from loop_client import ServerError
from loop_client.mirror import StoreError
from loop_client.mirror.store import DraftRow, DraftState
from loop_client.service import outcomes
from tests.loop_client.service.outbox_world import Killed, Process

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from loop_client.mirror.store import Drafts

WAITING, SENDING, STORED = DraftState.WAITING, DraftState.SENDING, DraftState.STORED
REFUSED, UNKNOWN, DISCARDED = DraftState.REFUSED, DraftState.UNKNOWN, DraftState.DISCARDED


def fails(process: Process, *faults: str) -> None:
    """Give the next creates these faults, and later ones none."""
    left = [*faults]
    process.api.before_create = lambda: left.pop(0) if left else ""


def test_a_draft_becomes_an_item(process: Process) -> None:
    """A sent draft is stored with exactly its fields, and its item is in the mirror."""
    process.submit("a", "Größer\n", sentiment="negative", tag="exports", source="email")
    assert process.states() == {"a": WAITING}
    process.steps()

    row, view = process.row("a"), process.outbox.submission("a")
    assert (row.state, row.tries, row.is_matched) == (STORED, 1, 0)
    assert view is not None
    assert view.item == process.created[0]
    assert view.item is not None
    assert (view.item.message, view.item.tag) == ("Größer\n", "exports")
    assert row.item_id in set(process.account.mirror.snapshot().frame["id"])


def test_it_is_stored_as_sending_before_it_leaves(process: Process) -> None:
    """A draft is stored as sending before its request leaves."""
    seen = []

    def look() -> str:
        seen.append((process.row("a").state, process.row("a").sent_from, process.row("a").sent_until))
        return ""

    process.api.before_create = look
    process.submit("a")
    process.steps()

    assert [(state, until) for state, _, until in seen] == [(SENDING, None)]
    assert seen[0][1] is not None


@pytest.mark.parametrize(("fault", "sentence"), [("400", "Loop refused"), ("413", "413")])
def test_what_loop_refuses_is_not_sent_again(process: Process, fault: str, sentence: str) -> None:
    """A refused draft shows Loop's reason and is not sent again, and the next draft is sent at once."""
    fails(process, fault)
    process.submit("a")
    process.submit("b")
    process.steps(4)

    assert process.states() == {"a": REFUSED, "b": STORED}
    view = process.outbox.submission("a")
    assert view is not None
    assert sentence in str(view.error)
    assert process.row("a").said == "message: is wrong"
    assert process.api.creates == 2
    assert process.sender.pause is None


def test_a_pause_quotes_no_draft() -> None:
    """What Loop says is about one draft, whose person share-safe masks; the pause is shown for all of them."""
    error = ServerError("Loop failed (500). Loop says: no room for maria_gomez", 500, None, "no room for maria_gomez")
    row = DraftRow("t", "a", "maria_gomez", "Text", None, None, None, 0, DraftState.SENDING, 0, 0)

    failed = outcomes.outcome(row, error, 0, 1)
    assert failed.pause is not None
    assert str(failed.pause.error) == "Loop failed (500)."
    assert "maria_gomez" in str(failed.draft.error)


def test_a_rejected_key_pauses_all(process: Process) -> None:
    """A rejected key pauses all drafts for a minute and is shown, and nothing is lost."""
    fails(process, "401")
    process.submit("a")
    process.submit("b")
    process.steps(50)

    assert process.states() == {"a": WAITING, "b": WAITING}
    assert process.api.creates == 1
    view = process.outbox.submission("b")
    assert view is not None
    assert "401" in str(view.error)
    assert view.is_left_to_the_outbox(view.written_at)
    process.steps(70)
    assert process.states() == {"a": STORED, "b": STORED}
    assert process.sender.pause is None


def test_a_rate_limit_is_waited_for(process: Process) -> None:
    """After a rate limit the sender waits as long as Loop says."""
    fails(process, "rate")
    process.submit("a")
    process.steps(29)
    assert process.api.creates == 1
    process.steps(4)

    assert process.states() == {"a": STORED}


def test_a_quota_pauses_all_and_shows_its_date(process: Process) -> None:
    """A quota pauses all drafts and shows its date, but an attempt is made each hour."""
    fails(process, "quota", "quota")
    process.submit("a")
    process.submit("b")
    process.steps()
    pause = process.sender.pause
    assert pause is not None
    assert pause.until == process.at + timedelta(hours=2)
    assert f"{pause.until:%-d %b %Y, %H:%M} UTC" in str(pause.error)
    process.steps(50, seconds=60)
    assert process.api.creates == 1
    process.steps(15, seconds=60)
    assert process.api.creates == 2

    process.steps(200, seconds=60)
    assert process.states() == {"a": STORED, "b": STORED}
    assert process.api.creates == 4


@pytest.mark.parametrize("fault", ["500", "refused"])
def test_what_was_provably_not_stored_is_sent_again(process: Process, fault: str) -> None:
    """A draft that was certainly not stored is sent again after growing pauses of a minute at most."""
    fails(process, *[fault] * 9)
    process.submit("a")
    at = []
    for _ in range(500):
        before = process.api.creates
        process.steps()
        at += [process.at] * (process.api.creates - before)

    pauses = [(later - earlier).total_seconds() for earlier, later in itertools.pairwise(at)]
    assert process.states() == {"a": STORED}
    assert process.api.sent == ["Typed"]
    assert pauses == sorted(pauses)
    assert 58 <= pauses[-1] <= 62
    assert len(at) == 10


def test_a_draft_that_always_fails_delays_no_other(process: Process) -> None:
    """A draft that always fails does not delay the others."""
    process.api.before_create = lambda: "500" if process.row("a").state == SENDING else ""
    process.submit("a", "Poison")
    for number in range(5):
        process.submit(f"b{number}", f"Typed {number}")
    process.steps(60)

    assert process.states() == {"a": WAITING, **{f"b{number}": STORED for number in range(5)}}


def test_a_lost_answer_is_looked_for_by_the_client(process: Process) -> None:
    """After a lost answer the client finds the item in the list, and the draft is stored."""
    fails(process, "lost")
    process.submit("a")
    process.steps()

    assert process.states() == {"a": STORED}
    assert process.api.sent == ["Typed"]


def outage(process: Process, *faults: str) -> None:
    """Give the next creates these faults, while the list cannot be read."""
    fails(process, *faults)
    process.api.before_each = lambda _: "reset"


def recovered(process: Process) -> None:
    """End the outage, sync, and wake the sender."""
    process.api.before_each = lambda _: ""
    process.at += timedelta(seconds=10)
    process.sync()
    process.steps()


def test_an_unknown_draft_is_settled_by_the_first_sync_that_shows_its_item(process: Process) -> None:
    """An unknown draft is stored once a sync shows its item, and is never sent again."""
    outage(process, "lost")
    process.submit("a")
    process.steps(3)
    assert process.states() == {"a": UNKNOWN}
    view = process.outbox.submission("a")
    assert view is not None
    assert view.needs_a_person
    assert view.is_done

    recovered(process)
    assert process.states() == {"a": STORED}
    assert process.row("a").is_matched
    assert process.api.sent == ["Typed"]


def test_an_unknown_draft_that_was_not_stored_stays_unknown(process: Process) -> None:
    """An unknown draft without an item stays unknown and is not sent again."""
    outage(process, "vanished")
    process.submit("a")
    process.steps(3)
    recovered(process)
    for _ in range(30):
        process.at += timedelta(hours=1)
        process.sync()
        process.steps()

    assert process.states() == {"a": UNKNOWN}
    assert process.api.creates == 1


def test_an_item_that_loop_stores_late_is_found(process: Process) -> None:
    """An item that Loop stores minutes later, as behind a proxy, is found."""
    outage(process, "late")
    process.submit("a")
    process.steps(3)
    recovered(process)
    process.at += timedelta(minutes=3)
    process.api.settle()
    recovered(process)

    assert process.states() == {"a": STORED}


@pytest.mark.parametrize(("when", "is_found"), [(timedelta(minutes=-1), False), (timedelta(minutes=10), False)])
def test_an_equal_item_of_another_time_is_somebody_elses(process: Process, when: timedelta, is_found: bool) -> None:  # noqa: FBT001 - a case
    """An equal item from another time does not settle an unknown draft."""
    outage(process, "vanished")
    process.submit("a")
    process.steps(3)
    process.api.insert(at=process.at + when, user={"id": "u_9"}, message="Typed", sentiment=None, tag=None)
    process.at += max(when, timedelta())
    recovered(process)

    assert (process.states() == {"a": STORED}) == is_found


@pytest.mark.parametrize(("message", "is_later"), [("Typed", True), ("Other", False)])
def test_each_draft_is_looked_for_in_its_own_time(process: Process, message: str, is_later: bool) -> None:  # noqa: FBT001 - a case
    """Each unknown draft is looked for only in the time in which it was sent."""
    outage(process, "vanished", "vanished")
    times = []
    for token, text in (("a", "Typed"), ("b", "Other")):
        process.submit(token, text)
        process.steps(3)
        times.append(process.at)
        process.at += timedelta(minutes=20)
    process.api.insert(at=times[is_later], user={"id": "u_9"}, message=message, sentiment=None, tag=None)
    recovered(process)

    assert process.states() == {"a": UNKNOWN, "b": UNKNOWN}


@pytest.mark.parametrize("field", ["user", "message", "sentiment", "tag", "source"])
def test_all_five_fields_must_be_equal(process: Process, field: str) -> None:
    """An item that differs in any of the five fields does not settle a draft."""
    outage(process, "vanished")
    process.submit("a")
    process.steps(3)
    fields: dict[str, Any] = {"user": {"id": "u_9"}, "message": "Typed", "sentiment": None, "tag": None, "source": None}
    fields[field] = {"user": {"id": "u_8"}}.get(field, "neutral")
    process.api.insert(at=process.at, **fields)
    recovered(process)

    assert process.states() == {"a": UNKNOWN}


def test_an_equal_item_that_was_known_before_is_not_claimed(process: Process) -> None:
    """An equal item that was known before the draft was sent is not claimed, even after a restart."""
    process.api.insert(at=process.at, user={"id": "u_9"}, message="Typed", sentiment=None, tag=None)
    process.sync()
    process.close()
    process.open()
    process.sync()
    fails(process, "vanished")
    process.submit("a")
    process.steps(1, seconds=0.5)
    recovered(process)

    assert process.states() == {"a": UNKNOWN}


def test_each_item_is_claimed_by_one_draft(process: Process) -> None:
    """One item settles only one of two equal unknown drafts."""
    outage(process, "lost", "vanished")
    process.submit("a")
    process.submit("b")
    process.steps(10)
    assert process.states() == {"a": UNKNOWN, "b": UNKNOWN}
    recovered(process)

    assert sorted(process.states().values()) == [STORED, UNKNOWN]


def test_two_equal_drafts_that_were_both_stored_are_two_items(process: Process) -> None:
    """Two equal drafts that were both stored get different items."""
    outage(process, "lost", "lost")
    process.submit("a")
    process.submit("b")
    process.steps(10)
    recovered(process)

    assert process.states() == {"a": STORED, "b": STORED}
    assert process.row("a").item_id != process.row("b").item_id


def test_the_item_of_an_answer_is_not_found_by_another_draft(process: Process) -> None:
    """An item that an answer gave to one draft does not settle another."""
    outage(process, "vanished")
    process.submit("a")
    process.steps(3)
    process.api.before_each = lambda _: ""
    process.submit("b")
    process.steps(4)
    recovered(process)

    assert process.states() == {"a": UNKNOWN, "b": STORED}


def test_an_answer_takes_its_item_back_from_a_guess(process: Process) -> None:
    """When an answer names an item that another draft was matched with, that draft becomes unknown again."""
    fails(process, "vanished")
    process.api.before_each = lambda _: "reset"
    process.submit("a")
    process.steps(3)
    guessed = process.row("a")._replace(state=STORED, item_id="fb_7919", item_created=5, is_matched=1)
    process.drafts.change(guessed, UNKNOWN)
    process.api.before_each = lambda _: ""
    process.submit("b")
    process.steps(5)

    assert process.row("b").item_id == "fb_7919"
    assert process.states() == {"a": UNKNOWN, "b": STORED}


def test_an_unknown_draft_is_looked_for_for_a_day(process: Process) -> None:
    """An unknown draft is looked for only for a day."""
    outage(process, "lost")
    process.submit("a")
    process.steps(3)
    process.at += timedelta(hours=25)
    recovered(process)

    assert process.states() == {"a": UNKNOWN}


@pytest.mark.parametrize("fault", ["crash", "crash after"])
def test_a_process_that_dies_in_mid_send_loses_nothing(process: Process, fault: str) -> None:
    """After a process died while sending, its draft is unknown, and is stored if its item is found."""
    fails(process, fault)
    process.submit("a")
    with pytest.raises(Killed):
        process.steps()
    process.close()
    process.open()
    process.steps(12)
    assert process.states() == {"a": UNKNOWN}
    process.sync()
    process.steps()

    assert process.states() == {"a": STORED if fault == "crash after" else UNKNOWN}
    assert process.api.creates == 1


def test_a_draft_that_another_process_sends_is_not_touched(process: Process, tmp_path: Path) -> None:
    """Of two processes only the one that syncs the mirror sends."""
    other = Process(tmp_path, process.api, process.at, opened=process.opened)
    other.sync()
    process.api.before_create = lambda: other.steps(3) or ""  # type: ignore[func-returns-value]
    other.submit("a")
    process.steps()
    other.steps(3)
    assert process.states() == {"a": STORED}
    assert process.api.creates == 1

    process.api.before_create = lambda: ""
    other.submit("b")
    other.steps(3)
    assert other.states() == {"a": STORED, "b": WAITING}
    process.close()
    other.sync()
    other.steps()
    assert other.states() == {"a": STORED, "b": STORED}
    other.close()
    process.open()


def test_a_persons_draft_overtakes_bulk_rows(process: Process) -> None:
    """A person's draft is sent before waiting bulk rows."""
    process.write("i")
    process.steps()
    process.submit("a")
    process.steps(3)

    assert process.api.sent == ["Row 1", "Typed", "Row 2", "Row 3"]


def test_bulk_rows_wait_for_the_budget_and_persons_do_not(process: Process) -> None:
    """A bulk row waits for the budget and pays once, while a person's draft is sent at once."""
    paid: list[bool] = []
    process.api.before_create = lambda: paid.append(process.sender.prepaid) or ""  # type: ignore[func-returns-value]
    process.bulk_left = 5.0
    process.write("i", 1)
    process.steps(3)
    assert process.row("i-1").tries == 0
    process.submit("a")
    process.steps(2)
    assert process.states() == {"i-1": WAITING, "a": STORED}

    process.bulk_left = 0.0
    process.steps()
    assert process.states() == {"i-1": STORED, "a": STORED}
    assert paid == [False, True]
    assert not process.sender.prepaid


def test_an_outcome_that_cannot_be_stored_is_stored_later(process: Process) -> None:
    """An outcome that cannot be stored on a full disk is stored later, without sending again."""
    faults = ["", "full", "full"]
    process.drafts.before_change = lambda: faults.pop(0) if faults else ""
    process.submit("a")
    process.submit("b")
    for _ in range(2):
        with pytest.raises(StoreError, match="full"):
            process.steps()
    process.steps(2)

    assert process.states() == {"a": STORED, "b": STORED}
    assert process.api.sent == ["Typed", "Typed"]


def test_a_draft_that_cannot_be_written_down_as_sending_is_not_sent(process: Process) -> None:
    """A draft that cannot be stored as sending is not sent."""
    process.drafts.before_change = lambda: "full"
    process.submit("a")
    with pytest.raises(StoreError, match="full"):
        process.steps()
    assert process.api.creates == 0
    process.drafts.before_change = lambda: ""
    process.steps(2)

    assert process.states() == {"a": STORED}


def test_a_draft_that_may_be_written_down_as_sending_waits_again(process: Process) -> None:
    """Where the database did not say that it stored it as sending, nothing has left: it is sent with the next step."""
    faults = ["unconfirmed", "unconfirmed"]
    process.drafts.before_change = lambda: faults.pop(0) if faults else ""
    process.submit("a")
    for _ in range(2):
        with pytest.raises(StoreError, match="does not answer"):
            process.steps()
    assert process.api.creates == 0
    process.steps(2)

    assert process.states() == {"a": STORED}
    assert (process.row("a").tries, process.api.creates) == (1, 1)


def test_a_draft_waits_for_its_own_account(process: Process) -> None:
    """With another account's key a draft waits, and the page can send it again."""
    process.submit("a")
    process.close()
    process.api.items.clear()
    process.key = "other"
    process.open()
    process.sync()
    process.steps(5)

    assert process.states() == {"a": WAITING}
    view = process.outbox.submission("a")
    assert view is not None
    assert not view.is_ours
    assert view.needs_a_person
    again = process.outbox.send_again("a")
    assert again.is_ours
    process.steps(5)
    assert process.states() == {"a": DISCARDED, again.token: STORED}


def test_another_key_to_the_same_account_sends_its_drafts(process: Process) -> None:
    """A new key to the same account sends its drafts."""
    process.api.insert(at=process.at, message="Known")
    process.sync()
    process.submit("a")
    process.close()
    process.key = "other"
    process.open()
    process.sync()
    process.steps(2)

    assert process.states() == {"a": STORED}
    view = process.outbox.submission("a")
    assert view is not None
    assert view.is_ours


def test_nothing_is_sent_before_loops_time_is_known(tmp_path: Path, opened: Callable[[], Drafts]) -> None:
    """Sending waits for the server's time, but not for long if the list does not answer."""
    process = Process(tmp_path, opened=opened)
    process.submit("a")
    process.steps(3)
    assert process.api.creates == 0
    process.steps(10)
    assert process.states() == {"a": STORED}
    process.close()


def test_settled_drafts_are_forgotten_after_two_months(process: Process) -> None:
    """Settled drafts are deleted after two months; those that need a person are not."""
    fails(process, "", "400")
    process.submit("a")
    process.submit("b")
    process.steps(3)
    process.at += timedelta(days=61)
    process.sync()
    process.steps()

    assert process.states() == {"b": REFUSED}


def test_a_clock_that_jumps_forgets_nothing(process: Process) -> None:
    """Two months have passed once a look at the list says so, not by this machine's clock alone."""
    process.submit("a")
    process.steps(2)
    process.at += timedelta(days=61)
    process.steps()

    assert process.states() == {"a": STORED}
