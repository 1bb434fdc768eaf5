"""The service without a page: it starts and stops as one, and answers meanwhile."""

from __future__ import annotations

import json
import socket
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from loop_client import ConfigurationError
from loop_client.mirror import Mirror, Snapshot
from loop_client.service import Config, Connection, Draft, Service
from tests.answers import item
from tests.loop_client.service.conftest import config_of
from tests.raw_server import raw_server
from tests.sandboxes import RunningSandbox, row, running_sandbox
from tests.waiting import outcome, until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Started = Callable[[Callable[[], Config]], Service]

STARTED_WITHIN = 45.0
"""Seconds in which a sandbox restarts, including a second start where its port is taken."""


def running() -> set[str]:
    """The names of the service's running threads, without their numbers."""
    names = {thread.name.partition("_")[0] for thread in threading.enumerate()}
    return names & {"sync", "start", "check", "send"}


def port_of(address: str) -> int:
    """The port of a base URL."""
    return int(address.rpartition(":")[2].removesuffix("/v2"))


def listens(address: str) -> bool:
    """Whether a server answers at this address."""
    with socket.socket() as connection:
        return connection.connect_ex(("127.0.0.1", port_of(address))) == 0


def sandbox_of(service: Service) -> str:
    """The base URL of a service's sandbox."""
    assert service.connection is not None
    assert service.connection.account.sandbox is not None
    return service.connection.account.sandbox.base_url


def test_making_one_starts_nothing(tmp_path: Path) -> None:
    """Constructing a service starts no thread, makes no file and reads no configuration."""
    before = threading.active_count()
    Service(lambda: pytest.fail("read"))
    Connection(Config(folder=tmp_path / "data"))

    assert threading.active_count() == before
    assert not (tmp_path / "data").exists()


def test_before_the_start_there_is_nothing() -> None:
    """Before its start a service answers every question as empty, and only a submission fails."""
    service = Service(Config)

    assert len(service.snapshot().frame) == 0
    assert (service.problem(), service.next_sync(), service.check_now()) == (None, None, None)
    assert (service.budget(), service.saved_views(), service.submission("token")) == (None, None, None)
    assert service.markers() is None
    assert service.resolved_between("fb_1") is None
    assert service.resolutions(0) is None
    assert not service.is_connected()
    assert not service.is_sandbox()
    assert service.sync_state().checked_at is None
    assert service.not_ready() == "The dashboard is starting."
    with pytest.raises(ConfigurationError, match="no connection"):
        service.submit("token", Draft("u_9", "Typed"))
    service.stop()


def test_a_service_reads_an_account(small: RunningSandbox, tmp_path: Path, started: Started) -> None:
    """A started service syncs items, sends drafts, saves views and counts calls."""
    service = started(lambda: config_of(small, tmp_path / "data"))
    until(lambda: service.snapshot().coverage.complete)
    assert service.not_ready() is None
    assert not service.is_sandbox()

    submission = service.submit("token", Draft("u_9", "Typed by hand"))
    item = outcome(service.submission, submission.token).item
    assert item is not None
    assert item.id == service.snapshot().frame["id"].iloc[0]
    assert service.snapshot().frame["message"].iloc[0] == "Typed by hand"
    assert len(service.snapshot().frame) == 6

    views, budget = service.saved_views(), service.budget()
    assert views is not None
    views.save("All", "view=all", 6)
    assert (tmp_path / "data" / "views.db").exists()
    assert budget is not None
    assert budget.used >= 2
    assert budget.per_minute == 60
    assert service.problem() is None


def test_check_now_brings_a_look(small: RunningSandbox, tmp_path: Path, started: Started) -> None:
    """A click on "Check now" starts a look within seconds."""
    service = started(lambda: config_of(small, tmp_path / "data"))
    until(lambda: service.snapshot().coverage.complete)
    small.store.load([row(0, id="fb_new")])

    assert (service.check_now() or 0.0) <= 3.0
    assert (service.next_sync() or 0.0) <= 3.0
    until(lambda: len(service.snapshot().frame) == 6)


def test_only_the_right_secret_is_a_hint(small: RunningSandbox, tmp_path: Path, started: Started) -> None:
    """A hint plans a look as a click does; a wrong one, or one where there is no secret, plans none."""
    secret = "canary-" + "s" * 30
    service = started(lambda: replace(config_of(small, tmp_path / "data"), hook_secret=secret))
    assert Service(Config).hint(secret) is False
    until(lambda: service.snapshot().coverage.complete and (service.next_sync() or 0.0) > 5.0)

    assert [service.hint(wrong) for wrong in ("", secret[:-1], f"{secret}x", "\u00e9")] == [False] * 4
    assert (service.next_sync() or 0.0) > 3.0
    assert service.hint(secret)
    assert (service.next_sync() or 0.0) <= 3.0

    without = started(lambda: config_of(small, tmp_path / "other"))
    until(lambda: without.connection is not None)
    assert not without.hint("")


def test_a_hint_is_taken_while_the_start_is_tried_again(tmp_path: Path, started: Started) -> None:
    """Its sender would turn off a webhook whose address is not known."""
    secret = "canary-" + "s" * 30
    blocked = tmp_path / "file"
    blocked.touch()
    service = started(lambda: Config(folder=blocked / "data", hook_secret=secret))
    until(lambda: service.problem() is not None)

    assert service.connection is None
    assert service.hint(secret)
    assert not service.hint("wrong")


def test_stopping_ends_all_of_it(sample: Path, started: Started) -> None:
    """Stopping ends the threads and the sandbox, and empties what is shown."""
    service = started(lambda: Config(folder=sample))
    until(lambda: len(service.snapshot().frame) > 0)
    assert service.is_sandbox()
    address = sandbox_of(service)
    assert listens(address)

    service.stop()

    until(lambda: not running() & {"sync", "start", "send"})
    assert not listens(address)
    assert len(service.snapshot().frame) == 0
    assert not service.is_connected()
    service.stop()


def test_a_service_can_be_started_again(small: RunningSandbox, tmp_path: Path, started: Started) -> None:
    """A stopped service can start again with its stored items; a second start of a running one does nothing."""
    service = started(lambda: config_of(small, tmp_path / "data"))
    connection = service.connection
    service.start()
    assert service.connection is connection
    until(lambda: service.snapshot().coverage.complete)
    service.stop()

    service.start()
    assert service.connection is not connection
    assert len(service.snapshot().frame) == 5


def test_a_start_that_fails_leaves_nothing_behind(sample: Path, started: Started) -> None:
    """A failed start ends its sandbox, is reported, and is retried once the cause is gone."""
    (sample / "mirror.db").mkdir()
    service = started(lambda: Config(folder=sample))
    port = json.loads((sample / "sandbox.json").read_bytes())["port"]

    assert "mirror.db" in str(service.problem())
    assert not service.is_connected()
    assert not listens(f"http://127.0.0.1:{port}/v2")
    assert "sync" not in running()
    assert 0.0 < (service.next_sync() or 0.0) <= 2.0
    assert str(service.problem()) == service.not_ready()

    (sample / "mirror.db").rmdir()
    until(service.is_connected, STARTED_WITHIN)
    assert service.problem() is None
    until(lambda: "start" not in running())


def test_a_connection_is_reported(small: RunningSandbox, tmp_path: Path) -> None:
    """The callback is called once for each successful start, and not for a failed one."""
    folder, reported = tmp_path / "data", []
    folder.write_text("a file where the folder should be")
    service = Service(lambda: config_of(small, folder / "copy"))
    try:
        service.start(lambda: reported.append(service.is_connected()))
        assert not reported

        folder.unlink()
        until(lambda: service.is_connected() and reported)
        assert reported == [True]
    finally:
        service.stop()


def test_a_dead_sandbox_is_started_again(sample: Path, started: Started) -> None:
    """The sync restarts a dead sandbox, and drafts can be sent again."""
    service = started(lambda: Config(folder=sample))
    until(lambda: service.sync_state().checked_at is not None)
    address = sandbox_of(service)
    assert service.connection is not None
    sandbox = service.connection.account.sandbox
    assert sandbox is not None
    sandbox.stop()
    assert not listens(address)

    service.check_now()
    until(lambda: listens(sandbox_of(service)), STARTED_WITHIN)
    submission = service.submit("token", Draft("u_9", "Typed by hand"))
    assert outcome(service.submission, submission.token).item is not None


def test_a_sandbox_that_lost_its_port_is_found_at_its_new_one(sample: Path, started: Started) -> None:
    """A sandbox whose port was taken restarts at another one, and the client follows."""
    service = started(lambda: Config(folder=sample))
    until(lambda: service.sync_state().checked_at is not None)
    address = sandbox_of(service)
    assert service.connection is not None
    account = service.connection.account
    assert account.sandbox is not None
    account.sandbox.stop()
    with running_sandbox(sample / "other", port=port_of(address)):
        service.check_now()
        until(lambda: account.loop.base_url != address, STARTED_WITHIN)
    submission = service.submit("token", Draft("u_9", "Typed by hand"))
    assert outcome(service.submission, submission.token).item is not None


def test_a_setting_that_cannot_be_used_is_not_tried_again(tmp_path: Path, started: Started) -> None:
    """An invalid setting is read once, because a process's environment does not change."""
    read: list[int] = []

    def configured() -> Config:
        read.append(1)
        return Config(api_key="with a space", folder=tmp_path)

    service = started(configured)

    assert isinstance(service.problem(), ConfigurationError)
    assert service.next_sync() is None
    until(lambda: "start" not in running())
    assert read == [1]


@pytest.mark.parametrize("content", ['loop = "x"', "[loop]\napi_key = 123", "[loop"])
def test_secrets_that_cannot_be_read_are_one_sentence(content: str, tmp_path: Path, started: Started) -> None:
    """Unreadable secrets are reported, without a crash or sample data."""
    file = tmp_path / "secrets.toml"
    file.write_text(content)

    service = started(lambda: Config.read({"LOOP_DATA_DIR": str(tmp_path / "data")}, [file]))

    assert "secrets.toml" in str(service.problem())
    assert not (tmp_path / "data").exists()


def test_an_unexpected_failure_of_the_start_is_reported_and_retried(
    small: RunningSandbox, tmp_path: Path, started: Started, caplog: pytest.LogCaptureFixture
) -> None:
    """An unexpected failure at the start is reported on the page, logged, and retried."""
    read: list[int] = []

    def configured() -> Config:
        read.append(1)
        if len(read) == 1:
            raise ValueError("a fault of ours")
        return config_of(small, tmp_path / "data")

    service = started(configured)
    assert str(service.problem()) == "The dashboard failed unexpectedly at its start; the log has the reason."
    assert "a fault of ours" in caplog.text

    until(service.is_connected)
    assert service.problem() is None


def test_an_empty_data_dir_is_as_good_as_none(
    small: RunningSandbox, tmp_path: Path, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With an empty data folder setting the mirror is in `.loop`."""
    monkeypatch.chdir(tmp_path)
    environment = {"LOOP_API_KEY": small.api_key, "LOOP_BASE_URL": small.base_url, "LOOP_DATA_DIR": ""}
    service = started(lambda: Config.read(environment, []))
    until(lambda: service.snapshot().coverage.complete)

    assert (tmp_path / ".loop" / "mirror.db").exists()
    assert not (tmp_path / "mirror.db").exists()


def test_a_sync_that_fails_unexpectedly_is_reported(
    small: RunningSandbox, tmp_path: Path, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unexpected failure of the sync is reported."""

    def broken(_: Mirror, **__: Any) -> None:  # noqa: ANN401 - the method's parameters
        raise ValueError("a fault of ours")

    monkeypatch.setattr(Mirror, "sync", broken)
    service = started(lambda: config_of(small, tmp_path / "data"))
    until(lambda: service.problem() is not None)

    assert "failed unexpectedly" in str(service.problem())


def test_what_was_stopped_does_not_start_again(tmp_path: Path, started: Started) -> None:
    """A stopped service does not retry its start."""
    folder = tmp_path / "data"
    folder.write_text("a file where the folder should be")
    service = started(lambda: Config(api_key="a-key", folder=folder / "copy"))
    retries = [thread for thread in threading.enumerate() if thread.name == "start"]
    service.stop()
    folder.unlink()
    for thread in retries:
        thread.join(timeout=10)

    assert retries
    assert not service.is_connected()


def test_an_error_goes_when_loop_answers_again(tmp_path: Path, started: Started) -> None:
    """An error is cleared by the next page, though the first walk goes on, and stays as the last error."""
    requests: list[bytes] = []
    ended = threading.Event()

    def fail_then_answer(connection: socket.socket, request: bytes) -> None:
        requests.append(request)
        if len(requests) <= 3:
            connection.sendall(b"HTTP/1.1 503 x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        elif len(requests) > 4:
            ended.wait(8)  # the second page is slow
        else:
            body = json.dumps({"data": [item(1)], "hasMore": True, "nextCursor": "a"}).encode()
            head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            connection.sendall(head.encode() + body)

    with raw_server(fail_then_answer) as address:
        service = started(lambda: Config("a-key", address, tmp_path / "data"))
        try:
            until(lambda: service.problem() is not None)
            assert "503" in str(service.problem())
            until(lambda: service.problem() is None)

            assert len(requests) <= 5
            assert "503" in str(service.sync_state().last_error)
        finally:
            ended.set()
            service.stop()


def test_a_sandbox_that_was_made_anew_is_another_account(tmp_path: Path, started: Started) -> None:
    """After its database was damaged, a new sandbox's items are shown at once, as another account's."""
    service = started(lambda: Config(folder=tmp_path))
    newest = []
    for _ in range(2):
        service.start()
        until(lambda: service.sync_state().checked_at is not None or service.problem() is not None)
        assert service.problem() is None
        until(lambda: service.snapshot().coverage.complete)
        newest.append(service.snapshot().frame["created_at"].max())
        service.stop()
        (tmp_path / "sandbox.db").write_bytes((tmp_path / "sandbox.db").read_bytes()[:5000])
        time.sleep(1)  # the new items are newer by this much
    assert newest[1] > newest[0]


def test_each_snapshot_is_handed_on_in_the_sync_thread(small: RunningSandbox, tmp_path: Path) -> None:
    """Also that of the stored copy, before the first sync; a failure there does not stop the sync."""
    told: list[tuple[str, int]] = []

    def synced(snapshot: Snapshot) -> None:
        told.append((threading.current_thread().name, len(snapshot.frame)))
        raise ValueError("a fault of ours")

    for known in (0, 5):
        told.clear()
        service = Service(lambda: config_of(small, tmp_path / "copy"), synced)
        service.start()
        until(lambda: len(told) >= 2)
        assert service.problem() is None
        service.stop()
        assert told[:2] == [("sync", known), ("sync", 5)]
