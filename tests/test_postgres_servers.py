"""The PostgreSQL servers that tests run against do what a machine does that fails."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from adbc_driver_postgresql import dbapi

from tests.postgres import Server, running_server, url_of
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
WAITING = "select 1 from pg_stat_activity where wait_event = 'SyncRep'"


@pytest.fixture
def pair(postgres_server: Server) -> Iterator[tuple[Server, Server]]:  # noqa: ARG001 - skipped without a server
    """A primary with a table, and its standby."""
    with running_server(durable=True) as primary:
        standby = primary.standby()
        primary.ask("create table kept (id int)")
        yield primary, standby


def gone(process: int) -> bool:
    """Whether a process has ended."""
    stat = Path(f"/proc/{process}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"


def test_each_database_is_new(postgres_server: Server, postgres_url: str) -> None:
    """What one test stores, the next one does not see."""
    postgres_server.ask("create table kept ()", postgres_url.rpartition("/")[2])
    other = postgres_server.new_database()
    tables = postgres_server.ask("select 1 from pg_tables where tablename = 'kept'", other.rpartition("/")[2])
    postgres_server.drop(other)

    assert tables == []


def test_the_standby_has_what_the_primary_committed(pair: tuple[Server, Server]) -> None:
    """It streams from the primary, which waits for it, and only reads."""
    primary, standby = pair
    primary.ask("insert into kept values (1)")

    until(lambda: standby.ask("select id from kept") == [(1,)])
    assert standby.ask("select pg_is_in_recovery(), current_setting('synchronous_standby_names')") == [(True, "")]


def test_a_promoted_standby_takes_writes(pair: tuple[Server, Server]) -> None:
    """With the primary killed, the URL of both leads to it, and it waits for nobody."""
    primary, standby = pair
    processes = primary.processes()
    primary.kill()
    standby.promote()

    with closing(dbapi.connect(url_of(primary, standby))) as connection, connection.cursor() as cursor:
        cursor.execute("insert into kept values (2)")
        connection.commit()
    assert standby.ask("select id from kept") == [(2,)]
    assert all(map(gone, processes))


def test_a_killed_server_starts_again_where_it_was(pair: tuple[Server, Server]) -> None:
    """It has its port and its data."""
    primary, _ = pair
    primary.ask("insert into kept values (3)")
    primary.kill()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", primary.port))
    primary.start()

    assert primary.ask("select id from kept") == [(3,)]


def test_a_commit_waits_while_the_standby_is_away(pair: tuple[Server, Server]) -> None:
    """It is done once the standby is back, and not before."""
    primary, standby = pair
    standby.stop()
    writer = Thread(target=primary.ask, args=("insert into kept values (4)",))
    writer.start()
    until(lambda: primary.ask(WAITING))
    unseen = primary.ask("select id from kept")
    standby.start()
    writer.join(timeout=30)

    assert unseen == []
    assert primary.ask("select id from kept") == [(4,)]


def test_a_frozen_server_accepts_and_does_not_answer(pair: tuple[Server, Server]) -> None:
    """Its kernel takes the connection; the answer comes when it is woken."""
    primary, _ = pair
    primary.freeze()
    with socket.create_connection(("127.0.0.1", primary.port), timeout=0.5) as client:
        client.sendall(bytes([0, 0, 0, 8, 4, 210, 22, 47]))  # asks for TLS
        with pytest.raises(TimeoutError):
            client.recv(1)
        primary.wake()
        client.settimeout(10)

        assert client.recv(1) == b"N"


def test_nothing_is_left_when_the_block_ends(postgres_server: Server) -> None:  # noqa: ARG001 - skipped without a server
    """Neither processes nor folders, of a frozen primary and a killed standby either."""

    def broken() -> None:
        with running_server() as primary:
            standby = primary.standby()
            left.extend([*primary.processes(), *standby.processes()])
            folders.extend([primary.folder, standby.folder])
            standby.kill()
            primary.freeze()
            raise KeyboardInterrupt

    left: list[int] = []
    folders: list[Path] = []
    with pytest.raises(KeyboardInterrupt):
        broken()

    assert len(left) > 6
    assert [process for process in left if not gone(process)] == []
    assert [folder for folder in folders if folder.exists()] == []


INTERRUPTED = """
from tests.postgres import running_server
with running_server() as server:
    print(server.folder, *server.processes(), flush=True)
    input()
"""


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="no setpriv, which lets a server end with a killed run")
def test_a_server_ends_with_a_killed_run(postgres_server: Server) -> None:  # noqa: ARG001 - skipped without a server
    """A run that is killed with -9 leaves no process."""
    run = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with run:
        assert run.stdout is not None
        folder, *processes = run.stdout.readline().split()
        run.send_signal(signal.SIGKILL)
    try:
        until(lambda: all(map(gone, map(int, processes))))
    finally:
        shutil.rmtree(folder)
