"""The commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loop_client.__main__ import main
from loop_client.mirror import Mirror
from tests.answers import Script, item, loop, page

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_purge_deletes_the_copy_and_nothing_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Not while it is used; afterwards no text of a customer is left, and another file is."""
    (tmp_path / "sandbox.db").write_text("kept")
    mirror = Mirror(loop(Script(page([item(1)]))), f"sqlite:///{tmp_path}/mirror.db")
    mirror.sync()
    assert main(["purge", "--data-dir", str(tmp_path)]) == 1
    assert "Stop it first" in capsys.readouterr().err
    mirror.close()

    assert main(["purge", "--data-dir", str(tmp_path)]) == 0
    assert {file.name for file in tmp_path.iterdir()} <= {"sandbox.db", "mirror.db.lock"}
    assert main(["purge", "--data-dir", str(tmp_path / "nowhere")]) == 0
