"""`python -m loop_client outbox` lists the drafts that are not stored, as text and as JSON."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from adbc_driver_sqlite import dbapi

from loop_client.__main__ import main
from loop_client.mirror import Mirror
from loop_client.mirror.store import DraftState, ImportState, SqliteDrafts
from tests.answers import Script, item, loop, page
from tests.drafts import write_import
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
    """Each open draft takes two lines, whatever its text, followed by the counts of all states."""
    filled(tmp_path)
    assert main(["outbox", "--data-dir", str(tmp_path)]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 9
    assert lines[0] == "waiting  1970-01-01 00:00 UTC  u_1: Two lines\ufffd[31m ⟦RLO⟧red"
    assert lines[2].startswith("sending ")
    assert "tag: is wrong" in lines[5]
    assert "It is not known whether Loop stored this." in lines[7]
    printed = "1 waiting, 1 sending, 1 stored, 1 refused, 1 unknown, 1 discarded"
    assert lines[8] == f"The outbox in {tmp_path} has {printed}."


def test_programs_get_all_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The JSON has exact texts and UTC times, without account and key."""
    filled(tmp_path)
    assert main(["outbox", "--json", "--data-dir", str(tmp_path)]) == 0

    printed = json.loads(capsys.readouterr().out)
    assert printed["counts"] == dict.fromkeys(["waiting", "sending", "stored", "refused", "unknown", "discarded"], 1)
    assert [one["token"] for one in printed["drafts"]] == ["t1", "t2", "t3", "t4"]
    assert printed["drafts"][0]["message"] == "Two\nlines\x1b[31m \u202ered"
    assert printed["drafts"][3]["repeats"] == "t3"
    assert printed["drafts"][3]["written_at"] == "1970-01-01T00:00:00.000004+00:00"
    assert "account" not in printed["drafts"][0]


def test_rows_of_an_import_that_wait_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """However many they are; each row that needs a person is listed, and no name of a file breaks the line."""
    one = write_import(tmp_path, "i", "a", 5000, name="a\n\x1b[31m.csv")
    with closing(SqliteDrafts(tmp_path)) as drafts:
        drafts.change(drafts.imports.drafts(one)[2]._replace(state=DraftState.REFUSED, error="No."), DraftState.WAITING)
        drafts.add([draft(1, account="b")])

    assert main(["outbox", "--data-dir", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line[:8].rstrip() for line in lines] == ["refused", "", "waiting", "", "running", "The outb"]
    assert lines[4].endswith("UTC  Import of a \ufffd[31m.csv: 4,999 of 5,000 rows wait.")
    assert lines[5].endswith(" has 5,000 waiting, 1 refused.")

    assert main(["outbox", "--json", "--data-dir", str(tmp_path)]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert len(printed["drafts"]) == 2
    assert [(found["file"], found["state"], found["counts"]["waiting"]) for found in printed["imports"]] == [
        ("a\n\x1b[31m.csv", "running", 4999)
    ]


def test_an_import_that_is_being_written_says_how_far_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whether its writer is at work or has died, the command cannot know."""
    write_import(tmp_path, "i", "a", 2, rows=7, left_out=1, state=ImportState.WRITING)

    assert main(["outbox", "--data-dir", str(tmp_path)]) == 0
    line = capsys.readouterr().out.splitlines()[0]
    assert line.startswith("writing ")
    assert line.endswith("2 of 6 rows are written down.")


def test_an_empty_outbox_is_reported_as_empty(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty outbox is reported as such, and no file is made."""
    assert main(["outbox", "--data-dir", str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"The outbox in {tmp_path} is empty.\n"
    assert list(tmp_path.iterdir()) == []


def test_an_outbox_that_cannot_be_read_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An unreadable outbox is reported with exit code 1."""
    with dbapi.connect(str(tmp_path / "outbox.db"), autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("create table precious (x)")
    assert main(["outbox", "--data-dir", str(tmp_path)]) == 1
    assert "another program's" in capsys.readouterr().err


def test_purge_leaves_the_outbox_unless_it_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Purge deletes the outbox and its set-aside files only with --outbox."""
    mirror = Mirror(loop(Script(page([item(1)]))), f"sqlite:///{tmp_path}/mirror.db")
    mirror.sync()
    mirror.close()
    filled(tmp_path)
    (tmp_path / "outbox.db").write_bytes(b"x" * 5000)
    filled(tmp_path)

    assert main(["purge", "--data-dir", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "Left, because it cannot be fetched again: outbox.db" in printed
    assert (tmp_path / "outbox.db").exists()

    (tmp_path / "outbox.db.important").write_text("precious")
    assert main(["purge", "--outbox", "--data-dir", str(tmp_path)]) == 0
    left = {file.name for file in tmp_path.iterdir()}
    assert left == {"mirror.db.lock", "outbox.db.lock", "outbox.db.important"}


@pytest.mark.parametrize("name", ["outbox.db", "outbox.second.db"])
def test_purge_deletes_no_outbox_of_another_program(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """Purge deletes nothing if a file of the outbox is another program's."""
    filled(tmp_path)
    (tmp_path / name).write_bytes(b"precious")
    before = {file.name for file in tmp_path.iterdir()}

    assert main(["purge", "--outbox", "--data-dir", str(tmp_path)]) == 1
    assert "nothing was deleted" in capsys.readouterr().err
    assert {file.name for file in tmp_path.iterdir()} == before


def test_purge_refuses_while_the_dashboard_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Purge does not delete the outbox of a running dashboard."""
    mirror = Mirror(loop(Script(page([item(1)]))), f"sqlite:///{tmp_path}/mirror.db")
    filled(tmp_path)
    assert main(["purge", "--outbox", "--data-dir", str(tmp_path)]) == 1
    assert "Stop it first" in capsys.readouterr().err
    assert (tmp_path / "outbox.db").exists()
    mirror.close()
