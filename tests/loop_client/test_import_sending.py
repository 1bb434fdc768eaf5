"""The shell's import sends each row once: beside a dashboard, interrupted, killed, and run again."""

from __future__ import annotations

import argparse
import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

import pytest

from loop_client.__main__ import main
from loop_client.cli import sending
from loop_client.cli.import_sending import send
from loop_client.cli.sending import Sending
from loop_client.mirror import StoreError
from loop_client.mirror.store import FIRST, DraftState, SqliteDrafts
from loop_client.sandbox.store import Store
from loop_client.service import Draft, Import, Imports, Service, outbox_of
from tests.loop_client.service.conftest import config_of
from tests.loop_client.service.test_outbox_processes import listed
from tests.sandboxes import row, running_sandbox
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.sandboxes import RunningSandbox

MAPPED: Final = ("--map", "message=message", "--map", "user_id=user_id")
"""For a file that is in no known format."""

FAST: Final = {"LOOP_CALLS_PER_MINUTE": "1000000"}


@pytest.fixture
def small(tmp_path: Path) -> Iterator[RunningSandbox]:
    """A sandbox with an item."""
    with running_sandbox(tmp_path / "loop", items=[row(1)]) as sandbox:
        yield sandbox


@pytest.fixture
def options(small: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> argparse.Namespace:
    """The options of the command, for a folder beside the sandbox."""
    for name, value in {"LOOP_API_KEY": small.api_key, "LOOP_BASE_URL": small.base_url, **FAST}.items():
        monkeypatch.setenv(name, value)
    return argparse.Namespace(data_dir=tmp_path / "data", sandbox=False)


def rows(count: int) -> dict[int, Draft]:
    """Rows with different messages."""
    return {row: Draft("u_1", f"Imported {row}", "neutral", "csv", None) for row in range(1, count + 1)}


def test_files_are_imported_in_turn(
    options: argparse.Namespace, small: RunningSandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each is an import of its own; where one cannot be read, the others are sent, and the exit code says so."""
    for name in "ab":
        (tmp_path / f"{name}.csv").write_text(f"user_id,message\nu_1,Imported {name}\n")
    files = [str(tmp_path / f"{name}.csv") for name in "axb"]

    assert main(["import", *files, *MAPPED, "--data-dir", str(options.data_dir)]) == 1
    assert imported(small) == ["Imported a", "Imported b"]
    assert "x.csv: cannot be read" in capsys.readouterr().err
    assert main(["import", files[0], *MAPPED, "--data-dir", str(options.data_dir)]) == 0
    assert main(["import", files[1], *MAPPED, "--data-dir", str(options.data_dir)]) == 2
    assert imported(small) == ["Imported a", "Imported b"]


def imported(sandbox: RunningSandbox) -> list[str]:
    """The messages of the items that were imported, in order."""
    return sorted(message for message in listed(sandbox) if message.startswith("Imported"))


def test_all_rows_are_sent_and_not_again(
    options: argparse.Namespace, small: RunningSandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    """The exit code is 0, also when the same file is imported again, which sends only what is new."""
    assert send(options, "a.csv", "d", rows(3), {4: "no text"}) == 0
    assert capsys.readouterr().out == "3 of 3 rows are stored, 1 skipped.\n"
    assert send(options, "renamed.csv", "d", rows(3), {4: "no text"}) == 0
    printed = capsys.readouterr()
    assert "3 rows of an earlier import of this file will not be sent again." in printed.err
    assert printed.out == "3 of 3 rows are stored, 1 skipped.\n"
    assert send(options, "a.csv", "d", rows(5), {}) == 0

    assert imported(small) == [f"Imported {row}" for row in range(1, 6)]


def test_a_closed_output_is_not_taken_for_nothing_sent(
    options: argparse.Namespace, small: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the program that reads the output has ended, the rows are sent, and the exit code is 1."""
    err, closed = io.StringIO(), io.TextIOWrapper(io.FileIO(os.open(os.devnull, os.O_RDONLY)), write_through=True)
    monkeypatch.setattr("sys.stdout", closed)
    monkeypatch.setattr("sys.stderr", err)

    assert send(options, "a.csv", "d", rows(2), {}) == 1
    assert len(imported(small)) == 2
    assert "What is written down stays in the outbox" in err.getvalue()
    closed.detach().close()


def test_the_time_and_the_quota_are_said_before_anything_is_sent(
    options: argparse.Namespace, capsys: pytest.CaptureFixture[str]
) -> None:
    """On stderr, which is not a terminal, in lines."""
    send(options, "a.csv", "d", rows(2), {})

    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "2 rows written down. At the budget's pace, sending takes about a minute."
    assert lines[1].startswith("Loop has ")
    assert "monthly quota" in lines[1]
    assert lines[-1] == "2 of 2 rows, 2 stored"
    assert not any("\r" in line for line in lines)


def test_a_refused_row_is_named(options: argparse.Namespace, capsys: pytest.CaptureFixture[str]) -> None:
    """With Loop's reason; the exit code is 1, and importing the file again tries this row anew."""
    drafts = {**rows(2), 3: Draft("u_1", "x" * 10_001)}
    for _ in range(2):
        assert send(options, "a.csv", "d", drafts, {}) == 1
        printed = capsys.readouterr()
        assert "Row 3: refused. message" in printed.err
        assert printed.out == "2 of 3 rows are stored.\n"
    assert send(options, "a.csv", "d", {**drafts, 3: Draft("u_1", "Shorter")}, {}) == 0


def test_nothing_to_send_is_2(
    options: argparse.Namespace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No row, no key, or a folder that cannot be used."""
    assert send(options, "a.csv", "d", {}, {1: "no text"}) == 2
    assert "No row of this file can be sent." in capsys.readouterr().err
    options.data_dir.mkdir(exist_ok=True)
    (options.data_dir / "outbox.db").mkdir()
    assert send(options, "a.csv", "d", rows(1), {}) == 2
    assert "outbox.db" in capsys.readouterr().err
    monkeypatch.delenv("LOOP_API_KEY")
    assert send(options, "a.csv", "d", rows(1), {}) == 2
    assert "or send to the sandbox with --sandbox" in capsys.readouterr().err


def test_without_a_key_the_sandbox_takes_the_rows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where --sandbox says so."""
    store = Store(tmp_path / "sandbox.db")
    store.load([row(1)])
    store.close()
    monkeypatch.delenv("LOOP_API_KEY", raising=False)
    assert send(argparse.Namespace(data_dir=tmp_path, sandbox=True), "a.csv", "d", rows(2), {}) == 0
    assert "The rows go to the sandbox." in capsys.readouterr().err


def test_a_dashboard_sends_what_the_shell_writes(options: argparse.Namespace, small: RunningSandbox) -> None:
    """The process with the lease sends; a paused import is resumed by whoever imports its file again."""
    service = Service(lambda: config_of(small, options.data_dir))
    service.start()
    try:
        until(lambda: service.snapshot().coverage.complete)
        imports = service.imports()
        assert imports is not None
        imports.write("theirs", "a.csv", "d", {1: rows(1)[1]}, {})
        imports.pause("theirs")
        assert send(options, "a.csv", "d", rows(3), {}) == 0
        assert service.connection is not None
        assert service.connection.account.mirror.is_writer
    finally:
        service.stop()

    assert imported(small) == [f"Imported {row}" for row in range(1, 4)]


@contextmanager
def command(sandbox: RunningSandbox, folder: Path, count: int) -> Iterator[subprocess.Popen[str]]:
    """The command in a process of its own, with a file of so many rows."""
    lines = (f"u_1,Imported {row}\n" for row in range(1, count + 1))
    (folder.parent / "rows.csv").write_text("user_id,message\n" + "".join(lines))
    with started(sandbox, folder) as process:
        yield process


@contextmanager
def started(sandbox: RunningSandbox, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """The command in a process of its own, with the file beside a folder."""
    settings = {"LOOP_API_KEY": sandbox.api_key, "LOOP_BASE_URL": sandbox.base_url, **FAST}
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "loop_client",
            "import",
            str(folder.parent / "rows.csv"),
            *MAPPED,
            "--data-dir",
            str(folder),
        ],
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **settings, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=20)


def test_an_interrupted_import_goes_on(tmp_path: Path) -> None:
    """Ctrl-C leaves the rest waiting, and says how it goes on: the same command sends it, each row once."""
    with running_sandbox(tmp_path / "loop", latency_ms=100) as sandbox:
        with command(sandbox, tmp_path / "data", 20) as process:
            until(lambda: imported(sandbox))
            process.send_signal(signal.SIGINT)
            _, printed = process.communicate(timeout=20)
        assert process.returncode == 1
        assert "this command when it is run again" in printed
        assert len(imported(sandbox)) < 20

        with command(sandbox, tmp_path / "data", 20) as process:
            _, printed = process.communicate(timeout=60)
        assert process.returncode == 0, printed
        assert Counter(imported(sandbox)) == Counter(f"Imported {row}" for row in range(1, 21))


@pytest.mark.parametrize("again_after", [0.0, 0.05, 0.3])
def test_a_second_interrupt_changes_nothing(tmp_path: Path, again_after: float) -> None:
    """Whoever presses Ctrl-C twice gets the same sentence and exit code, and no traceback."""
    with (
        running_sandbox(tmp_path / "loop", latency_ms=100) as sandbox,
        command(sandbox, tmp_path / "data", 20) as process,
    ):
        until(lambda: imported(sandbox))
        process.send_signal(signal.SIGINT)
        time.sleep(again_after)
        process.send_signal(signal.SIGINT)
        _, printed = process.communicate(timeout=20)
    assert process.returncode == 1
    assert printed.count("Interrupted.") == 1
    assert "Traceback" not in printed


def test_an_import_that_is_interrupted_while_it_is_written_goes_on(tmp_path: Path) -> None:
    """Nothing of it is sent, the exit code says so, and the same command writes and sends the rest."""
    with running_sandbox(tmp_path / "loop") as sandbox:
        with command(sandbox, tmp_path / "data", 6_000) as process:
            until(lambda: drafts_in(tmp_path / "data") > 0)
            process.send_signal(signal.SIGINT)
            _, printed = process.communicate(timeout=20)
        assert process.returncode == 2, printed
        assert "of 6,000 rows are written down. None is sent before all are: run this command again" in printed
        assert "Traceback" not in printed
        assert imported(sandbox) == []

        with command(sandbox, tmp_path / "data", 6_000) as process:
            until(lambda: imported(sandbox), 60)
            assert drafts_in(tmp_path / "data") == 6_000
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=20)
        assert process.returncode == 1


def drafts_in(folder: Path) -> int:
    """How many drafts the outbox of a folder has, read as another process reads it."""
    return sum(outbox_of(folder).counts.values()) if (folder / FIRST).exists() else 0


def test_an_interrupt_before_anything_is_written_is_said(tmp_path: Path) -> None:
    """While a file is read, nothing of it is sent."""
    os.mkfifo(tmp_path / "rows.csv")
    with running_sandbox(tmp_path / "loop") as sandbox, started(sandbox, tmp_path / "data") as process:
        with (tmp_path / "rows.csv").open("w") as file:  # waits until the command opens it
            file.write("user_id,message\n" + "u_1,Imported\n" * 50_000)
        process.send_signal(signal.SIGINT)  # while it makes items of the rows
        _, printed = process.communicate(timeout=20)
    assert (process.returncode, printed) == (2, "Interrupted.\n")


def test_two_commands_at_the_same_time_send_each_row_once(tmp_path: Path) -> None:
    """Whichever is faster."""
    with running_sandbox(tmp_path / "loop") as sandbox:
        folder = tmp_path / "data"
        with command(sandbox, folder, 40) as one, command(sandbox, folder, 40) as other:
            printed = [process.communicate(timeout=60)[1] for process in (one, other)]
        assert (one.returncode, other.returncode) == (0, 0), printed
        assert Counter(imported(sandbox)) == Counter(f"Imported {row}" for row in range(1, 41))


def test_two_commands_at_the_same_time_write_a_file_of_several_batches_once(tmp_path: Path) -> None:
    """Each row is one draft, whoever wrote it."""
    with running_sandbox(tmp_path / "loop", latency_ms=200) as sandbox:
        folder = tmp_path / "data"
        with command(sandbox, folder, 3_300) as one, command(sandbox, folder, 3_300) as other:
            until(lambda: drafts_in(folder) >= 3_300, 60)
            time.sleep(1.0)  # whoever is slower may still write
            for process in (one, other):
                process.send_signal(signal.SIGINT)
            printed = [process.communicate(timeout=20)[1] for process in (one, other)]
        assert all("What waits stays in the outbox" in text for text in printed), printed
    with closing(SqliteDrafts(folder)) as drafts:
        messages = Counter(row.message for row in drafts.in_states(DraftState))
    assert messages == Counter(f"Imported {row}" for row in range(1, 3_301))


def test_an_error_of_the_outbox_that_passes_does_not_end_the_command(
    options: argparse.Namespace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is shown and waited out while the rows are sent."""
    find, looks = Imports.find, 0

    def fails_twice(imports: Imports, token: str) -> Import | None:
        nonlocal looks
        looks += 1
        if looks in {1, 2}:
            raise StoreError("The outbox cannot be used: it is busy.")
        return find(imports, token)

    monkeypatch.setattr(Imports, "find", fails_twice)
    assert send(options, "a.csv", "d", rows(3), {}) == 0
    assert "it is busy. Trying again." in capsys.readouterr().err


def test_an_error_of_the_outbox_that_stays_ends_the_command(
    options: argparse.Namespace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """After a while; what is written down stays, and the exit code is 1."""

    def fails(_: Imports, __: str) -> Import | None:
        raise StoreError("The outbox cannot be used: it is gone.")

    monkeypatch.setattr(Imports, "find", fails)
    monkeypatch.setattr(sending, "WAITED_OUT", 1.0)
    assert send(options, "a.csv", "d", rows(3), {}) == 1
    printed = capsys.readouterr().err
    assert "it is gone." in printed
    assert "What is written down stays in the outbox" in printed


def test_rows_are_not_called_unknown_before_the_list_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks that fail do not count, however many there are."""
    monkeypatch.setattr(sending, "LOOKED_FOR", 0.0)
    monkeypatch.setattr(Sending, "unknown", lambda _: 1)
    monkeypatch.setattr(Sending, "pause", lambda _: None)
    before, asked = datetime.now(UTC), list[None]()

    def state() -> SimpleNamespace:
        return SimpleNamespace(checked_at=before + timedelta(seconds=len(asked) // 5))

    account = SimpleNamespace(mirror=SimpleNamespace(state=state))
    sync, outbox = SimpleNamespace(ask=lambda: asked.append(None)), SimpleNamespace(pause=lambda: None)
    connection: Any = SimpleNamespace(account=account, sync=sync, outbox=outbox)

    Sending(connection, threading.Event(), "a.csv", "d", {}, {}).wait_for_lost_answers()

    assert len(asked) == 5


def killed(tmp_path: Path, count: int) -> None:
    """Kill the command in the middle, under faults; the next one sends the rest, and nothing is stored twice.

    Only a row that was on its way when the process died can be lost: it is unknown, and a person sends it again.
    """
    with running_sandbox(tmp_path / "loop", error_rate=0.2, lose_answers=0.1, latency_ms=5) as sandbox:
        folder = tmp_path / "data"
        with command(sandbox, folder, count) as process:
            until(lambda: len(imported(sandbox)) >= count // 3, 120)
            process.send_signal(signal.SIGKILL)
            process.wait(timeout=20)
        with command(sandbox, folder, count) as process:
            _, printed = process.communicate(timeout=600)
        messages = imported(sandbox)
        assert len(messages) == len({*messages}), "stored twice"
        missing = {f"Imported {row}" for row in range(1, count + 1)} - {*messages}
        assert len(missing) <= 1, printed
        assert process.returncode == bool(missing), printed
        if missing:
            sent_again(sandbox, folder)
            assert Counter(imported(sandbox)) == Counter(f"Imported {row}" for row in range(1, count + 1))


def sent_again(sandbox: RunningSandbox, folder: Path) -> None:
    """A person sends the row again whose process died before it left."""
    service = Service(lambda: config_of(sandbox, folder))
    service.start()
    try:
        outbox = service.outbox()
        assert outbox is not None
        (lost,) = outbox.submissions([DraftState.UNKNOWN])
        again = outbox.send_again(lost.token).token
        until(lambda: (found := outbox.submission(again)) is not None and found.state == DraftState.STORED, 60)
    finally:
        service.stop()


def test_a_killed_import_ends_with_each_row_once(tmp_path: Path) -> None:
    """With answers lost and calls failing; `make test-long` does it with 500 rows."""
    killed(tmp_path, 20)


@pytest.mark.long
def test_a_killed_import_of_500_rows_ends_with_each_row_once(tmp_path: Path) -> None:
    """A fifth of all calls fails, and of a tenth of the creates the answer is lost."""
    killed(tmp_path, 500)
