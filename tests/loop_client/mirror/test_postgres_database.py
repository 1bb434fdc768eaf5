"""Transactions in PostgreSQL: what is certain, what is written again, and who may write."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from adbc_driver_manager import OperationalError
from hypothesis import given
from hypothesis import strategies as st

from loop_client.mirror import StoreError, UncertainError
from loop_client.mirror.postgres_purging import purge
from loop_client.mirror.store import Lease, LeaseLostError, PostgresDatabase, PostgresStore
from loop_client.mirror.store.postgres_connections import USED_AT_MOST, Connections, Session
from loop_client.mirror.store.postgres_urls import one_by_one, port_of, shown
from tests.frames import item
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from loop_client.mirror.store.postgres_database import Transaction
    from tests.postgres import Server

COUNT = "insert into accounts values ('n', 1, '') on conflict (name) do update set account = accounts.account + 1"


@pytest.fixture
def database(postgres_url: str) -> Iterator[PostgresDatabase]:
    """An empty database."""
    with closing(PostgresDatabase(postgres_url, "The feedback")) as opened:
        yield opened


def keep(key: str) -> Callable[[Transaction], Any]:
    """A function that stores a key, with the same result twice."""
    return lambda one: one.rows("insert into records values ($1, 1, '') on conflict do nothing", (key,))


def kept(database: PostgresDatabase) -> list[str]:
    """All keys that are stored."""
    return sorted(key for (key,) in database.read(lambda one: one.rows("select kind from records")))


class Faulty:
    """A connection whose next commits fail before, or after the server has stored the transaction."""

    def __init__(self, real: Any, faults: list[str]) -> None:  # noqa: ANN401 - the driver has no types
        """`faults`: "before" or "after", for the next commits."""
        self._real, self._faults = real, faults

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the same
        """As the real one."""
        return getattr(self._real, name)

    def commit(self) -> None:
        """Fail, or commit."""
        fault = self._faults.pop(0) if self._faults else None
        if fault == "before":
            self._real.rollback()
        else:
            self._real.commit()
        if fault is not None:
            raise OperationalError("the connection is lost", status_code=0)


@pytest.fixture
def faults(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What goes wrong with the next commits."""
    coming: list[str] = []
    real = Session.__init__

    def made(self: Session, connection: Any, cursor: Any, socket: Any) -> None:  # noqa: ANN401 - the same
        real(self, Faulty(connection, coming), cursor, socket=socket)

    monkeypatch.setattr(Session, "__init__", made)
    return coming


@pytest.mark.parametrize("fault", ["before", "after"])
def test_what_a_lost_commit_did_not_store_is_stored_once(
    database: PostgresDatabase, faults: list[str], fault: str
) -> None:
    """Whether the server has stored it or not, a transaction whose commit raised is there once."""
    database.write(keep("first"))
    faults.append(fault)
    database.write(keep("second"))
    assert faults == []
    assert kept(database) == ["first", "second"]


def test_counts_are_those_of_the_attempt_that_was_stored(database: PostgresDatabase, faults: list[str]) -> None:
    """Where its answer is lost, the next attempt finds nothing to do, and that is not what is told."""
    with closing(PostgresStore(database, Lease(database))) as store:
        assert store.take_lock()
        items = [item(number, user_id="u_1") for number in range(1, 4)]
        account, _ = store.new_account("account", ())
        faults.append("after")
        assert store.upsert(account, None, items) == (3, 0)
        faults.append("after")
        assert store.forget_person("u_1") == 3
        assert store.count(account) == 0


def test_a_view_from_before_a_purge_keeps_its_items(database: PostgresDatabase) -> None:
    """A process that loads meanwhile reads one state to its end."""
    with closing(PostgresStore(database, Lease(database))) as store:
        assert store.take_lock()
        account, _ = store.new_account("account", ())
        store.upsert(account, None, [item(1)])
    with closing(PostgresStore(database, Lease(database))) as store, store.reading():
        assert store.change() > 0
        assert purge(database) == (1, 0)
        assert store.count(account) == 1


def test_what_may_be_stored_is_not_said_to_be_lost(database: PostgresDatabase, faults: list[str]) -> None:
    """Where the last attempt was not confirmed, the error says so; one that never got as far says that nothing is."""
    database.write(keep("first"))
    faults.append("after")
    with pytest.raises(UncertainError):
        database.write(keep("second"), tried_for=0.0)
    assert kept(database) == ["first", "second"]
    with pytest.raises(StoreError) as caught:
        database.write(lambda one: one.rows("select 1 / 0"))
    assert not isinstance(caught.value, UncertainError)


def test_transactions_are_stored_one_after_the_other(database: PostgresDatabase) -> None:
    """Of many threads that count at once, each counts on what the others have stored."""
    database.write(lambda one: one.rows(COUNT))

    def count() -> None:
        for _ in range(10):
            database.write(lambda one: one.rows(COUNT))

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert database.read(lambda one: one.number("select account from accounts")) == 41


def test_a_block_that_reads_sees_one_state(database: PostgresDatabase) -> None:
    """What is stored meanwhile is not seen before the block ends."""
    with database.reading() as view:
        assert view.rows("select 1 from records") == []
        database.write(keep("later"))
        assert view.rows("select 1 from records") == []
    assert kept(database) == ["later"]


def test_a_failed_block_stores_nothing(database: PostgresDatabase) -> None:
    """An error of our own, or of the server, undoes all of the block, and the next one works."""

    def fails(one: Transaction) -> None:
        keep("half")(one)
        one.rows("select 1 / 0")

    with pytest.raises(StoreError, match="division by zero"):
        database.write(fails)
    with pytest.raises(ZeroDivisionError):
        database.write(lambda one: [keep("half")(one), 1 // 0])
    database.write(keep("whole"))
    assert kept(database) == ["whole"]


def test_a_newer_version_is_not_written_to(database: PostgresDatabase) -> None:
    """A process of this version writes nothing once a newer one has changed the tables, and says what to do."""
    database.write(lambda one: one.rows("update store set version = version + 1"))
    with pytest.raises(StoreError, match="newer version of the dashboard"):
        database.write(keep("old"))
    assert kept(database) == []


def test_a_lease_has_one_holder(database: PostgresDatabase) -> None:
    """A second process gets it once the first lets go, with a higher number; until then it writes nothing."""
    first, second = Lease(database), Lease(database)
    assert first.take()
    assert not second.take()
    with pytest.raises(LeaseLostError):
        second.write(keep("second"))
    number = first.number
    first.close()
    assert second.take()
    assert second.number is not None
    assert number is not None
    assert second.number > number
    second.close()


def test_a_holder_that_was_away_is_refused(database: PostgresDatabase) -> None:
    """Once another process has the lease, the one before stores nothing more, and knows that it lost it."""
    first, second = Lease(database), Lease(database)
    assert first.take()
    database.write(lambda one: one.rows("update store set expires = clock_timestamp() - interval '1 second'"))
    assert second.take()
    assert first.number is not None  # it does not know yet
    with pytest.raises(LeaseLostError):
        first.write(keep("late"))
    assert first.number is None
    assert kept(database) == []
    for one in (first, second):
        one.close()


def test_a_lease_is_taken_once_whatever_becomes_of_the_commit(database: PostgresDatabase, faults: list[str]) -> None:
    """A process whose taking of the lease was stored, but not confirmed, has it all the same."""
    lease = Lease(database)
    database.write(keep("opened"))
    faults.append("after")
    assert lease.take()
    assert lease.number == 1
    lease.close()


def test_a_hanging_statement_is_cut(database: PostgresDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction that takes too long ends with a sentence, and its connection is not used again."""
    monkeypatch.setattr("loop_client.mirror.store.postgres_database.ENDED_WITHIN", 0.3)
    with pytest.raises(StoreError, match="cannot be used right now: canceling statement due to statement timeout"):
        database.write(lambda one: one.rows("select pg_sleep(20)"), tried_for=0.0)
    monkeypatch.undo()
    database.write(keep("next"))
    assert kept(database) == ["next"]


def test_readers_do_not_wait_for_a_server_that_is_gone() -> None:
    """A database that cannot be reached is reported at once, with its place and without the password."""
    database = PostgresDatabase("postgresql://loop:canary-password@127.0.0.1:1/feedback", "The feedback")
    with pytest.raises(
        StoreError, match=r"127\.0\.0\.1:1/feedback cannot be used right now: Connection refused"
    ) as caught:
        database.write(keep("never"), tried_for=0.0)
    assert "canary" not in str(caught.value)
    database.close()


def parameter(name: bytes, value: bytes) -> bytes:
    """What a server says of itself as a connection begins."""
    said = name + b"\0" + value + b"\0"
    return b"S" + (len(said) + 4).to_bytes(4, "big") + said


def greet(listener: socket.socket, kept: list[socket.socket]) -> None:
    """Take connections as a server does that is frozen right afterwards: it answers no question."""
    about = [(b"server_version", b"15.0"), (b"in_hot_standby", b"off"), (b"default_transaction_read_only", b"off")]
    ready = b"R\0\0\0\x08\0\0\0\0" + b"".join(parameter(*each) for each in about) + b"Z\0\0\0\x05I"
    with suppress(OSError):
        while True:
            one, _ = listener.accept()
            kept.append(one)
            while int.from_bytes(one.recv(1024)[4:8], "big") != 0x30000:  # asks for encryption first
                one.sendall(b"N")
            one.sendall(ready)


@contextmanager
def hanging(kept: list[socket.socket]) -> Iterator[PostgresDatabase]:
    """A database of a server that stops as it is connected to. `kept`: gets its connections."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=greet, args=(listener, kept), daemon=True).start()
        url = f"postgresql://loop@127.0.0.1:{listener.getsockname()[1]}/loop?sslmode=disable&gssencmode=disable"
        with closing(PostgresDatabase(url, "The feedback")) as database:
            yield database
        listener.shutdown(socket.SHUT_RDWR)
    for one in kept:
        one.close()


def test_a_server_that_stops_as_it_is_connected_to_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """What connects is cut, and those who wait for it get its error instead of trying one after the other."""
    monkeypatch.setattr("loop_client.mirror.store.postgres_sockets.CONNECTED_WITHIN", 1.0)
    kept, failed = list[socket.socket](), list[str]()
    with hanging(kept) as database:

        def read() -> None:
            try:
                database.read(lambda one: one.rows("select 1"))
            except StoreError as error:
                failed.append(str(error))

        threads = [threading.Thread(target=read, daemon=True) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
    assert ["cannot be used right now" in sentence for sentence in failed] == [True] * 4
    assert len(kept) < 4


def end_all(server: Server, database: PostgresDatabase) -> None:
    """End all connections to the database, as a restart of the server does."""
    everybody = "from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
    server.ask(f"select pg_terminate_backend(pid) {everybody}", database.name.rpartition("/")[2])


def test_connections_that_the_server_ends_are_replaced(database: PostgresDatabase, postgres_server: Server) -> None:
    """The next use works, whatever it is."""
    database.write(keep("before"))
    end_all(postgres_server, database)
    assert kept(database) == ["before"]
    end_all(postgres_server, database)
    database.write(keep("after"))
    end_all(postgres_server, database)
    with database.reading() as view:
        assert view.number("select count(*) from records") == 2


def test_readers_get_through_the_end_of_all_connections(database: PostgresDatabase, postgres_server: Server) -> None:
    """Each tries again on a new one, and nobody is told that a server is gone that works."""
    failed, counts, ended = list[str](), [0] * 4, threading.Event()

    def read(number: int) -> None:
        while not ended.is_set():
            try:
                kept(database)
            except StoreError as error:
                failed.append(str(error))
            counts[number] += 1

    threads = [threading.Thread(target=read, args=(number,), daemon=True) for number in range(len(counts))]
    for thread in threads:
        thread.start()
    try:
        for _ in range(5):
            counts[:] = [0] * len(counts)
            until(lambda: min(counts) > 1, 60)
            end_all(postgres_server, database)
    finally:
        ended.set()
        for thread in threads:
            thread.join(60)
    assert failed == []


def test_one_reader_at_a_time_waits_for_a_server_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The others are told at once, also while that one tries again."""
    monkeypatch.setattr("loop_client.mirror.store.postgres_database.DOWN_FOR", 0.0)
    monkeypatch.setattr("loop_client.mirror.store.postgres_sockets.CONNECTED_WITHIN", 2.0)
    kept, waited = list[socket.socket](), list[float]()
    with hanging(kept) as database:

        def read() -> None:
            began = time.monotonic()
            with suppress(StoreError):
                database.read(lambda one: one.rows("select 1"))
            waited.append(time.monotonic() - began)

        read()
        threads = [threading.Thread(target=read, daemon=True) for _ in range(6)]
        for thread in threads:
            thread.start()
            time.sleep(0.05)
        for thread in threads:
            thread.join(20)
    assert [seconds > 1 for seconds in sorted(waited)] == [False] * 5 + [True] * 2


def test_connections_in_use_are_bounded(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more waits for its turn, and is told so in the end; what others gave back can be used."""
    monkeypatch.setattr("loop_client.mirror.store.postgres_connections.USED_AT_MOST", 2)
    with closing(Connections(postgres_url)) as connections:
        with connections.session(60), connections.session(60):
            began = time.monotonic()
            with pytest.raises(OperationalError, match="too many"), connections.session(0.3):
                pass
            assert time.monotonic() - began >= 0.3
        with connections.session(60), connections.session(60):
            pass


def test_a_full_pool_is_no_server_that_is_gone(database: PostgresDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever finds no place is told so; the next reader tries, on the connection that is there."""
    assert kept(database) == []
    monkeypatch.setattr("loop_client.mirror.store.postgres_database.ENDED_WITHIN", -0.9)
    places = database._connections._places  # noqa: SLF001 - there is no way to use all of them at once
    taken = [places.acquire(timeout=0) for _ in range(USED_AT_MOST)]
    assert all(taken)
    with pytest.raises(StoreError, match="too many transactions"):
        kept(database)
    for _ in taken:
        places.release()
    monkeypatch.undo()
    assert kept(database) == []


def test_others_read_as_soon_as_one_block_has_begun(database: PostgresDatabase) -> None:
    """They need not wait for the end of a long view to learn that the server is there again."""
    assert kept(database) == []
    database._failed = time.monotonic() - 1.0, StoreError("gone")  # noqa: SLF001 - as after an outage
    with database.reading():
        assert kept(database) == []


def test_what_only_writers_wait_for_is_not_reported_to_readers(
    database: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A transaction that is cut, as one that waits for a standby, leaves reading as it is."""
    monkeypatch.setattr("loop_client.mirror.store.postgres_database.ENDED_WITHIN", 0.1)
    unlimited = "select set_config('statement_timeout', '0', true)"
    kept(database)
    with pytest.raises(StoreError, match="in time"):
        database.write(lambda one: [one.rows(unlimited), one.rows("select pg_sleep(20)")], tried_for=0.0)
    monkeypatch.undo()
    assert kept(database) == []


def test_a_long_statement_gets_more_time(database: PostgresDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the server ended as too long, it is asked once more, with the time of a large view."""
    monkeypatch.setattr("loop_client.mirror.store.postgres_database.ENDED_WITHIN", 0.3)
    database.write(lambda one: [one.rows("select pg_sleep(1)"), keep("long")(one)], tried_for=0.1)
    assert kept(database) == ["long"]


def test_tables_that_were_dropped_are_created_again(database: PostgresDatabase) -> None:
    """The app need not be restarted after somebody has begun anew."""
    database.write(keep("old"))
    database.write(lambda one: one.rows("drop schema loop cascade"))
    with pytest.raises(StoreError, match="cannot be used"):
        kept(database)
    assert kept(database) == []


def test_tables_of_a_server_with_another_history_are_written_to(database: PostgresDatabase) -> None:
    """A copy that was restored on a new server names a timeline that this one will not have for long."""
    database.write(lambda one: one.rows("update store set timeline = 'FFFFFFFF'"))
    database.write(keep("restored"))
    assert kept(database) == ["restored"]


def test_a_block_within_a_block_sees_the_same_state(database: PostgresDatabase) -> None:
    """The inner one neither sees more nor ends the outer one."""
    store = PostgresStore(database, Lease(database))
    assert store.take_lock()
    with store.reading():
        with store.reading():
            assert not store.has_accounts()
        store.new_account("account", ())
        assert not store.has_accounts()
    assert store.has_accounts()
    store.close()


def test_each_connection_has_its_socket(postgres_url: str) -> None:
    """Without it a connection that hangs could not be cut: also where several databases are opened at once."""
    found = list[bool]()

    def connect() -> None:
        connections = Connections(postgres_url)
        with connections.session(60) as one:
            found.append(one.socket is not None)
        connections.close()

    threads = [threading.Thread(target=connect) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found == [True] * 6


def test_a_newer_server_ends_what_waits_for_an_older_one(postgres_url: str) -> None:
    """A large view that waits for a server that is gone does not wait for its minute; late answers are refused."""
    connections = Connections(postgres_url)
    with connections.session(60) as old, connections.session(60) as new:
        connections.refuse_stale(old, "00000001")
        connections.refuse_stale(new, "00000002")
        assert (old.is_cut, new.is_cut) == (True, False)
        with pytest.raises(OperationalError, match="promoted"):
            connections.refuse_stale(old, "00000001")
    connections.close()


def test_a_connection_that_was_given_back_is_not_cut(postgres_url: str) -> None:
    """A timer that comes as the transaction ends does not hit the next one on that connection."""
    connections = Connections(postgres_url)
    with connections.session(60) as one:
        pass
    one.cut()
    with connections.session(60) as again:
        again.cursor.execute("select 1")
        assert again.cursor.fetchall() == [(1,)]
        again.connection.rollback()
    assert again is one
    connections.close()


@given(st.text(st.sampled_from("ab@:%+é"), min_size=1))
def test_a_password_may_have_odd_characters(password: str) -> None:
    """It is the same for the driver, whether it was quoted or not, and it never shows."""
    quoted = quote(password, safe="")
    assert one_by_one(f"postgresql://u:{quoted}@h/d") == one_by_one(f"postgresql://u:{quoted.lower()}@h/d")
    (each,) = one_by_one(f"postgresql://u:{quoted}@h/d")
    assert each.partition("@h")[0] == f"postgresql://u:{quoted}"
    assert shown(f"postgresql://u:{password}@h/d") == "h/d"
    assert shown(f"postgresql:///d?host=h&user=u&password={quote(password)}") == "h/d"


def test_a_raw_sign_in_a_password_is_read_as_itself() -> None:
    """Signs that a URL should not have, but that leave no doubt, need no quoting."""
    assert one_by_one("postgresql://u:p@s%w@h/d")[0].startswith("postgresql://u:p%40s%25w@h/d?")
    assert "options=-c%2Bx" in one_by_one("postgresql://h/d?options=-c+x")[0]


def test_hosts_may_stand_in_the_parameters() -> None:
    """A folder of sockets, or hosts with their ports, as the driver takes them too."""
    (folder,) = one_by_one("postgresql:///d?host=/run/postgresql&port=5433")
    assert folder.startswith("postgresql:///d?")
    assert port_of(folder) == "5433"
    two = one_by_one("postgresql://u@/d?host=a,b&port=1,2")
    assert [("host=a" in each, port_of(each)) for each in two] == [(True, "1"), (False, "2")]


@pytest.mark.parametrize("url", ["postgresql://u:canary/word@h/d", "postgresql://u:canary#word@h/d"])
def test_a_password_that_breaks_the_url_is_not_shown(url: str) -> None:
    """The sentence says what to do, without the word."""
    with pytest.raises(StoreError) as caught:
        one_by_one(url)
    assert "canary" not in str(caught.value)
    assert "word" not in str(caught.value).replace("password", "")


@given(st.lists(st.sampled_from(["a", "b.example", "[::1]"]), min_size=1, max_size=3), st.booleans())
def test_a_url_of_several_hosts_is_one_of_each(hosts: list[str], has_options: bool) -> None:  # noqa: FBT001 - drawn
    """Each host has a URL of its own, with the user, the name and the given parameters of all."""
    url = f"postgresql://u:p%40w@{','.join(f'{host}:5433' for host in hosts)}/loop"
    urls = one_by_one(f"{url}?connect_timeout=7&options=-c%20x%3D1" if has_options else url)
    assert [each.partition("?")[0] for each in urls] == [f"postgresql://u:p%40w@{host}:5433/loop" for host in hosts]
    assert all(("connect_timeout=7" in each) == has_options for each in urls)
    assert all("options=-c%20x%3D1" in each for each in urls) == has_options
    assert all("target_session_attrs=read-write" in each for each in urls)
    assert "p%40w" not in shown(url)


@pytest.mark.parametrize("url", ["mysql://u@h/d", "postgresql://u@h", "loop", "postgresql://u@[::1/d"])
def test_another_url_is_refused(url: str) -> None:
    """A URL that names no database of PostgreSQL is refused before anything is connected."""
    with pytest.raises(StoreError, match="The address of the database"):
        PostgresDatabase(url, "The feedback")
