"""Imports as pages and shell see them: written once, paused, cancelled, resumed, and what became of each row."""

from __future__ import annotations

import csv
import io
import json
import threading
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from loop_client.mirror import StoreError
from loop_client.mirror.store import DraftState, ImportRow, ImportState
from loop_client.report.export import receipt_csv, receipt_json
from loop_client.service import Draft, Import
from tests.loop_client.service.outbox_world import Killed, Process
from tests.loop_client.service.test_sender import fails
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from loop_client.mirror.store import DraftRow

WAITING, SENDING, STORED = DraftState.WAITING, DraftState.SENDING, DraftState.STORED
REFUSED, UNKNOWN, DISCARDED = DraftState.REFUSED, DraftState.UNKNOWN, DraftState.DISCARDED


def shown(process: Process, token: str = "i") -> Import:  # noqa: S107 - of an import
    """An import as a page shows it."""
    found = process.imports.find(token)
    assert found is not None
    return found


def test_each_row_is_sent_once(process: Process) -> None:
    """Also where the import is written twice, and the process ends in between."""
    process.write("i", 4, {2: "no text"})
    process.steps(2)
    process.close()
    process.open()
    process.sync()
    again = process.write("i", 4)
    process.steps(5)

    assert process.api.sent == ["Row 1", "Row 3", "Row 4"]
    assert (again.rows, again.left_out, again.waiting) == (4, 1, 1)
    done = shown(process)
    assert (done.is_done, done.done, done.counts[STORED], done.ends_at) == (True, 4, 3, None)
    assert [one.token for one in process.imports.all()] == ["i"]


def batches(process: Process, rows: int, end: Callable[[], object]) -> None:
    """Write batches of so many rows; the second one ends as `end` does."""
    process.imports.writer.rows_at_once = rows
    extend = process.drafts.imports.extend

    def extended(token: str, drafts: Sequence[DraftRow]) -> bool:
        end()
        return extend(token, drafts)

    process.drafts.imports.extend = extended  # type: ignore[method-assign] # on this instance


def killed() -> None:
    """End the process."""
    raise Killed


def test_an_import_whose_writer_died_is_finished(process: Process) -> None:
    """Nothing of it is sent until the same import is written again, which adds what is missing."""
    batches(process, 2, killed)
    with pytest.raises(Killed):
        process.write("i", 6, {4: "no text"})
    process.close()
    process.open()
    process.sync()
    process.steps(3)
    half = shown(process)
    assert process.api.sent == []
    assert (half.state, half.written, half.unwritten) == (ImportState.WRITING, 2, 3)
    assert (half.waiting, half.done, half.is_done, half.ends_at) == (5, 1, False, None)
    assert [row.outcome for row in process.imports.receipt("i").rows] == ["waiting"] * 2 + ["skipped"] * 4
    assert process.imports.receipt("i").rows[4].reason == "not written down"
    for act in (process.imports.pause, process.imports.resume):
        with pytest.raises(StoreError, match="another state"):
            act("i")

    whole = process.write("i", 6, {4: "no text"})
    assert (whole.state, whole.written, whole.unwritten, whole.left_out) == (ImportState.RUNNING, 5, 0, 1)
    process.steps(6)
    assert process.api.sent == [f"Row {row}" for row in (1, 2, 3, 5, 6)]
    assert shown(process).is_done


def test_an_import_is_cancelled_while_it_is_written(process: Process) -> None:
    """Neither what is written nor what was to be written is sent, and the writer ends."""
    batches(process, 1, lambda: process.imports.cancel(process.imports.all()[0].token))
    process.write("i", 3)
    process.write_new("j", 3)
    for token in "ij":
        one = shown(process, token)
        assert (one.state, one.waiting, one.counts[DISCARDED]) == (ImportState.CANCELLED, 0, 1)
    process.steps(4)

    assert process.api.sent == []
    assert len(process.imports.all()) == 2


def test_progress_is_seen_while_an_import_is_written(process: Process) -> None:
    """By whoever asks between two batches, and a person's draft is written down and sent meanwhile."""
    seen: list[int] = []

    def look() -> None:
        seen.append(shown(process).written)
        process.submit(f"a{len(seen)}")
        process.steps(2)

    batches(process, 2, look)
    process.write("i", 5)

    assert seen == [2, 4]
    assert process.api.sent == ["Typed", "Typed"]


def test_only_new_rows_are_written(process: Process) -> None:
    """What an import of the same content has is left out, with its id; the same token again changes nothing."""
    process.write_new("i", 3)
    process.steps()
    earlier = process.write_new("j", 5, {4: "no text"})
    assert {row: str(one.state) for row, one in earlier.items()} == {1: "stored", 2: "waiting", 3: "waiting"}
    assert process.write_new("j", 9).keys() == {1, 2, 3, 5}
    process.write_new("k", 3)

    assert [one.token for one in process.imports.all()] == ["j", "i"]
    reasons = {row.row: row.reason for row in process.imports.receipt("j").rows}
    left_out = "imported before"
    assert reasons == {1: f"{left_out}: {process.api.stored_by[0][1]}", 2: left_out, 3: left_out, 4: "no text", 5: None}


@pytest.mark.parametrize("there", [1, 2])
def test_two_that_import_a_file_at_the_same_time_write_each_row_once(process: Process, there: int) -> None:
    """Also where the other one's import appears between the look at what is there and the own import."""
    store, asked = process.drafts.imports, 0
    of_content = store.of_content

    def then_another(digest: str, accounts: Iterable[str]) -> list[ImportRow]:
        nonlocal asked
        found, asked = of_content(digest, accounts), asked + 1
        if asked == there:
            process.write("other", 2)
        return found

    store.of_content = then_another  # type: ignore[method-assign] # on this instance
    process.write_new("i", 3)
    process.steps(6)

    assert Counter(process.api.sent) == dict.fromkeys(("Row 1", "Row 2", "Row 3"), 1)


def test_two_that_write_the_same_import_write_each_row_once(process: Process) -> None:
    """Whoever comes second finishes what the first began; the first notices, and does nothing more."""
    found: list[str] = []

    def another() -> None:
        found.append("called")
        if len(found) == 1:
            process.write_new("j", 5)

    batches(process, 1, another)
    process.write_new("i", 5)

    assert [one.token for one in process.imports.all()] == ["i"]
    assert (shown(process).state, shown(process).written) == (ImportState.RUNNING, 5)


def test_a_page_goes_on_while_a_thread_writes(process: Process) -> None:
    """As soon as the first rows are there; the others follow, and an import of the same content is not begun twice."""
    go_on = threading.Event()
    batches(process, 1, go_on.wait)
    assert process.start_new("i", 3) == "i"
    assert (shown(process).state, shown(process).written) == (ImportState.WRITING, 1)
    assert process.start_new("j", 3) == "i", "it is being written"
    go_on.set()
    until(lambda: shown(process).state == ImportState.RUNNING)
    until(lambda: not any(one.name == "write import" for one in threading.enumerate()))

    assert [(one.token, one.written) for one in process.imports.all()] == [("i", 3)]


def test_what_cannot_be_begun_is_said_where_it_was_started(process: Process) -> None:
    """A full disk is an error of the click, and nothing is there."""
    process.drafts.imports.before_write = lambda: "full"
    with pytest.raises(StoreError, match="Free some space"):
        process.imports.start("i", "rows.csv", "d", {1: Draft("u_1", "a")}, {})
    assert process.imports.all() == []


def test_what_fails_after_the_first_batch_is_logged_and_said(
    process: Process, caplog: pytest.LogCaptureFixture
) -> None:
    """The click has been answered by then; the next attempt, which finishes the import, takes the sentence back."""
    full = iter(["full"])

    def fill() -> None:
        process.drafts.imports.before_write = lambda: next(full, "")

    batches(process, 1, fill)
    process.start_new("i", 5)
    until(lambda: not any(one.name == "write import" for one in threading.enumerate()))
    assert shown(process).state == ImportState.WRITING
    assert "Free some space" in shown(process).problem
    assert [one.levelname for one in caplog.records if "could not be written down" in one.getMessage()] == ["WARNING"]

    assert process.start_new("j", 5) == "i"
    until(lambda: not any(one.name == "write import" for one in threading.enumerate()))
    assert (shown(process).state, shown(process).problem) == (ImportState.RUNNING, "")


def test_a_stop_ends_what_is_being_written_after_a_batch(process: Process) -> None:
    """The rest is written by whoever imports the file again."""
    batches(process, 1, process.imports.writer.stopped.set)
    process.start_new("i", 5)
    until(lambda: not any(one.name == "write import" for one in threading.enumerate()))
    assert (shown(process).state, shown(process).written) == (ImportState.WRITING, 2)


def test_a_dead_writers_import_is_finished_with_the_rows_of_today(process: Process) -> None:
    """Rows that it was not to have, and those for which it has no number, are in another import."""
    batches(process, 1, killed)
    with pytest.raises(Killed):
        process.write("i", 4, {4: "no text"})
    process.close()
    process.open()
    process.sync()
    process.write_new("j", 5, {3: "no user"})
    process.steps(9)

    assert sorted(process.api.sent) == [f"Row {row}" for row in (1, 2, 4, 5)]
    assert {row.row: row.outcome for row in process.imports.receipt("i").rows} == {
        1: "stored",
        2: "stored",
        4: "skipped",
        5: "stored",
    }
    assert all(one.is_done for one in process.imports.all())


def test_texts_are_stored_as_a_form_stores_them(process: Process) -> None:
    """Lone surrogates, which no file can hold, are replaced; all else is exact."""
    process.imports.write("i", "a\ud800.csv", "d", {7: Draft("u_1", "a\ud800\0", "positive", "s", "t")}, {8: "\udfff"})
    process.steps(2)

    assert process.row("i-7")[2:7] == ("u_1", "a\ufffd\0", "positive", "s", "t")
    assert shown(process).name == "a\ufffd.csv"
    assert [row.reason for row in process.imports.receipt("i").rows] == [None, "\ufffd"]


def test_a_paused_import_goes_on_where_it_was(process: Process) -> None:
    """A pause sends nothing more of it, also after a restart; a person's drafts and other imports go out."""
    process.write("i")
    process.steps()
    assert process.imports.pause("i").state == ImportState.PAUSED
    process.close()
    process.open()
    process.sync()
    process.write("j", 1)
    process.submit("a")
    process.steps(5)
    assert process.api.sent == ["Row 1", "Typed", "Row 1"]
    assert shown(process).ends_at is None

    assert process.imports.resume("i").state == ImportState.RUNNING
    process.imports.resume("i")
    process.steps(3)
    assert process.api.sent[3:] == ["Row 2", "Row 3"]


def test_a_cancelled_import_sends_nothing_more(process: Process) -> None:
    """What waits is discarded at once for readers, and with the next steps on disk; it cannot be resumed."""
    process.write("i", 9)
    process.steps()
    cancelled = process.imports.cancel("i")
    assert (cancelled.waiting, cancelled.counts[DISCARDED], cancelled.counts[STORED]) == (0, 8, 1)
    process.steps(5)

    assert process.outbox.counts()[WAITING] == 0
    assert shown(process).counts[DISCARDED] == 8
    assert process.api.creates == 1
    for act in (process.imports.pause, process.imports.resume):
        with pytest.raises(StoreError, match="another state"):
            act("i")
    with pytest.raises(StoreError, match="no such import"):
        process.imports.cancel("j")


def test_a_row_that_is_on_its_way_arrives(process: Process) -> None:
    """Neither a pause nor the end of an import cuts what is being sent."""
    process.write("i")
    process.api.before_create = lambda: process.imports.cancel("i").token[:0]
    process.steps(3)

    assert shown(process).counts == {**dict.fromkeys(DraftState, 0), STORED: 1, DISCARDED: 2}


def test_a_row_that_failed_meanwhile_is_discarded_with_its_import(process: Process) -> None:
    """A row that was on its way when its import was cancelled, and was not stored, is not sent again."""
    process.write("i", 1)

    def cancelled() -> str:
        process.imports.cancel("i")
        return "500"

    process.api.before_create = cancelled
    process.steps(200)

    assert process.api.creates == 1
    assert process.states() == {"i-1": DISCARDED}


def test_an_import_waits_for_its_own_account(process: Process) -> None:
    """With another account's key it is not sent, and says so."""
    process.write("i")
    process.close()
    process.api.items.clear()
    process.key = "other"
    process.open()
    process.sync()
    process.steps(5)

    found = shown(process)
    assert (found.is_ours, found.waiting, found.ends_at) == (False, 3, None)
    assert process.outbox.undecided() == 1
    process.imports.cancel("i")
    assert process.outbox.undecided() == 0


def test_rows_of_the_same_content_are_found(process: Process) -> None:
    """Those that were stored, wait, are unknown or were sent again by a person; not those that may be sent anew."""
    fails(process, "", "400", "vanished", "400")
    process.write("i", 6)
    process.steps(4)
    process.api.before_create = lambda: ""
    process.outbox.send_again("i-4")
    process.steps(1, seconds=100)
    process.write("other", 2)
    process.outbox.discard("i-6")

    earlier = process.imports.earlier("digest")
    assert {row: str(one.state) for row, one in earlier.items()} == {
        1: "stored",  # although another import has it, too
        2: "waiting",  # in the other import
        3: "unknown",
        4: "stored",
        5: "waiting",
    }
    assert process.imports.earlier("another") == {}


def test_rows_that_a_cancelled_import_left_may_be_imported_again(process: Process) -> None:
    """Before and after they are discarded on disk."""
    process.write("i")
    process.steps()
    process.imports.cancel("i")
    assert [*process.imports.earlier("digest")] == [1]
    process.steps(2)
    assert [*process.imports.earlier("digest")] == [1]


def test_a_receipt_proves_itself(process: Process) -> None:
    """Each row has its id or its reason, and an id counts as found once a look at the list has covered it."""
    fails(process, "", "400", "vanished", "")
    process.write("i", 5, {5: "no text"})
    process.steps(2)
    process.steps(3, seconds=100)
    receipt = process.imports.receipt("i")

    assert [row.outcome for row in receipt.rows] == ["stored", "refused", "unknown", "stored", "skipped"]
    assert (receipt.rows[1].reason, receipt.rows[4].reason) == ("message: is wrong", "no text")
    assert "Loop's answer was lost" in (receipt.rows[2].reason or "")
    made = dict(process.api.stored_by)
    assert [row.item_id for row in receipt.rows] == [made["i-1"], None, None, made["i-4"], None]

    process.at += timedelta(seconds=30)
    process.sync()
    proven = process.imports.receipt("i")
    assert proven.found == {*made.values()}
    assert proven.sentence() == "All 2 ids were found in the list."


def test_an_id_that_no_list_has_shown_is_not_found(process: Process) -> None:
    """The answer to a create proves nothing by itself."""
    process.write("i", 2)
    process.steps(4)

    receipt = process.imports.receipt("i")
    assert (receipt.stored, receipt.found) == (2, frozenset())
    assert receipt.sentence() == "0 of 2 ids were found in the list; 2 not yet."


def test_a_row_that_a_person_sent_again_has_its_new_id(process: Process) -> None:
    """The receipt follows the row to the draft in its place."""
    fails(process, "400", "400")
    process.write("i", 1)
    process.steps()
    again = process.outbox.send_again("i-1", Draft("u_9", "Shorter"))
    process.steps(2)
    process.outbox.send_again(again.token, Draft("u_9", "Shorter still"))
    process.steps(2)

    (row,) = process.imports.receipt("i").rows
    assert (row.outcome, row.item_id) == ("stored", process.api.stored_by[0][1])


def test_receipts_are_files(process: Process) -> None:
    """As CSV, guarded against formulas as exports are, and as JSON."""
    process.write("i", 2, {2: '=1+1, "x"\n'})
    process.steps(2)
    receipt = process.imports.receipt("i")
    item_id = process.api.stored_by[0][1]
    content = receipt_csv(receipt.rows, {item_id}, "All ids were found.")

    assert content.startswith(b"\xef\xbb\xbf")
    assert [*csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))] == [
        ["row", "outcome", "id", "found", "reason", "about"],
        ["1", "stored", item_id, "yes", "", "All ids were found."],
        ["2", "skipped", "", "", '\'=1+1, "x"\n', ""],
    ]
    assert json.loads(receipt_json(receipt.rows, set(), {"file": "rows.csv"})) == {
        "file": "rows.csv",
        "rows": [
            {"row": 1, "outcome": "stored", "id": item_id, "found": False, "reason": None},
            {"row": 2, "outcome": "skipped", "id": None, "found": None, "reason": '=1+1, "x"\n'},
        ],
    }
    assert receipt_csv([], set(), "").count(b"\r\n") == 1


def test_progress_is_read_once_per_change(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many look at it."""
    process.write("i")
    asked: list[int] = []
    count = process.drafts.imports.counts

    def counts(row: ImportRow) -> dict[DraftState, int]:
        asked.append(1)
        return count(row)

    monkeypatch.setattr(process.drafts.imports, "counts", counts)

    assert [shown(process).waiting for _ in range(9)] == [3] * 9
    assert len(asked) <= 1
    process.steps()
    assert shown(process).waiting == 2
