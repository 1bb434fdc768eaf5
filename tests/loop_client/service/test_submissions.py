"""Drafts on their way: each sent once, each with an outcome, whatever goes wrong."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from loop_client import APIConnectionError, CreateOutcomeUnknown, Feedback, LoopError, User
from loop_client.service.submissions import MOST_SUBMISSIONS, Draft, Submission, Submissions
from tests.answers import NEWEST

if TYPE_CHECKING:
    from collections.abc import Iterator

DRAFT = Draft("u_9", "Typed by hand")


class Desk:
    """Where drafts arrive: `create` stores them, or raises what it is told to."""

    def __init__(self) -> None:
        """Store everything."""
        self.sent: list[Draft] = []
        self.created: list[Feedback] = []
        self.refusal: BaseException | None = None
        self.refusal_afterwards: BaseException | None = None
        self.submissions = Submissions(self._create, self._created)

    def outcome(self, token: str = "token") -> Submission:  # noqa: S107 - of a submission
        """What became of the draft."""
        submission = self.submissions.submit(token, DRAFT)
        assert submission.done.wait(10)
        return submission

    def _create(self, draft: Draft) -> Feedback:
        self.sent.append(draft)
        if self.refusal is not None:
            raise self.refusal
        return Feedback(id="fb_1", user=User(id=draft.user_id), message=draft.message, status="open", created_at=NEWEST)

    def _created(self, item: Feedback) -> None:
        self.created.append(item)
        if self.refusal_afterwards is not None:
            raise self.refusal_afterwards


@pytest.fixture
def desk() -> Iterator[Desk]:
    """One that is closed in the end."""
    desk = Desk()
    yield desk
    desk.submissions.close()


def test_a_stored_draft_is_an_item(desk: Desk) -> None:
    """It is handed on before the outcome is there, so that who waits for that finds it."""
    submission = desk.outcome()

    assert submission.item is not None
    assert (submission.item.message, submission.error) == ("Typed by hand", None)
    assert desk.created == [submission.item]


def test_a_token_sends_once(desk: Desk) -> None:
    """Two clicks are one submission; another token is another one."""
    first = desk.outcome("a")

    assert desk.outcome("a") is first
    assert desk.submissions.submission("a") is first
    assert desk.outcome("b") is not first
    assert desk.sent == [DRAFT, DRAFT]


def test_what_loop_refuses_is_the_outcome(desk: Desk) -> None:
    """As Loop said it, and nothing is handed on."""
    desk.refusal = APIConnectionError("refused")

    submission = desk.outcome()

    assert (submission.item, submission.error) == (None, desk.refusal)
    assert not desk.created


@pytest.mark.parametrize("fault", [ValueError("canary"), MemoryError(), SystemExit()])
def test_a_fault_of_ours_leaves_the_outcome_unknown(desk: Desk, fault: BaseException) -> None:
    """It may have come after the answer; whoever waits is told, and nothing of the fault."""
    desk.refusal = fault

    submission = desk.outcome()

    assert isinstance(submission.error, CreateOutcomeUnknown)
    assert "may or may not have stored it" in str(submission.error)
    assert "canary" not in str(submission.error)


@pytest.mark.parametrize("fault", [LoopError("The copy is full."), ValueError("a fault of ours")])
def test_an_item_that_cannot_be_copied_is_stored_all_the_same(desk: Desk, fault: Exception) -> None:
    """Else it would be sent again."""
    desk.refusal_afterwards = fault

    submission = desk.outcome()

    assert submission.item is not None
    assert submission.error is None


def test_nothing_is_sent_after_the_end(desk: Desk) -> None:
    """And that is told: the draft can be sent again later."""
    desk.submissions.close()

    submission = desk.outcome()

    assert "nothing was sent" in str(submission.error)
    assert not desk.sent


def test_the_end_waits_for_what_is_being_sent() -> None:
    """A process that ends loses no outcome."""
    going_on = threading.Event()

    def create(draft: Draft) -> Feedback:
        going_on.wait(10)
        raise APIConnectionError(draft.message)

    submissions = Submissions(create, lambda _: None)
    submission = submissions.submit("token", DRAFT)
    threading.Timer(0.2, going_on.set).start()
    submissions.close()

    assert submission.done.is_set()


def test_the_oldest_outcomes_are_forgotten(desk: Desk) -> None:
    """A process that runs for months holds so many, and no more."""
    for number in range(MOST_SUBMISSIONS + 1):
        desk.submissions.submit(str(number), DRAFT)

    assert desk.submissions.submission("0") is None
    assert desk.submissions.submission("1") is not None
    assert desk.submissions.submission("unknown") is None


def test_nothing_runs_before_there_is_something_to_send() -> None:
    """Making it costs no thread."""
    before = threading.active_count()
    Submissions(lambda _: pytest.fail("sent"), lambda _: None)

    assert threading.active_count() == before
