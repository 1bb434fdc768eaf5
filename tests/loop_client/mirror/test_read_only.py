"""A mirror that can be read but not written is shown, and the sync waits."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from loop_client.mirror import Mirror, StoreError
from tests.answers import loop
from tests.loop_client.mirror.world import World, ids_of, path_of

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODY = 65534

STRANGER = f"""
import os, sys
from pathlib import Path
from loop_client import Loop
from loop_client.mirror import Mirror, StoreError
from loop_client.service import SavedViews
folder = Path(sys.argv[1])
client = Loop(api_key="canary-0f3a", base_url="http://127.0.0.1:1/v2")
Mirror(client, "sqlite:///" + sys.argv[2]).close()  # imports modules that another user may not read
if os.geteuid() == 0:
    os.setgid({NOBODY})
    os.setuid({NOBODY})
mirror = Mirror(client, f"sqlite:///{{folder}}/mirror.db")
print(len(mirror.snapshot().frame), mirror.snapshot().coverage.complete, mirror.check())
for _ in range(2):
    try:
        mirror.sync()
    except StoreError as error:
        print(error)
mirror.close()
views = SavedViews(folder / "views.db")
print(views.all())
try:
    views.save("A", "a", 1)
except StoreError as error:
    print(error)
"""


@pytest.fixture(params=["closed", "killed"])
def folder(request: pytest.FixtureRequest, world: World, tmp_path: Path) -> Iterator[Path]:
    """A read-only folder with a mirror that was closed, or killed with its log."""
    place = Path("/tmp") / f"loop-test-{os.getpid()}-{request.param}"  # noqa: S108 - another user can enter it
    mirror = Mirror(loop(world), f"sqlite:///{tmp_path}/copy/mirror.db")
    mirror.sync()
    if request.param == "closed":
        mirror.close()
    shutil.copytree(tmp_path / "copy", place)
    mirror.close()
    for file in place.iterdir():
        file.chmod(0o444)
    place.chmod(0o555)
    yield place
    place.chmod(0o755)
    shutil.rmtree(place)


def test_a_copy_in_a_folder_that_cannot_be_written_is_shown(folder: Path, tmp_path: Path) -> None:
    """A mirror in a read-only folder is shown completely, the sync reports why it waits, and no file changes."""
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    done = subprocess.run(
        [sys.executable, "-c", STRANGER, str(folder), str(tmp_path / "other.db")],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 0, done.stderr
    shown, first, second, views, saving = done.stdout.splitlines()

    assert shown == "20 True True"
    assert first == second
    assert "Permission denied" in first
    assert "the sync waits until it can be written" in first
    assert views == "()"
    assert "cannot be used: Permission denied" in saving
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_the_sync_goes_on_when_the_folder_can_be_written_again(world: World, filled: str) -> None:
    """The sync goes on without a restart once the lock can be taken again."""
    lock = path_of(filled).with_name("mirror.db.lock")
    lock.unlink()
    lock.mkdir()
    mirror = Mirror(loop(world), filled)
    new = world.insert()
    assert len(ids_of(mirror)) == 20
    with pytest.raises(StoreError, match="the sync waits"):
        mirror.sync()
    assert isinstance(mirror.state().error, StoreError)

    lock.rmdir()
    mirror.sync()
    assert new in ids_of(mirror)
    assert mirror.state().error is None
    mirror.close()


def test_a_start_that_failed_can_be_tried_again(world: World, url: str) -> None:
    """A failed start releases the lock and the file, so that the next one succeeds."""
    for _ in range(3):
        path_of(url).mkdir()
        with pytest.raises(StoreError):
            Mirror(loop(world), url)
        path_of(url).rmdir()
    mirror = Mirror(loop(world), url)
    mirror.sync()
    assert ids_of(mirror) == set(world.statuses())
    mirror.close()
