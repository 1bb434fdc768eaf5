"""`python -m loop_client outbox`: what is not stored yet, for a terminal and for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from adbc_driver_sqlite import dbapi

from loop_client.__main__ import main
from loop_client.mirror import Mirror
from loop_client.mirror.store import DraftState, SqliteDrafts
from tests.answers import Script, item, loop, page
from tests.loop_client.mirror.test_drafts import draft

if TYPE_CHECKING:
    from pathlib import Path


def filled(folder: Path) -> None:
    """An outbox with a draft in each state, of two accounts."""
    drafts = SqliteDrafts(folder)
    drafts.add(
        [
            draft(1, message="Two\nlines\x1b[31m \u202ered", account="b"),
            draft(2, state=DraftState.SENDING),
            draft(3, state=DraftState.REFUSED, error="Loop refused the request (400). Loop says: tag: is wrong"),
            draft(4, state=DraftState.UNKNOWN, error="Loop's answer was lost.", repeats="t3", tries=2),
            draft(5, state=DraftState.STORED, item_id="fb_1", item_created=7),
            draft(6, state=DraftState.DISCARDED),
        ]
    )
    drafts.close()


def test_what_is_left_to_do_is_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two lines each, which no text can break or colour, and the counts of all states."""
    filled(tmp_path)
    assert main(["outbox", "--data-dir", str(tmp_path)]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 9
    assert lines[0] == "waiting  1970-01-01 00:00 UTC  u_1: Two lines\ufffd[31m ⟦RLO⟧red"
    assert lines[2].startswith("sending ")
    assert "tag: is wrong" in lines[5]
    assert "It is not known whether Loop stored this." in lines[7]
    told = "1 waiting, 1 sending, 1 stored, 1 refused, 1 unknown, 1 discarded"
    assert lines[8] == f"The outbox in {tmp_path} has {told}."


def test_programs_get_all_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Texts to the letter, times in UTC, no account and no key."""
    filled(tmp_path)
    assert main(["outbox", "--json", "--data-dir", str(tmp_path)]) == 0

    told = json.loads(capsys.readouterr().out)
    assert told["counts"] == dict.fromkeys(["waiting", "sending", "stored", "refused", "unknown", "discarded"], 1)
    assert [one["token"] for one in told["drafts"]] == ["t1", "t2", "t3", "t4"]
    assert told["drafts"][0]["message"] == "Two\nlines\x1b[31m \u202ered"
    assert told["drafts"][3]["repeats"] == "t3"
    assert told["drafts"][3]["written_at"] == "1970-01-01T00:00:00.000004+00:00"
    assert "account" not in told["drafts"][0]


def test_an_empty_outbox_is_said_to_be_empty(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And no file is made for that."""
    assert main(["outbox", "--data-dir", str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"The outbox in {tmp_path} is empty.\n"
    assert list(tmp_path.iterdir()) == []


def test_an_outbox_that_cannot_be_read_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And the exit code says so."""
    with dbapi.connect(str(tmp_path / "outbox.db"), autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("create table precious (x)")
    assert main(["outbox", "--data-dir", str(tmp_path)]) == 1
    assert "another program's" in capsys.readouterr().err


def test_purge_leaves_the_outbox_unless_it_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What nobody can fetch again is deleted on purpose alone; then no text is left, set-aside files included."""
    mirror = Mirror(loop(Script(page([item(1)]))), f"sqlite:///{tmp_path}/mirror.db")
    mirror.sync()
    mirror.close()
    filled(tmp_path)
    (tmp_path / "outbox.db").write_bytes(b"x" * 5000)
    filled(tmp_path)

    assert main(["purge", "--data-dir", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert "Left, because it cannot be fetched again: outbox.db" in told
    assert (tmp_path / "outbox.db").exists()

    (tmp_path / "outbox.db.important").write_text("precious")
    assert main(["purge", "--outbox", "--data-dir", str(tmp_path)]) == 0
    left = {file.name for file in tmp_path.iterdir()}
    assert left == {"mirror.db.lock", "outbox.db.lock", "outbox.db.important"}


@pytest.mark.parametrize("name", ["outbox.db", "outbox.second.db"])
def test_purge_deletes_no_outbox_of_another_program(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """Nor anything else then."""
    filled(tmp_path)
    (tmp_path / name).write_bytes(b"precious")
    before = {file.name for file in tmp_path.iterdir()}

    assert main(["purge", "--outbox", "--data-dir", str(tmp_path)]) == 1
    assert "nothing was deleted" in capsys.readouterr().err
    assert {file.name for file in tmp_path.iterdir()} == before


def test_purge_waits_for_no_dashboard(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One that runs keeps its outbox."""
    mirror = Mirror(loop(Script(page([item(1)]))), f"sqlite:///{tmp_path}/mirror.db")
    filled(tmp_path)
    assert main(["purge", "--outbox", "--data-dir", str(tmp_path)]) == 1
    assert "Stop it first" in capsys.readouterr().err
    assert (tmp_path / "outbox.db").exists()
    mirror.close()
