"""The sandbox's folder: private, unreadable, or another program's."""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest

from loop_client.sandbox.child import LocalSandbox, SandboxError
from tests.loop_client.sandbox.processes import created, newest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_everything_in_its_folder_is_private(local: LocalSandbox, tmp_path: Path) -> None:
    """A new folder is 0700 and each file 0600, whatever the umask or an earlier mode."""
    folder, before = tmp_path / "loop", os.umask(0)
    try:
        local.ensure()
        local.stop()
        for name in ("sandbox.log", "sandbox.json.new", "sandbox.lock"):
            (folder / name).touch()
            (folder / name).chmod(0o644)
        local.ensure()
    finally:
        os.umask(before)
    created(local)
    assert folder.stat().st_mode & 0o777 == 0o700
    modes = {file.name: oct(file.stat().st_mode & 0o777) for file in folder.iterdir()}
    names = ("db", "db-wal", "db-shm", "log", "lock", "json")
    assert modes == {f"sandbox.{name}": "0o600" for name in names}


def test_a_folder_that_others_use_too_is_left_as_it_is(local: LocalSandbox, tmp_path: Path) -> None:
    """An existing folder keeps its mode, and other programs' files theirs."""
    folder, other = tmp_path / "loop", tmp_path / "loop" / "sandbox.notes"
    folder.mkdir()
    folder.chmod(0o755)
    other.touch()
    other.chmod(0o644)
    local.ensure()
    assert (folder.stat().st_mode & 0o777, other.stat().st_mode & 0o777) == (0o755, 0o644)
    assert (folder / "sandbox.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        '{"port": 1}',
        '{"port": 70000, "api_key": "k"}',
        '{"port": 4000, "api_key": "two words"}',
        '{"port": Infinity, "api_key": "k"}',
        "[" * 100_000,
        "\xff",
    ],
)
def test_an_unreadable_memory_starts_over(
    local: LocalSandbox, tmp_path: Path, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A corrupt sandbox.json is replaced with a warning, and the items stay."""
    (tmp_path / "loop").mkdir()
    (tmp_path / "loop" / "sandbox.json").write_text(content, encoding="latin-1")
    with caplog.at_level(logging.WARNING):
        local.ensure()
    assert "sandbox.json cannot be read" in caplog.text
    stored = json.loads((tmp_path / "loop" / "sandbox.json").read_text())
    assert stored == {"port": local.port, "api_key": local.api_key}
    assert created(local) == newest(local)


def test_another_server_on_its_port_receives_no_secret(local: LocalSandbox) -> None:
    """Another server on the stored port does not get the key, and the sandbox moves to a new port."""
    local.ensure()
    item, port, key = created(local), local.port, local.api_key
    local.stop()
    heard: list[str] = []

    class Foreign(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(f"{self.requestline}\n{self.headers}")
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"data": [], "nextCursor": null, "hasMore": false}')

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with HTTPServer(("127.0.0.1", port), Foreign) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            local.ensure()
        finally:
            server.shutdown()
            thread.join()
    assert heard
    assert not any(key in words for words in heard)
    assert local.port != port
    assert (newest(local), local.api_key) == (item, key)


def test_a_folder_that_cannot_be_created_is_reported(tmp_path: Path) -> None:
    """A folder that cannot be created is reported by name."""
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "loop"
    with pytest.raises(SandboxError) as failed:
        LocalSandbox(folder).ensure()
    assert str(failed.value) == f"The sandbox cannot be started in {folder}: Not a directory."


def test_a_database_of_another_program_is_reported(local: LocalSandbox, tmp_path: Path) -> None:
    """The child's refusal of another program's database is reported."""
    (tmp_path / "loop").mkdir()
    with closing(sqlite3.connect(tmp_path / "loop" / "sandbox.db")) as connection:
        connection.execute("create table precious (x)")
    with pytest.raises(SandboxError) as failed:
        local.ensure()
    database = tmp_path / "loop" / "sandbox.db"
    assert str(failed.value) == f"The sandbox did not start: The database {database} is not a sandbox's."


@pytest.mark.parametrize(
    ("make", "name"),
    [(os.mkdir, "sandbox.json"), *((os.mkfifo, f"sandbox.{end}") for end in ("json", "json.new", "log"))],
)
def test_what_is_no_file_is_named(local: LocalSandbox, tmp_path: Path, make: Callable[[Path], None], name: str) -> None:
    """A pipe in place of a file is reported by name, and once it is removed the sandbox starts."""
    odd = tmp_path / "loop" / name
    odd.parent.mkdir()
    make(odd)
    errors: list[str] = []

    def start() -> None:
        try:
            LocalSandbox(tmp_path / "loop").ensure()
        except SandboxError as error:
            errors.append(str(error))

    thread = threading.Thread(target=start, daemon=True)
    thread.start()
    thread.join(20)
    assert errors == [f"The sandbox cannot be started: {odd} is no file. Move it to another place."]

    odd.rename(tmp_path / "moved")
    local.ensure()


@pytest.mark.parametrize(
    "damage", [lambda content: content[:5000], lambda content: content.replace(b"CREATE", b"CREATA", 1)]
)
def test_a_damaged_database_is_set_aside(local: LocalSandbox, tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    """A damaged database is set aside with a log entry, and new sample items are made."""
    local.ensure()
    local.stop()
    database = tmp_path / "loop" / "sandbox.db"
    database.write_bytes(damage(database.read_bytes()))
    local.ensure()

    assert newest(local)
    aside = list((tmp_path / "loop").glob("sandbox.db.broken-*"))
    assert len(aside) == 1
    assert aside[0].name in (tmp_path / "loop" / "sandbox.log").read_text()


def test_a_flipped_bit_in_its_notes_is_no_end(tmp_path: Path) -> None:
    """A flipped bit in sandbox.json raises nothing: port and key are read or made anew."""
    notes = tmp_path / "sandbox.json"
    content_before = json.dumps({"port": 45123, "api_key": "k" * 32}).encode()
    for bit in range(8 * len(content_before)):
        content = bytearray(content_before)
        content[bit // 8] ^= 1 << bit % 8
        notes.write_bytes(content)
        sandbox = LocalSandbox(tmp_path)
        sandbox._remembered()  # noqa: SLF001 - starting a process for each bit would take minutes
        assert 0 <= sandbox.port < 65536
        assert sandbox.api_key.isascii()
    assert list(tmp_path.glob("sandbox.json.broken-*"))  # an unreadable file is not overwritten
