"""The outbox as pages see it: what a person can do with a draft, and what the page shows of it."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from loop_client import CreateOutcomeUnknown, InvalidRequestError
from loop_client.mirror import StoreError
from loop_client.mirror.store import DraftState
from loop_client.service import Draft, Outbox
from loop_client.service.sender_thread import SenderThread
from tests.loop_client.mirror.test_drafts import draft
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterable

    from loop_client.service import Submission
    from tests.loop_client.service.outbox_world import Process

WAITING, SENDING, STORED = DraftState.WAITING, DraftState.SENDING, DraftState.STORED
REFUSED, UNKNOWN, DISCARDED = DraftState.REFUSED, DraftState.UNKNOWN, DraftState.DISCARDED


def outbox_with(process: Process, state: DraftState) -> Outbox:
    """The outbox, with the draft "t1" in this state."""
    account, now = process.sender.names[0], process.account.mirror.now()
    row = draft(1, state=state, account=account, error="Loop says why.", said="why", created=now, changed=now)
    process.drafts.add([row])
    return process.outbox


def shown(outbox: Outbox, token: str = "t1") -> Submission:  # noqa: S107 - of a draft
    """A draft as a page shows it."""
    found = outbox.submission(token)
    assert found is not None
    return found


def test_a_submission_is_durable_before_it_is_acknowledged(process: Process) -> None:
    """A draft is durable before its submission returns, and a second one with its token changes nothing."""
    first = process.outbox.submit("a", Draft("u_9", "Typed", tag="exports"))
    again = process.outbox.submit("a", Draft("u_9", "Something else"))
    process.close()
    process.open()

    assert (first.state, again.draft) == (WAITING, first.draft)
    assert shown(process.outbox, "a").draft == Draft("u_9", "Typed", tag="exports")


def test_lone_surrogates_are_replaced(process: Process) -> None:
    """Lone surrogates are replaced, and all other characters are stored exactly."""
    view = process.outbox.submit("a", Draft("u_9", "a\ud800b\0", tag="\udfff"))

    assert view.draft == Draft("u_9", "a\ufffdb\0", tag="\ufffd")
    assert shown(process.outbox, "a").draft == view.draft


@pytest.mark.files
def test_a_full_disk_acknowledges_nothing(process: Process) -> None:
    """On a full disk a submission fails with advice, and its next attempt makes only one draft."""
    files = process.drafts._drafts  # noqa: SLF001 - a separate disk would need a mount
    process.submit("a")
    files._pair.first.rows("pragma max_page_count=1")  # type: ignore[attr-defined] # noqa: SLF001
    with pytest.raises(StoreError, match="Free some space"):
        process.submit("b", "x" * 50_000)
    assert process.outbox.submission("b") is None

    files._pair.first.rows("pragma max_page_count=100000")  # type: ignore[attr-defined] # noqa: SLF001
    process.submit("b", "x" * 50_000)
    assert process.states() == {"a": WAITING, "b": WAITING}


@pytest.mark.parametrize("state", [WAITING, REFUSED, UNKNOWN, DISCARDED])
def test_a_draft_can_be_discarded(process: Process, state: DraftState) -> None:
    """A discarded draft is not sent, and discarding it again changes nothing."""
    outbox = outbox_with(process, state)
    outbox.discard("t1")
    outbox.discard("t1")
    process.steps(3)

    assert shown(outbox).state == DISCARDED
    assert process.api.creates == 0


@pytest.mark.parametrize("state", [SENDING, STORED])
def test_what_loop_may_have_cannot_be_discarded_or_repeated(process: Process, state: DraftState) -> None:
    """A draft that is being sent or is stored can neither be discarded nor sent again."""
    outbox = outbox_with(process, state)
    for act in (outbox.discard, outbox.send_again):
        with pytest.raises(StoreError, match="another state"):
            act("t1")
    with pytest.raises(StoreError, match="no such draft"):
        outbox.discard("t9")

    assert shown(outbox).state == state


@pytest.mark.parametrize("state", [WAITING, REFUSED, UNKNOWN])
def test_a_person_sends_a_draft_again(process: Process, state: DraftState) -> None:
    """Sending a draft again makes one new draft, however often it is clicked, and the old one says so."""
    outbox = outbox_with(process, state)
    first, second = outbox.send_again("t1"), outbox.send_again("t1")
    process.steps(4)

    assert first.token == second.token
    assert first.repeats == "t1"
    assert "sent again" in shown(outbox).sentence(process.at)
    assert process.states() == {"t1": DISCARDED, first.token: STORED}
    assert process.api.sent == ["Message 1"]
    with pytest.raises(StoreError, match="another state"):
        outbox.send_again(outbox.send_again("t1").token)


def test_a_draft_is_edited_before_it_is_sent_again(process: Process) -> None:
    """A refused draft can be edited before it is sent again."""
    outbox = outbox_with(process, REFUSED)
    again = outbox.send_again("t1", Draft("u_1", "Shorter"))
    process.steps(2)

    assert shown(outbox, again.token).draft.message == "Shorter"
    assert process.api.sent == ["Shorter"]


def test_what_needs_a_person_is_counted_after_each_change(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    """And in between asked for in vain: a page asks in each of its runs."""
    outbox = outbox_with(process, REFUSED)
    asked: list[int] = []
    count = process.drafts.undecided

    def undecided(accounts: Iterable[str], owner: str | None) -> int:
        asked.append(1)
        return count(accounts, owner)

    monkeypatch.setattr(process.drafts, "undecided", undecided)

    assert [outbox.undecided() for _ in range(9)] == [1] * 9
    assert len(asked) == 1
    before = outbox.version()
    outbox.discard("t1")
    assert outbox.version() != before
    assert outbox.undecided() == 0
    assert [one.token for one in outbox.pending(0, 9)] == []


def test_an_unknown_draft_says_until_when_it_is_looked_for(process: Process) -> None:
    """A day after its answer was lost; no other state does, nor one of an account that is not connected."""
    outbox = outbox_with(process, UNKNOWN)
    view = shown(outbox)
    assert view.looked_for_until == view.changed_at + timedelta(days=1)
    process.drafts.add([draft(2, state=UNKNOWN, account="another"), draft(3, account=process.sender.names[0])])
    assert [shown(outbox, token).looked_for_until for token in ("t2", "t3")] == [None, None]


def test_each_state_has_its_sentence(process: Process) -> None:
    """Each state of a draft has its own sentence and type of error."""
    sentences = {}
    for number, state in enumerate(DraftState):
        process.drafts.add([draft(number, state=state, account=process.sender.names[0], error="Why.", said="tag: no")])
        view = shown(process.outbox, f"t{number}")
        sentences[state] = view.sentence(view.written_at)
        assert view.is_done == (state not in {WAITING, SENDING})
        assert view.needs_a_person == (state in {REFUSED, UNKNOWN})
        assert isinstance(view.error, InvalidRequestError) == (state == REFUSED)
        assert isinstance(view.error, CreateOutcomeUnknown) == (state == UNKNOWN)
        assert (view.item is not None) == (state == STORED and view.item is not None)

    assert sentences == {
        WAITING: "It is in the outbox and will be sent. Why.",
        SENDING: "Sending to Loop…",
        STORED: "Loop stored it. Why.",
        REFUSED: "Not stored. Why.",
        UNKNOWN: "It is not known whether Loop stored this. Why.",
        DISCARDED: "Discarded. Why.",
    }


def test_the_page_shows_that_the_outbox_has_it_within_20_seconds(process: Process) -> None:
    """After 15 s without an outcome, or after a failed attempt, the page says that the outbox has the draft."""
    process.submit("a")
    view = shown(process.outbox, "a")
    assert view.sentence(view.written_at + timedelta(seconds=14)) == "Sending to Loop…"
    assert view.sentence(view.written_at + timedelta(seconds=15)) == "It is in the outbox and will be sent."

    process.api.before_create = lambda: "500"
    process.steps()
    view = shown(process.outbox, "a")
    assert view.is_left_to_the_outbox(view.written_at)
    assert "Loop failed (500" in view.sentence(view.written_at)


def test_a_stored_draft_shows_its_item_when_the_copy_has_it(process: Process) -> None:
    """A stored draft shows its item from the mirror, or else what was sent."""
    process.submit("a")
    process.steps()
    process.outbox.in_hand = lambda: "a"
    assert shown(process.outbox, "a").state == SENDING
    process.outbox.in_hand = lambda: None
    assert shown(process.outbox, "a").item == process.created[0]

    bare = Outbox(process.drafts, lambda: process.sender.names, process.account.mirror.now)
    item = shown(bare, "a").item
    assert item is not None
    assert (item.id, item.message, item.created_at) == (
        process.created[0].id,
        process.created[0].message,
        process.created[0].created_at,
    )


def test_what_is_left_to_do_is_listed_and_counted(process: Process) -> None:
    """Stored and discarded drafts are counted but not listed; drafts of other accounts are both."""
    states = [*DraftState]
    process.drafts.add([draft(number, state=state, account="ab"[number % 2]) for number, state in enumerate(states)])

    assert [one.state for one in process.outbox.submissions()] == [WAITING, SENDING, REFUSED, UNKNOWN]
    assert process.outbox.counts() == dict.fromkeys(DraftState, 1)


def test_waiting_for_an_outcome_ends_with_it(process: Process) -> None:
    """Waiting for an outcome ends as soon as there is one."""
    process.sender.settled = process.outbox.settled
    process.submit("a")
    found: list[Submission | None] = []
    began = time.monotonic()
    waiter = threading.Thread(target=lambda: found.append(process.outbox.wait("a", 60)))
    waiter.start()
    while waiter.is_alive():
        process.steps()
        process.outbox.settled()
        waiter.join(0.05)

    assert time.monotonic() - began < 30
    assert found[0] is not None
    assert found[0].is_done
    assert process.outbox.wait("nobody", 60) is None


def test_the_thread_goes_on_whatever_a_step_raises(process: Process, caplog: pytest.LogCaptureFixture) -> None:
    """When a step fails unexpectedly, its draft becomes unknown and the thread sends the next ones."""
    faults = ["boom"]

    def create() -> str:
        if faults:
            raise SystemExit(faults.pop())
        return ""

    process.api.before_create = create
    thread = SenderThread(process.sender)
    process.submit("a")
    thread.start()
    until(lambda: not faults)
    until(lambda: "failed unexpectedly" in caplog.text)
    thread.wake()
    until(lambda: process.states()["a"] == UNKNOWN)
    process.submit("b")
    thread.wake()
    until(lambda: process.states()["b"] == STORED)
    thread.request_stop()
    assert thread.join(10)


def test_a_full_disk_is_reported_while_it_lasts(process: Process) -> None:
    """A full disk is reported while it lasts, and afterwards waiting drafts are sent."""
    process.drafts.before_change = lambda: "full"
    process.submit("a")
    thread = SenderThread(process.sender)
    thread.start()
    until(lambda: process.sender.problem is not None)
    assert "Free some space" in str(process.sender.problem)
    process.drafts.before_change = lambda: ""
    thread.wake()
    until(lambda: process.states()["a"] == STORED)
    until(lambda: process.sender.problem is None)
    thread.request_stop()
    assert thread.join(10)


def test_a_stop_leaves_what_is_not_sent_waiting(process: Process) -> None:
    """A stop leaves unsent drafts waiting, and the one being sent becomes unknown."""
    process.submit("a")
    process.submit("b")
    reached, going_on = threading.Event(), threading.Event()

    def create() -> str:
        reached.set()
        going_on.wait(20)
        return ""

    process.api.before_create = create
    thread = SenderThread(process.sender)
    thread.start()
    assert reached.wait(10)
    thread.request_stop()
    process.account.loop.close()
    assert not thread.join(0.1)
    process.sender.abandon()

    assert process.states() == {"a": UNKNOWN, "b": WAITING}
    going_on.set()
    assert thread.join(10)
    assert process.states() == {"a": UNKNOWN, "b": WAITING}
