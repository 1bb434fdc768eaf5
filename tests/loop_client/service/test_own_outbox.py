"""The outbox of people who are signed in: nobody reaches the drafts of another, whatever they know of them."""

from __future__ import annotations

import hashlib
from contextlib import closing
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop_client.mirror import StoreError
from loop_client.mirror.store import DraftState, SqliteDrafts
from loop_client.service import Draft, Outbox, OwnOutbox
from tests.drafts import draft_row
from tests.loop_client.mirror.world import sql
from tests.loop_client.service.outbox_world import Killed, Process, drafts_of
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from loop_client.mirror.store import Drafts

LENA, OMAR = "lena@example.com", "omar@example.com"
SAID: Final = Draft("u_9", "Said by hand")


@pytest.fixture
def process(tmp_path: Path, opened: Callable[[], Drafts]) -> Iterator[Process]:
    """A process with an empty outbox."""
    started = Process(tmp_path, opened=opened)
    yield started
    started.close()


def own(process: Process, owner: str | None) -> OwnOutbox:
    """The outbox as somebody sees it."""
    return OwnOutbox(process.outbox, owner)


def tokens(outbox: OwnOutbox) -> list[str]:
    """What somebody sees in the list."""
    return [one.token for one in outbox.pending(0, 100)]


def test_a_draft_is_seen_by_its_owner_alone(process: Process) -> None:
    """By its token, in the list and in the counts; without a sign-in everybody sees everything."""
    own(process, LENA).submit("hers", SAID)

    for owner, seen in ((LENA, True), (OMAR, False), (None, True)):
        outbox = own(process, owner)
        assert (outbox.submission("hers") is not None) == seen
        assert (outbox.wait("hers", 0) is not None) == seen
        assert tokens(outbox) == (["hers"] if seen else [])
        assert outbox.counts()[DraftState.WAITING] == seen


def test_a_draft_of_nobody_is_seen_by_all(process: Process) -> None:
    """What was written before there was a sign-in, or by a command, can be decided about by everybody."""
    own(process, None).submit("anybodys", SAID)

    for owner in (LENA, OMAR):
        assert tokens(own(process, owner)) == ["anybodys"]
    own(process, OMAR).discard("anybodys")
    assert process.states() == {"anybodys": "discarded"}


def test_nobody_decides_about_the_draft_of_another(process: Process) -> None:
    """Not by its token, and the answer is that of a draft that is not there."""
    own(process, LENA).submit("hers", SAID)

    with pytest.raises(StoreError, match="no such draft"):
        own(process, OMAR).discard("hers")
    with pytest.raises(StoreError, match="no such draft"):
        own(process, OMAR).send_again("hers", Draft("u_9", "Changed"))
    assert process.states() == {"hers": "waiting"}


def test_a_token_of_another_gives_nothing_away(process: Process) -> None:
    """A text that is submitted under it becomes a draft of its own, under another token."""
    own(process, LENA).submit("hers", SAID)
    written = own(process, OMAR).submit("hers", Draft("u_9", "His"))

    assert written.draft.message == "His"
    assert tokens(own(process, LENA)) == ["hers"]
    assert tokens(own(process, OMAR)) == [written.token]


def test_a_draft_that_is_sent_again_stays_its_owners(process: Process) -> None:
    """The new draft in its place, too."""
    process.drafts.add([draft_row("hers", process.sender.names[0], state=DraftState.REFUSED, owner=LENA)])
    again = own(process, LENA).send_again("hers")

    assert process.row(again.token).owner == LENA
    assert own(process, OMAR).submission(again.token) is None


def test_what_a_person_changes_in_a_draft_of_nobody_is_theirs(process: Process) -> None:
    """The text that they type is as private as any of theirs; nobody else gets it by sending the first again."""
    process.drafts.add([draft_row("anybodys", process.sender.names[0], state=DraftState.REFUSED)])
    again = own(process, LENA).send_again("anybodys", Draft("u_9", "Hers"))

    assert process.row(again.token).owner == LENA
    assert own(process, LENA).send_again("anybodys") == again
    assert own(process, OMAR).repeat_of("anybodys") is None
    with pytest.raises(StoreError, match="another state"):
        own(process, OMAR).send_again("anybodys")


def test_a_draft_of_another_does_not_stand_for_a_repeat(process: Process) -> None:
    """Somebody who knows the first token can take the next one, and still what is sent again is the owner's text."""
    process.drafts.add([draft_row("hers", process.sender.names[0], state=DraftState.REFUSED, owner=LENA)])
    taken = hashlib.sha256(b"again hers").hexdigest()[:32]
    own(process, OMAR).submit(taken, Draft("u_9", "His"))
    assert own(process, LENA).repeat_of("hers") is None
    again = own(process, LENA).send_again("hers", Draft("u_9", "Hers"))

    assert (again.draft.message, again.repeats) == ("Hers", "hers")
    assert process.row(taken).message == "His"
    assert own(process, LENA).send_again("hers") == own(process, LENA).repeat_of("hers") == again


@given(drafts=st.lists(st.tuples(st.sampled_from(DraftState), st.sampled_from([LENA, OMAR, None])), max_size=8))
def test_what_needs_somebody_is_counted_for_those_who_see_it(
    drafts: list[tuple[DraftState, str | None]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The number beside the outbox, the list and the counts agree with a plain count, for each person."""
    left = {DraftState.WAITING, DraftState.SENDING, DraftState.REFUSED, DraftState.UNKNOWN}
    with closing(SqliteDrafts(tmp_path_factory.mktemp("outbox"))) as stored:
        rows = [draft_row(f"t{place}", "mine", state=state, owner=who) for place, (state, who) in enumerate(drafts)]
        stored.add(rows)
        for person in (LENA, OMAR, None):
            seen = [state for state, owner in drafts if person is None or owner in {None, person}]
            outbox = OwnOutbox(Outbox(stored, lambda: ["mine"], lambda: 0), person)

            assert len(tokens(outbox)) == sum(state in left for state in seen)
            assert outbox.counts() == {state: seen.count(state) for state in DraftState}
            assert outbox.undecided() == seen.count(DraftState.REFUSED) + seen.count(DraftState.UNKNOWN)


def test_an_import_and_its_rows_are_their_owners(process: Process) -> None:
    """By its token, in the list and in its receipt; all of its rows, and everybody's without a sign-in."""
    process.imports.of(LENA).write("hers", "rows.csv", "digest", drafts_of(3, ()), {})

    for owner, seen in ((LENA, True), (OMAR, False), (None, True)):
        imports = process.imports.of(owner)
        assert [one.token for one in imports.all()] == (["hers"] if seen else [])
        assert (imports.find("hers") is not None) == seen
        assert own(process, owner).counts()[DraftState.WAITING] == 3 * seen
    for decide in ("pause", "resume", "cancel", "receipt"):
        with pytest.raises(StoreError, match="no such import"):
            getattr(process.imports.of(OMAR), decide)("hers")
    assert {process.row(f"hers-{row}").owner for row in (1, 2, 3)} == {LENA}


def test_the_rows_of_another_import_are_not_sent_twice(process: Process) -> None:
    """Whoever imports the same file again, its rows are known."""
    process.imports.of(LENA).write("hers", "rows.csv", "digest", drafts_of(3, ()), {})

    assert [*process.imports.of(OMAR).earlier("digest")] == [1, 2, 3]


def test_nobody_writes_rows_into_an_import_of_another(process: Process) -> None:
    """While one is being written down, others who import the same content read so; then its rows are known."""
    hers = process.imports.of(LENA)
    hers.writer.rows_at_once = 2
    faults = iter(["", "crash"])
    process.drafts.imports.before_write = lambda: next(faults, "")
    with pytest.raises(Killed):
        hers.write("hers", "rows.csv", "digest", drafts_of(3, ()), {})

    for owner in (OMAR, None):
        with pytest.raises(StoreError, match=r"^Somebody else is importing the same content"):
            process.imports.of(owner).start_new("his", "rows.csv", "digest", drafts_of(5, ()), {})
    assert [row for row in process.states() if row.startswith(("hers", "his"))] == ["hers-1", "hers-2"]
    assert hers.start_new("again", "rows.csv", "digest", drafts_of(3, ()), {}) == "hers"
    until(lambda: (one := hers.find("hers")) is not None and one.state == "running")
    assert [*process.imports.of(OMAR).write_new("his", "rows.csv", "digest", drafts_of(3, ()), {})] == [1, 2, 3]


@pytest.mark.files
def test_nobody_becomes_the_owner_of_a_damaged_row(tmp_path: Path, process: Process) -> None:
    """The owner is under the checksum of the row: another one in a file is damage, and the second copy is right."""
    own(process, LENA).submit("hers", SAID)
    process.close()
    sql(f"sqlite:///{tmp_path / 'outbox.db'}", "update drafts set owner = 'omar@example.com'")
    with closing(SqliteDrafts(tmp_path)) as drafts:
        found = drafts.find("hers")

    assert found is not None
    assert found.owner == LENA


@pytest.mark.files
def test_owners_outlive_the_process(tmp_path: Path, process: Process) -> None:
    """They are in both files, under the checksum of each row."""
    own(process, LENA).submit("hers", SAID)
    process.close()
    (tmp_path / "outbox.db").unlink()
    with closing(SqliteDrafts(tmp_path)) as drafts:
        found = drafts.find("hers")

    assert found is not None
    assert found.owner == LENA
