"""Lists in PostgreSQL: read once a second, shown while the database is down, and changed once whatever fails."""

from __future__ import annotations

import threading
import time
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loop_client.mirror import StoreError
from loop_client.mirror.store import PostgresDatabase
from loop_client.service import Marker, Markers, SavedView, SavedViews, postgres_records
from loop_client.service.postgres_records import READ_EVERY
from tests.postgres import running_server
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from loop_client.mirror.store import Transaction
    from tests.postgres import Server

    Connected = Callable[[], PostgresDatabase]

A, B = SavedView("A", "a", 1), SavedView("B \0\ud800", "b", None, "lena@example.com", is_private=True)


class Counted(PostgresDatabase):
    """A database that counts how often it is read."""

    reads = 0

    def read(self, act: Callable[[Transaction], object]) -> object:  # type: ignore[override]  # of any type
        """Count, and read."""
        self.reads += 1
        return super().read(act)


class Repeating(PostgresDatabase):
    """A database of whose first commits it is never known whether they were stored."""

    def write(self, act: Callable[[Transaction], object]) -> object:  # type: ignore[override]  # the rest is not used
        """Write, and write again."""
        super().write(act)
        for act_of_another in self.between:
            act_of_another()
        return super().write(act)

    between: Sequence[Callable[[], None]] = ()
    """What another process does between both."""


@pytest.fixture
def repeating(postgres_url: str) -> Repeating:
    """A database whose commits have to be made again."""
    return Repeating(postgres_url, "The feedback")


def test_every_value_is_read_as_it_was_stored(database: Connected) -> None:
    """Also what PostgreSQL has no place for, such as a character 0."""
    views = SavedViews(database())
    views.add(A)
    views._list.changed(lambda stored: stored.append(B))  # noqa: SLF001 - past the check of names

    assert SavedViews(database()).all() == (A, B)


def test_reruns_do_not_ask_the_database_each_time(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are, it is asked once for as long as its answer is new."""
    monkeypatch.setattr(postgres_records, "READ_EVERY", 60.0)
    one = Counted(postgres_url, "The feedback")
    SavedViews(one).add(A)
    views = SavedViews(one)
    found = [views.all() for _ in range(50)]
    one.close()

    assert found == [(A,)] * 50
    assert one.reads == 1


def test_a_change_by_another_process_is_seen_within_two_seconds(database: Connected) -> None:
    """A change of a view, an added and a deleted one."""
    views, other = SavedViews(database()), SavedViews(database())
    assert views.all() == ()
    changes: list[tuple[Callable[[], None], list[str]]] = [
        (lambda: other.add(A), ["A"]),
        (lambda: other.rename("A", "C"), ["C"]),
        (lambda: other.delete(SavedView("C", "a", 1)), []),
    ]
    for change, expected in changes:
        change()
        begun = time.monotonic()
        until(lambda expected=expected: [view.name for view in views.all()] == expected)  # type: ignore[misc]
        assert time.monotonic() - begun < 2.0


def test_the_last_ones_known_stay_while_the_database_is_down() -> None:
    """They are shown without a wait, and a change is stored as soon as the database is back."""
    with running_server() as server:
        one = PostgresDatabase(server.new_database(), "The feedback")
        views = SavedViews(one)
        views.add(A)
        server.stop()
        time.sleep(READ_EVERY)
        begun = time.monotonic()
        seen = [views.all() for _ in range(20)]
        took = time.monotonic() - begun
        saving = threading.Thread(target=views.save, args=("C", "c", 1))
        saving.start()
        saving.join(0.5)
        server.start()
        saving.join()
        found = views.all()
        one.close()

    assert seen == [(A,)] * 20
    assert took < 1.0
    assert [view.name for view in found] == ["A", "C"]


def test_a_database_that_does_not_answer_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the password, where nothing was ever read, and where something is to be changed."""
    monkeypatch.setattr(postgres_records, "FIRST_READ_WITHIN", 0.3)
    one = PostgresDatabase("postgresql://loop:secret-4711@127.0.0.1:1/loop", "The feedback")
    one.close()  # so that it is tried once
    views = SavedViews(one)
    for act in (views.all, lambda: views.add(A)):
        reason = r"The database at 127\.0\.0\.1:1/loop (does not answer|cannot be used right now)"
        with pytest.raises(StoreError, match=reason) as raised:
            act()
        assert "secret-4711" not in str(raised.value)


def test_a_change_that_is_made_again_is_made_once(repeating: Repeating) -> None:
    """A view that this very call has stored is no view of that name already."""
    views, markers = SavedViews(repeating), Markers(repeating)
    views.save("A", "a", 1)
    markers.add(date(2026, 1, 31), "v1")
    removed = markers.remove(date(2026, 1, 31), "v1")
    found = (views.all(), removed, markers.all())
    repeating.close()

    assert found == ((A,), True, ())


def test_a_change_that_is_made_again_undoes_nothing_of_another_process(
    repeating: Repeating, database: Connected
) -> None:
    """Neither what was added meanwhile, nor a deletion of what this call has stored."""
    views, other = SavedViews(repeating), SavedViews(database())

    repeating.between = [lambda: other.delete(A), lambda: other.save("Other", "o", 1)]
    views.save("A", "a", 1)
    repeating.close()

    assert [view.name for view in SavedViews(database()).all()] == ["Other"]


def test_what_a_newer_version_stores_is_not_overwritten(database: Connected) -> None:
    """Records that this version does not know are refused with a sentence, and stay."""
    one = database()
    sql = "insert into records values ('views', 1, '[1, 2, 3, 4, 5, 6]')"
    one.write(lambda transaction: transaction.rows(sql))
    views = SavedViews(one)
    for act in (views.all, lambda: views.add(A)):
        with pytest.raises(StoreError, match="are not what this version stores"):
            act()
    assert one.read(lambda transaction: transaction.number("select count(*) from records")) == 1


DAYS = st.dates(date(2026, 1, 1), date(2026, 1, 4))


@pytest.fixture(scope="module")
def shared_url(postgres_server: Server) -> str:
    """The URL of a database that all examples use."""
    return postgres_server.new_database()


@settings(max_examples=15)
@given(st.lists(st.tuples(DAYS, st.booleans()), max_size=12))
def test_any_changes_leave_the_records_in_their_order(shared_url: str, changes: list[tuple[date, bool]]) -> None:
    """Added in between, removed at any place: what is stored is what the process has that changed it."""
    one = PostgresDatabase(shared_url, "The feedback")
    one.write(lambda transaction: transaction.rows("delete from records"))
    markers, expected = Markers(one), list[Marker]()
    for number, (day, is_removed) in enumerate(changes):
        if is_removed and expected:
            gone = expected.pop(day.day % len(expected))
            assert markers.remove(gone.day, gone.name)
        else:
            expected.append(markers.add(day, f"{number}"))
            expected.sort(key=lambda marker: marker.day)
    found = (markers.all(), Markers(one).all())
    one.close()

    assert found == (tuple(expected), tuple(expected))
