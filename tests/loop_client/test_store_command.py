"""What a data folder has is moved into a database, whatever version wrote it: all of it, or nothing."""

from __future__ import annotations

import os
import shutil
import signal
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from loop_client.__main__ import main
from loop_client.mirror import Mirror, SyncSchedule
from loop_client.mirror.moments import microseconds
from loop_client.mirror.store import DraftState, Move, PostgresDatabase, SqliteStore
from loop_client.service import Choices, Session, Storage
from loop_client.service.sign_outs import SignOut
from tests.answers import loop
from tests.loop_client.mirror.world import World
from tests.loop_client.test_old_folders import OLD, WRITTEN
from tests.loop_client.write_folder import account, resolved, write
from tests.moment import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loop_client.mirror.store import Transaction

FOLDERS: Final = [*OLD, None]


def files(folder: Path) -> dict[str, bytes]:
    """What the files have that hold something for good."""
    names = ("views.db", "markers.db", "sign_outs.db", "mappings.json")
    return {name: (folder / name).read_bytes() for name in names if (folder / name).exists()}


@pytest.fixture
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A folder of an earlier version, or one of today with a sign-out and choices about an import."""
    old: Path | None = getattr(request, "param", None)
    if old is not None:
        return Path(shutil.copytree(old, tmp_path / "old"))
    (tmp_path / "today").mkdir()
    write(tmp_path / "today")
    with closing(Storage(tmp_path / "today")) as kept:
        kept.sign_outs.add(Session("number", "lena@example.com", until=2_000), now=1_000)
        kept.mappings.remember("header", Choices(tags={"Export": "exports"}))
    return tmp_path / "today"


@pytest.fixture
def both(folder: Path, postgres_url: str) -> Iterator[tuple[Storage, Storage]]:
    """What is stored in the folder and in the database."""
    with closing(Storage(folder)) as old, closing(Storage(folder, postgres_url)) as new:
        yield old, new


def moved(folder: Path, url: str) -> int:
    """The exit code of the command."""
    return main(["store", "move", "--data-dir", str(folder), "--to", url])


@pytest.mark.parametrize("folder", FOLDERS, indirect=True, ids=lambda old: old.name if old else "today's")
def test_a_folder_of_each_version_is_moved(
    folder: Path, both: tuple[Storage, Storage], postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Views, markers, drafts with their numbers, and imports are those of the folder, whose files stay."""
    before = files(folder)
    assert moved(folder, postgres_url) == 0
    old, new = both
    drafts = [kept.drafts.in_states(DraftState) for kept in both]

    assert old.saved_views.all() == new.saved_views.all() != ()
    assert old.markers.all() == new.markers.all()
    assert drafts[0] == drafts[1]
    assert old.drafts.imports.all() == new.drafts.imports.all()
    assert old.mappings.of("header") == new.mappings.of("header")
    assert files(folder).keys() == before.keys()
    out = capsys.readouterr().out
    assert f"{len(drafts[0])} drafts" in out
    assert "is in the database at 127.0.0.1:" in out
    assert "LOOP_STORE_URL" in out


@pytest.mark.parametrize("folder", FOLDERS, indirect=True, ids=lambda old: old.name if old else "today's")
def test_a_moved_copy_is_shown_as_it_was(folder: Path, both: tuple[Storage, Storage], postgres_url: str) -> None:
    """All items, statuses and coverage, without a request; and a sync goes on from there."""
    assert moved(folder, postgres_url) == 0
    world, written = account(), NOW if folder.name == "today" else WRITTEN
    last = resolved(world)
    schedule = SyncSchedule(clock=lambda: microseconds(written + timedelta(minutes=1)))
    seen = []
    for kept in both:
        api = World()
        mirror = Mirror(loop(api, api_key="canary-0f3a"), kept.store(), schedule=schedule)
        seen.append((mirror.snapshot(), mirror.resolved_between(last)))
        mirror.close()
        assert api.requests == []
    (old, old_when), (new, new_when) = seen

    assert new.frame.astype(object).equals(old.frame.astype(object))
    assert dict(zip(new.frame["id"], new.frame["status"], strict=True)) == world.statuses()
    assert new.coverage == old.coverage
    assert new_when == old_when is not None


def test_what_is_only_stored_is_moved_too(folder: Path, both: tuple[Storage, Storage], postgres_url: str) -> None:
    """Deleted items, submitted ones that no list has shown, and sign-outs."""
    with closing(SqliteStore(f"sqlite:///{folder / 'mirror.db'}")) as store:
        row = store.newest(1, 1)[0]
        store.save(1, store.state(1), [], [row])
        store.add(1, row.item(), 0)
        gone = store.newest(1, 2)[1]
        store.save(1, store.state(1), [], [gone])
        expected = (store.unlisted(1), store.deleted(1, 0), store.change(), store.state(1), store.names(1))
    assert expected[0]
    assert expected[1]
    assert moved(folder, postgres_url) == 0
    store = both[1].store()  # type: ignore[assignment]  # no URL, as there is a database

    assert (store.unlisted(1), store.deleted(1, 0), store.change(), store.state(1), store.names(1)) == expected
    assert both[1].sign_outs._records.all() == (SignOut("number", 2_001),)  # noqa: SLF001 - what is stored


def test_a_database_that_is_not_empty_is_refused(
    folder: Path, both: tuple[Storage, Storage], postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what it has; a second move is such a case, too."""
    assert moved(folder, postgres_url) == 0
    expected = both[1].drafts.in_states(DraftState)
    assert moved(folder, postgres_url) == 1
    assert "is not empty. It has: accounts, items, drafts, imports" in capsys.readouterr().err
    assert both[1].drafts.in_states(DraftState) == expected


def test_a_dashboard_that_uses_either_is_left_alone(
    folder: Path, both: tuple[Storage, Storage], postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its folder is not read, and nothing is put into its database."""
    with closing(SqliteStore(f"sqlite:///{folder / 'mirror.db'}")):
        assert moved(folder, postgres_url) == 1
    assert f"A dashboard is using {folder}" in capsys.readouterr().err
    lease = both[1].lease
    assert lease is not None
    assert lease.take()
    assert moved(folder, postgres_url) == 1
    assert "It has: a dashboard that uses it" in capsys.readouterr().err
    lease.close()
    assert both[1].saved_views.all() == ()


class Wrong(PostgresDatabase):
    """A database that stores something else than it was given."""

    damage = ""

    def write(self, act: object, *given: object) -> object:  # type: ignore[override]  # of any type
        """Write, and change a value."""

        def damaging(transaction: Transaction) -> object:
            result = act(transaction)  # type: ignore[operator]  # a function
            if transaction.rows("select 1 from pg_namespace where nspname = 'loop_move'"):
                transaction.rows(self.damage)
            return result

        return super().write(damaging, *given)  # type: ignore[arg-type]  # as given


@pytest.mark.parametrize(
    "damage",
    [
        "update loop_move.items set message = message || '.'",
        "update loop_move.items set walk = walk + 1",
        "delete from loop_move.drafts where token = 'waits'",
        "update loop_move.drafts set owner = 'x' where token = 'waits'",
        "update loop_move.records set record = '[]' where kind = 'views'",
        "update loop_move.accounts set state = '{}'",
        "update loop_move.imports set skipped = '{}'",
        "insert into loop_move.tombstones values (1, 'never there', 1, 1) on conflict do nothing",
        """insert into loop_move.items select 7, id, user_id, message, sentiment, source, tag, status, created_at,
            extra, first_seen, open_at, resolved_by, walk, missing, change from loop_move.items
            on conflict do nothing""",
    ],
)
def test_a_row_that_differs_is_noticed(
    folder: Path, postgres_url: str, damage: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One that has another value, one that is missing, and one that was never there; nothing is put in its place."""
    monkeypatch.setattr(Wrong, "damage", damage)
    monkeypatch.setattr("loop_client.service.moving.PostgresDatabase", Wrong)

    assert moved(folder, postgres_url) == 1
    assert "are not what was moved, so nothing was put in its place" in capsys.readouterr().err
    with closing(Storage(folder, postgres_url)) as kept:
        assert kept.saved_views.all() == ()
        assert kept.drafts.in_states(DraftState) == []


def test_a_move_that_was_interrupted_is_begun_anew(
    folder: Path,
    both: tuple[Storage, Storage],
    postgres_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Nobody sees what it had written, and the next one finds an empty database."""

    def interrupt(one: Move) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        one._stopped.wait(10)  # noqa: SLF001 - the main thread sets it

    with monkeypatch.context() as patched:
        patched.setattr(Move, "_check", interrupt)
        assert moved(folder, postgres_url) == 1
    assert capsys.readouterr().err == "Interrupted: nothing was moved.\n"
    with closing(Storage(folder, postgres_url)) as kept:
        assert kept.saved_views.all() == ()
        assert kept.drafts.in_states(DraftState) == []

    assert moved(folder, postgres_url) == 0
    assert both[1].saved_views.all() == both[0].saved_views.all()


class Repeating(PostgresDatabase):
    """A database of whose first commits it is never known whether they were stored."""

    def write(self, act: object, *given: object) -> object:  # type: ignore[override]  # of any type
        """Write, and write again."""
        super().write(act, *given)  # type: ignore[arg-type]  # as given
        return super().write(act, *given)  # type: ignore[arg-type]  # as given


def test_each_step_of_a_move_may_be_made_again(
    folder: Path, both: tuple[Storage, Storage], postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database says of no commit whether it was stored, and all is there once."""
    monkeypatch.setattr("loop_client.service.moving.PostgresDatabase", Repeating)

    assert moved(folder, postgres_url) == 0
    assert both[1].drafts.in_states(DraftState) == both[0].drafts.in_states(DraftState)


@pytest.mark.parametrize("options", [(), ("--to", "mysql://u:secret-4711@h/loop")])
def test_a_move_needs_a_database(tmp_path: Path, options: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    """Without one, or with a wrong address, the command says how it is written."""
    assert main(["store", "move", "--data-dir", str(tmp_path), *options]) == 2
    err = capsys.readouterr().err
    assert "postgresql://user:password@host:5432/database" in err
    assert "secret-4711" not in err
