"""How processes that share a database find each other."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest

from loop_client.mirror.store import Peers, PostgresDatabase
from loop_client.mirror.store.postgres_peers import READ_EVERY
from tests.postgres import running_server
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Process = Callable[..., Peers]


@contextmanager
def processes(url: str) -> Iterator[Process]:
    """A function that makes what a new process has, with its name and address."""
    with ExitStack() as stack:

        def one(name: str, address: str | None = None) -> Peers:
            database = PostgresDatabase(url, "What is stored")
            stack.callback(database.close)
            return Peers(database, name, address)

        yield one


@pytest.fixture
def process(postgres_url: str) -> Iterator[Process]:
    """See `processes`, with an empty database."""
    with processes(postgres_url) as one:
        yield one


def asked(url: str, statement: str) -> list[tuple[object, ...]]:
    """The rows of one statement."""
    database = PostgresDatabase(url, "What is stored")
    try:
        return database.write(lambda one: one.rows(statement))
    finally:
        database.close()


def found_once_announced(one: Peers, other: Peers) -> str | None:
    """The address of the process "second", as another one finds it after it was announced."""
    one.announce()
    return other.address("second")


def test_a_process_finds_another(process: Process) -> None:
    """By its name, with the address that it wrote down; and none that has written down nothing."""
    process("first", "10.0.0.1:8501").announce()
    second = process("second", "10.0.0.2:8501")
    second.announce()

    assert second.address("first") == "10.0.0.1:8501"
    assert second.address("third") is None


def test_one_that_nobody_can_reach_finds_others(process: Process) -> None:
    """It writes nothing down."""
    process("first", "10.0.0.1:8501").announce()
    second = process("second")
    second.announce()

    assert second.address("first") == "10.0.0.1:8501"
    assert process("third").address("second") is None


def test_one_that_has_ended_is_not_found(process: Process) -> None:
    """Its row is deleted when it stops."""
    first = process("first", "10.0.0.1:8501")
    first.announce()
    first.leave()

    assert process("second").address("first") is None


def test_one_that_was_killed_is_replaced_by_the_next_at_its_address(process: Process) -> None:
    """A process that starts at the same address is another one."""
    process("killed", "10.0.0.1:8501").announce()
    process("restarted", "10.0.0.1:8501").announce()
    other = process("other")

    assert (other.address("killed"), other.address("restarted")) == (None, "10.0.0.1:8501")


def test_one_that_was_killed_is_forgotten_after_a_day(process: Process, postgres_url: str) -> None:
    """Whoever is announced deletes the rows of those that have not been for a day, and no others."""
    process("killed", "10.0.0.1:8501").announce()
    asked(postgres_url, "update peers set seen = seen - interval '25 hours'")
    process("running", "10.0.0.2:8501").announce()
    asked(postgres_url, "update peers set seen = seen - interval '23 hours' where name = 'running'")
    process("new", "10.0.0.3:8501").announce()

    assert {*asked(postgres_url, "select name from peers")} == {("running",), ("new",)}


def test_one_that_starts_later_is_found_soon(process: Process) -> None:
    """A name that is not known is looked for again, but not for each request."""
    first, second = process("first", "10.0.0.1:8501"), process("second")
    before = second.address("first")
    first.announce()
    at_once = second.address("first")
    until(lambda: second.address("first") == "10.0.0.1:8501", 5 * READ_EVERY)

    assert (before, at_once) == (None, None)


def test_a_database_without_the_table_gets_it(process: Process, postgres_url: str) -> None:
    """One that an earlier version made is used as it is."""
    asked(postgres_url, "drop table peers")
    before = process("first").address("second")
    process("second", "10.0.0.2:8501").announce()

    assert before is None
    assert process("third").address("second") == "10.0.0.2:8501"


def test_those_that_are_known_stay_known_without_a_database() -> None:
    """While the database is away nobody new is found, and nothing is raised; back again, it learns of the process."""
    with running_server() as server:
        url = server.new_database()
        with processes(url) as process:
            process("first", "10.0.0.1:8501").announce()
            second = process("second", "10.0.0.2:8501")
            known = second.address("first")
            server.stop()
            second.announce()
            time.sleep(READ_EVERY)  # then it looks again
            without = second.address("first"), second.address("third")
            server.start()
            until(lambda: found_once_announced(second, process("third")) is not None)

    assert known == "10.0.0.1:8501"
    assert without == (known, None)
