"""The commands of `python -m loop_client`."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from adbc_driver_sqlite import dbapi

from loop_client.__main__ import main
from loop_client.mirror import Mirror, purging
from loop_client.sandbox.__main__ import main as sandbox_main
from tests.answers import Script, item, loop, page

if TYPE_CHECKING:
    from pathlib import Path


def test_purge_deletes_the_copy_and_nothing_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Purge refuses while the mirror is in use, and then deletes its files and no others."""
    (tmp_path / "sandbox.db").write_text("kept")
    mirror = Mirror(loop(Script(page([item(1)]))), f"sqlite:///{tmp_path}/mirror.db")
    mirror.sync()
    assert main(["purge", "--data-dir", str(tmp_path)]) == 1
    assert "Stop it first" in capsys.readouterr().err
    mirror.close()

    assert main(["purge", "--data-dir", str(tmp_path)]) == 0
    assert {file.name for file in tmp_path.iterdir()} <= {"sandbox.db", "mirror.db.lock"}
    assert main(["purge", "--data-dir", str(tmp_path / "nowhere")]) == 0


def _filled(folder: Path) -> None:
    """Fill a folder with a mirror, its Arrow copy and two files that were set aside."""
    for _ in range(2):
        mirror = Mirror(loop(Script(page([item(1)]))), f"sqlite:///{folder}/mirror.db")
        mirror.sync()
        mirror.close()
        (folder / "mirror.db").write_bytes((folder / "mirror.db").read_bytes()[:100])
    mirror = Mirror(loop(Script(page([item(1)]))), f"sqlite:///{folder}/mirror.db")
    mirror.sync()
    mirror.close()


def test_purge_deletes_by_what_is_in_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Purge deletes every file of the mirror by its content, and no file that only has a similar name."""
    _filled(tmp_path)
    others = ["mirror.db.important", "mirror.db2", "mirror.db.broken-1", "views.db", "mirror.database"]
    for name in others:
        (tmp_path / name).write_text("precious")
    (tmp_path / "mirror.db.d").mkdir()

    assert main(["purge", "--data-dir", str(tmp_path)]) == 0
    assert {file.name for file in tmp_path.iterdir()} == {*others, "mirror.db.d", "mirror.db.lock"}
    printed = capsys.readouterr().out
    assert "mirror.db.arrow" in printed.splitlines()[0]
    assert "mirror.db.important" in printed.splitlines()[1]
    assert main(["purge", "--data-dir", str(tmp_path)]) == 0


def test_purge_can_be_repeated_where_it_was_interrupted(tmp_path: Path) -> None:
    """Purge deletes the database last, because it identifies the other files."""
    _filled(tmp_path)
    (tmp_path / "mirror.db-wal").touch()

    deleted = purging.purge(tmp_path)

    assert {*deleted} >= {"mirror.db", "mirror.db-wal", "mirror.db.arrow"}
    assert deleted[-1] == "mirror.db"


NAMES = ("mirror.db", "mirror.db-wal", "mirror.db.arrow", "mirror.db.new", f"mirror.db.broken-{10**18}")


IN_THE_WAY = [(kind, name) for kind in ("folder", "link") for name in NAMES]
IN_THE_WAY += [("another program's", name) for name in NAMES[:-1]]  # the last one is ours by its name alone


@pytest.mark.parametrize(("kind", "name"), IN_THE_WAY)
def test_purge_deletes_nothing_where_something_is_in_the_way(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str, name: str
) -> None:
    """Purge checks every file before it deletes one, and does not follow links."""
    if name != "mirror.db":
        _filled(tmp_path)
    target = tmp_path / "precious"
    target.write_text("precious")
    place = tmp_path / name
    place.unlink(missing_ok=True)
    if kind == "folder":
        place.mkdir()
    elif kind == "link":
        place.symlink_to(target)
    else:
        place.write_bytes(b"precious")
        if name == "mirror.db-wal":
            (tmp_path / "mirror.db").unlink()
    before = {file.name for file in tmp_path.iterdir()}

    assert main(["purge", "--data-dir", str(tmp_path)]) == 1
    assert {file.name for file in tmp_path.iterdir()} - {"mirror.db.lock"} == before - {"mirror.db.lock"}
    assert target.read_text() == "precious"
    assert "nothing was deleted" in capsys.readouterr().err


def test_purge_leaves_another_programs_database(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Purge leaves another program's database alone, and makes no file."""
    with dbapi.connect(str(tmp_path / "mirror.db"), autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("create table precious (x)")
    (tmp_path / "mirror.db.important").write_text("precious")
    content = (tmp_path / "mirror.db").read_bytes()

    assert main(["purge", "--data-dir", str(tmp_path)]) == 1
    assert (tmp_path / "mirror.db").read_bytes() == content
    assert {file.name for file in tmp_path.iterdir()} == {"mirror.db", "mirror.db.important"}
    assert "is not this program's" in capsys.readouterr().err


def test_an_empty_data_dir_is_as_good_as_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An empty LOOP_DATA_DIR counts as unset, not as the current folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOOP_DATA_DIR", "")
    _filled(tmp_path)

    assert main(["purge"]) == 0
    assert capsys.readouterr().out == "There is no copy in .loop.\n"
    assert (tmp_path / "mirror.db").exists()
    assert sandbox_main(["resolve", "fb_1"]) == 1
    assert ".loop/sandbox.db" in capsys.readouterr().err


def test_purge_makes_no_file_where_there_is_no_copy(tmp_path: Path) -> None:
    """Purge makes no file where there is no mirror."""
    assert main(["purge", "--data-dir", str(tmp_path)]) == 0
    assert list(tmp_path.iterdir()) == []


def test_purge_finds_a_copy_that_was_never_closed(tmp_path: Path) -> None:
    """Purge also deletes the log of a mirror that was never closed."""
    mirror = Mirror(loop(Script(page([item(1, message="canary")]))), f"sqlite:///{tmp_path}/whole/mirror.db")
    mirror.sync()
    shutil.copytree(tmp_path / "whole", tmp_path / "killed")
    mirror.close()
    assert b"canary" in (tmp_path / "killed" / "mirror.db-wal").read_bytes()

    assert main(["purge", "--data-dir", str(tmp_path / "killed")]) == 0
    assert {file.name for file in (tmp_path / "killed").iterdir()} == {"mirror.db.lock"}
