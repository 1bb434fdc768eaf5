"""Imports on disk: written in batches, sent only when whole, paused and cancelled as a whole, counted by the index."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from loop_client.mirror.store import FIRST, SECOND, DraftRow, DraftState, ImportRow, ImportState, SqliteDrafts
from tests.loop_client.mirror.test_drafts import draft
from tests.loop_client.mirror.world import sql

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from loop_client.mirror.store import Drafts

WAITING, SENDING, STORED = DraftState.WAITING, DraftState.SENDING, DraftState.STORED
WRITING, RUNNING, PAUSED, CANCELLED = ImportState


@pytest.fixture
def drafts(opened: Callable[[], Drafts]) -> Drafts:
    """An empty outbox."""
    return opened()


def new(token: str, **fields: Any) -> ImportRow:  # noqa: ANN401 - any column
    """An import that is not written down yet."""
    plain = {"account": "a", "name": "rows.csv", "digest": "d", "rows": 3, "left_out": 0, "state": RUNNING}
    return ImportRow(token, **{**plain, "created": 1, "changed": 1, **fields})


def rows_of(one: ImportRow, count: int) -> list[DraftRow]:
    """The drafts of its rows, from 1."""
    plain = (draft(row, account=one.account) for row in range(1, count + 1))
    return [row._replace(token=one.token_of(place)) for place, row in enumerate(plain, 1)]


def row_with(token: str, **fields: Any) -> DraftRow:  # noqa: ANN401 - any column
    """A row of an import as it is now."""
    return draft(0, is_bulk=1, **fields)._replace(token=token)


def written(drafts: Drafts, token: str, count: int = 3, **fields: Any) -> ImportRow:  # noqa: ANN401 - any column
    """An import that is written down."""
    one = new(token, **{"rows": count + int(fields.get("left_out", 0)), **fields})
    drafts.imports.begin(one, rows_of(one, count))
    found = drafts.imports.find(token)
    assert found is not None
    return found


def order(drafts: Drafts, accounts: tuple[str, ...] = ("a",)) -> list[str]:
    """The tokens in the order in which they are sent; then all are being sent."""
    found = []
    while (row := drafts.next_waiting(accounts, 0)) is not None:
        found.append(row.token)
        assert drafts.change(row._replace(state=SENDING), WAITING)
    return found


def test_an_import_is_written_once(opened: Callable[[], Drafts]) -> None:
    """The same import again changes nothing, also in another process, and its rows are found by their numbers."""
    drafts, other = opened(), opened()
    first = written(drafts, "i", skipped='{"4": "no text"}', name="Größer 😀.csv")
    drafts.change(row_with("i-2", state=SENDING), WAITING)
    again = written(drafts, "i", 9, name="other")
    third = written(other, "i", 9, name="other")
    assert other.imports.all() == [first]

    assert first == again == third
    assert [(row, one.token) for row, one in drafts.imports.drafts(first).items()] == [
        (1, "i-1"),
        (2, "i-2"),
        (3, "i-3"),
    ]
    assert drafts.imports.counts(first) == {**dict.fromkeys(DraftState, 0), WAITING: 2, SENDING: 1}
    assert drafts.imports.find("i") == first
    assert drafts.imports.find("j") is None
    assert (first.row_of("i-12"), first.row_of("j-12"), first.row_of("i-x")) == (12, None, None)


def test_an_import_needs_a_draft(drafts: Drafts, tmp_path: Path) -> None:
    """An import without drafts is refused, and nothing is made."""
    with pytest.raises(ValueError, match="nothing to send"):
        drafts.imports.begin(new("i"), [])
    assert drafts.imports.all() == []
    assert [*tmp_path.iterdir()] == []


def test_a_draft_that_survived_its_import_is_not_sent_again(drafts: Drafts) -> None:
    """Where damage took an import and left its drafts, writing it again leaves these as they are."""
    drafts.add([row_with("i-1", state=STORED, item_id="fb_1")])
    one = written(drafts, "i")

    assert order(drafts) == ["i-2", "i-3"]
    found = drafts.find("i-1")
    assert found is not None
    assert found.state == STORED
    assert drafts.imports.counts(one)[SENDING] == 2


def test_an_import_that_is_being_written_is_not_sent(opened: Callable[[], Drafts]) -> None:
    """Its rows come in batches, from any process, each once, with numbers that no other draft gets meanwhile."""
    drafts = opened()
    one = written(drafts, "i", 1, rows=5, state=WRITING)
    drafts.add([draft(8)])
    written(drafts, "j", 1)
    whole = rows_of(one, 5)
    assert drafts.imports.extend("i", whole[1:3])
    assert opened().imports.extend("i", whole)
    assert order(drafts) == ["t8", "j-1"]

    assert [(row, found.number) for row, found in drafts.imports.drafts(one).items()] == [
        (row, one.first + row - 1) for row in range(1, 6)
    ]
    assert drafts.imports.change(one._replace(state=RUNNING), WRITING)
    assert not drafts.imports.extend("i", whole)
    assert order(drafts) == [f"i-{row}" for row in range(1, 6)]


def test_an_import_has_no_more_drafts_than_numbers(drafts: Drafts) -> None:
    """The next draft's number stays its own, whoever writes more rows than were announced."""
    one = written(drafts, "i", 1, rows=2, state=WRITING)
    drafts.add([draft(8)])

    assert drafts.imports.extend("i", rows_of(one, 5))
    assert [*drafts.imports.drafts(one)] == [1, 2]
    found = drafts.find("t8")
    assert found is not None
    assert found.number == one.last + 1


@pytest.mark.parametrize("state", [RUNNING, PAUSED, CANCELLED])
def test_what_is_not_being_written_is_not_extended(drafts: Drafts, state: ImportState) -> None:
    """Whatever a person decided meanwhile holds, and an import that is not there gets no rows."""
    one = written(drafts, "i", 1, rows=3, state=WRITING)
    assert drafts.imports.change(one._replace(state=state), WRITING)

    assert not drafts.imports.extend("i", rows_of(one, 3))
    assert not drafts.imports.extend("j", rows_of(one, 3))
    assert [*drafts.imports.drafts(one)] == [1]


def test_an_import_that_is_news_prevents_another_of_its_content(drafts: Drafts) -> None:
    """Of the same content for the same account: whoever chose rows without knowing of it chooses again."""
    written(drafts, "i")
    written(drafts, "j", account="b")
    written(drafts, "k", digest="other")
    one = new("l")

    assert not drafts.imports.begin(one, rows_of(one, 3), set())
    assert drafts.imports.find("l") is None
    assert drafts.imports.begin(one, rows_of(one, 3), {"i"})
    assert not drafts.imports.begin(one, rows_of(one, 3), {"i", "l"}), "it is there"


def test_a_persons_draft_overtakes_imports_which_are_sent_in_turn(drafts: Drafts) -> None:
    """A person's drafts come first, then the imports one after the other, each in the order of its rows."""
    written(drafts, "i", 2)
    drafts.add([draft(8)])
    written(drafts, "j", 2)
    drafts.add([draft(9)])

    assert order(drafts) == ["t8", "t9", "i-1", "i-2", "j-1", "j-2"]


@pytest.mark.parametrize("state", [PAUSED, CANCELLED])
def test_what_is_paused_or_cancelled_is_not_sent(drafts: Drafts, state: ImportState) -> None:
    """A pause holds all rows of one import, and those of no other; also rows that were put off."""
    held = written(drafts, "i", 2)
    written(drafts, "j", 1)
    drafts.add([draft(8)])
    last = written(drafts, "k", 2)
    drafts.change(rows_of(held, 1)[0]._replace(is_bulk=1, not_before=5), WAITING)
    for one in (held, last):
        assert drafts.imports.change(one._replace(state=state), RUNNING)
        assert not drafts.imports.change(one._replace(state=state), RUNNING)

    assert order(drafts) == ["t8", "j-1"]
    for one in (held, last):
        assert drafts.imports.change(one._replace(state=RUNNING), state)
    assert order(drafts) == ["i-2", "k-1", "k-2", "i-1"]


def test_a_change_of_an_import_is_a_change_of_the_outbox(drafts: Drafts) -> None:
    """Pages see that something has changed."""
    one = written(drafts, "i")
    before = drafts.last_change()
    drafts.imports.change(one._replace(state=PAUSED), RUNNING)

    assert drafts.last_change() == before + 1


def test_what_waits_in_a_cancelled_import_is_discarded_piece_by_piece(drafts: Drafts) -> None:
    """Only what waits, only in the cancelled import, and no more at once than is wanted."""
    cancelled, other = written(drafts, "i", 5), written(drafts, "j", 2)
    sent = drafts.next_waiting(["a"], 0)
    assert sent is not None
    drafts.change(sent._replace(state=SENDING), WAITING)
    assert drafts.discard_cancelled(7, 3) == 0
    drafts.imports.change(cancelled._replace(state=CANCELLED), RUNNING)

    assert [drafts.discard_cancelled(7, 3) for _ in range(3)] == [3, 1, 0]
    counts = drafts.imports.counts(cancelled)
    assert (counts[SENDING], counts[DraftState.DISCARDED], counts[WAITING]) == (1, 4, 0)
    assert drafts.imports.counts(other)[WAITING] == 2
    assert order(drafts) == ["j-1", "j-2"]


def test_a_row_that_comes_back_after_the_cancellation_is_not_sent(drafts: Drafts) -> None:
    """A row that was on its way and was not stored waits again, and is discarded with the next step."""
    one = written(drafts, "i", 1)
    row = drafts.next_waiting(["a"], 0)
    assert row is not None
    drafts.change(row._replace(state=SENDING), WAITING)
    drafts.imports.change(one._replace(state=CANCELLED), RUNNING)
    drafts.change(row, SENDING)

    assert drafts.next_waiting(["a"], 0) is None
    assert drafts.discard_cancelled(7, 9) == 1
    assert drafts.imports.counts(one)[DraftState.DISCARDED] == 1


def test_rows_that_wait_are_not_listed_one_by_one(drafts: Drafts) -> None:
    """The list has what needs a person, what is being sent, and persons' drafts; rows that only wait are left out."""
    written(drafts, "i", 500)
    drafts.add([draft(1001), draft(1002, is_bulk=1)])
    for row, state in ((3, SENDING), (4, DraftState.REFUSED), (5, DraftState.UNKNOWN)):
        drafts.change(row_with(f"i-{row}", state=state), WAITING)
    written(drafts, "elsewhere", 500, account="b")
    drafts.add([draft(1003, account="b")])
    listed = ["t1003", "i-5", "i-4", "i-3", "t1001", "t1002"]

    assert [row.token for row in drafts.pending(["a"], 0, 100)] == listed
    for first in range(7):
        assert [row.token for row in drafts.pending(["a"], first, 2)] == listed[first : first + 2]
    assert drafts.undecided(["a"]) == 4, "three drafts, and the import for another account"
    assert drafts.undecided(["a", "b"]) == 2
    assert drafts.undecided(["b"]) == 6, "also what is being sent, and drafts that are in no import"


def test_a_cancelled_import_for_another_account_needs_nobody(drafts: Drafts) -> None:
    """Its rows are on their way out."""
    one = written(drafts, "i", 5, account="b")
    assert drafts.undecided(["a"]) == 1
    drafts.imports.change(one._replace(state=CANCELLED), RUNNING)
    assert drafts.undecided(["a"]) == 0


def test_an_import_is_forgotten_with_its_last_draft(drafts: Drafts) -> None:
    """An import stays as long as one of its drafts, and its numbers are nobody else's until then."""
    one = written(drafts, "i", 2)
    for row in (1, 2):
        drafts.change(row_with(f"i-{row}", state=STORED, changed=row * 10), WAITING)
    assert drafts.forget(15) == 1
    assert drafts.imports.all() == [one]
    drafts.add([draft(8)])
    assert [row.number for row in drafts.in_states([WAITING])] == [3]

    assert drafts.forget(25) == 1
    assert drafts.imports.all() == []


def test_numbers_of_an_import_are_not_used_again(drafts: Drafts) -> None:
    """Although the drafts with the highest numbers were forgotten before the import."""
    one = written(drafts, "i", 2)
    drafts.change(row_with("i-2", state=STORED, changed=10), WAITING)
    assert drafts.forget(15) == 1
    drafts.add([draft(8, is_bulk=1)])

    assert drafts.imports.counts(one) == {**dict.fromkeys(DraftState, 0), WAITING: 1}


def test_the_same_content_is_found_again(drafts: Drafts) -> None:
    """By its digest, for the same account under any of its names."""
    found = [written(drafts, "i", digest="x"), written(drafts, "k", digest="x", account="old")]
    written(drafts, "j", digest="y")
    written(drafts, "l", digest="x", account="b")

    assert drafts.imports.of_content("x", ["a", "old"]) == found


def test_the_last_outcomes_of_rows_are_known(drafts: Drafts) -> None:
    """When rows got an outcome, without persons' drafts and without those that wait."""
    written(drafts, "i", 6)
    for row, state in ((3, STORED), (4, DraftState.REFUSED), (5, SENDING), (6, DraftState.UNKNOWN)):
        drafts.change(row_with(f"i-{row}", state=state, changed=row), WAITING)
    drafts.add([draft(9)])
    drafts.change(draft(9, state=STORED), WAITING)

    assert drafts.imports.finished(100) == [3, 4, 6]
    assert drafts.imports.finished(2) == [6]


def test_an_import_in_the_middle_is_restored(tmp_path: Path) -> None:
    """What was written of it, and that it is not whole, is in both files."""
    with closing(SqliteDrafts(tmp_path)) as drafts:
        one = written(drafts, "i", 1, rows=3, state=WRITING)
        drafts.imports.extend("i", rows_of(one, 2))
    (tmp_path / FIRST).unlink()

    with closing(SqliteDrafts(tmp_path)) as drafts:
        assert drafts.imports.all() == [one]
        assert drafts.imports.extend("i", rows_of(one, 3))
        assert [*drafts.imports.drafts(one)] == [1, 2, 3]


DAMAGES = {
    "state": "update imports set state = 'running'",
    "reason": "update imports set skipped = '{}'",
    "table": "drop table imports",
}


@pytest.mark.parametrize("name", [FIRST, SECOND])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_import_is_restored(tmp_path: Path, name: str, damage: str) -> None:
    """An import is restored from the other file, with its state."""
    with closing(SqliteDrafts(tmp_path)) as drafts:
        one = written(drafts, "i", skipped='{"4": "no text"}')
        drafts.imports.change(one._replace(state=PAUSED), RUNNING)
        stored = drafts.imports.all()
    sql(f"sqlite:///{tmp_path / name}", DAMAGES[damage])

    with closing(SqliteDrafts(tmp_path)) as drafts:
        assert drafts.imports.all() == stored
        assert drafts.next_waiting(["a"], 0) is None
        drafts.add([draft(8)])
    (tmp_path / ({FIRST, SECOND} - {name}).pop()).unlink()  # the restored file is enough from now on
    with closing(SqliteDrafts(tmp_path)) as drafts:
        assert drafts.imports.all() == stored


def test_an_outbox_of_the_first_version_gets_its_table(tmp_path: Path) -> None:
    """Without a table of imports it is read as it is, and the first change makes the table, in both files."""
    with closing(SqliteDrafts(tmp_path)) as drafts:
        drafts.add([draft(1)])
    for name in (FIRST, SECOND):
        sql(f"sqlite:///{tmp_path / name}", "drop table imports")
        sql(f"sqlite:///{tmp_path / name}", "pragma user_version = 1")

    with closing(SqliteDrafts(tmp_path)) as drafts:
        assert drafts.imports.all() == []
        assert drafts.next_waiting(["a"], 0) is not None
        one = written(drafts, "i")
        assert drafts.news is None
    (tmp_path / FIRST).unlink()
    with closing(SqliteDrafts(tmp_path)) as drafts:
        assert drafts.imports.all() == [one]
    assert list(tmp_path.glob("*.broken-*")) == []
