"""A dashboard whose data is in PostgreSQL, with a second one beside it, and the commands over the same database."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import pytest

from loop_client.__main__ import main
from loop_client.mirror.store import DraftState
from loop_client.service import Config, Draft, Marker, SavedView, Session, Storage
from tests.drafts import draft_row
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from loop_client.mirror.store import Store
    from loop_client.service import Service


@pytest.fixture
def storage(tmp_path: Path, postgres_url: str) -> Iterator[Storage]:
    """What is stored in a new database."""
    opened = Storage(tmp_path, postgres_url)
    yield opened
    opened.close()


@pytest.fixture
def shell(postgres_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., int]:
    """A function that runs a command over that database."""
    monkeypatch.setenv("LOOP_STORE_URL", postgres_url)
    monkeypatch.setenv("LOOP_DATA_DIR", str(tmp_path))
    return lambda *arguments: main([*arguments])


def store_in(storage: Storage) -> Store:
    """The items in the database."""
    store = storage.store()
    assert not isinstance(store, str)
    return store


def test_two_dashboards_share_one_database(
    started: Callable[[Callable[[], Config]], Service], sample: Path, postgres_url: str
) -> None:
    """One syncs and sends, the other shows what is there; once the first has ended, the other one sends."""
    services = [started(lambda: Config(folder=sample, store_url=postgres_url)) for _ in range(2)]
    until(lambda: [len(one.snapshot().frame) for one in services] == [5, 5])
    first, second = services
    first.submit("one", Draft("u_1", "Written in the first"))
    until(lambda: (found := second.submission("one")) is not None and found.state == DraftState.STORED)
    first.saved_views().save("Exports", "tag=exports", 3)  # type: ignore[union-attr]  # it is connected
    until(lambda: second.saved_views().all() == (SavedView("Exports", "tag=exports", 3),))  # type: ignore[union-attr]
    first.stop()
    second.submit("two", Draft("u_1", "Written in the second"))
    second.check_now()  # otherwise it looks whether it may sync within ten seconds
    until(lambda: (found := second.submission("two")) is not None and found.state == DraftState.STORED, 40)

    assert {file.name for file in sample.iterdir()} <= {
        "mirror.db.arrow",
        *(f"sandbox.{end}" for end in ("db", "db-wal", "db-shm", "json", "lock", "log")),
    }


def test_commands_use_the_database(
    shell: Callable[..., int], storage: Storage, sample: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Markers and drafts of the database are listed, and exported items are stored there."""
    assert shell("marker", "add", "2026-01-31", "v4.2") == 0
    assert storage.markers.all() == (Marker(date(2026, 1, 31), "v4.2"),)
    assert shell("outbox") == 0
    assert shell("export", "--sandbox", "--format", "json") == 0
    captured = capfd.readouterr()
    items = store_in(storage).items(1)

    assert f"in the database at {storage.database.name}" in captured.out  # type: ignore[union-attr]
    assert len(items) == 5
    assert not (sample / "mirror.db").exists()
    assert not (sample / "markers.db").exists()


def test_digests_use_the_saved_views_of_the_database(
    shell: Callable[..., int], storage: Storage, sample: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """By name; another name is refused with those that there are."""
    assert sample.exists()
    storage.saved_views.save("Ours", "/inbox?view=all", 1)
    found = [shell("digest", "--sandbox", "--saved-view", name, "--format", "json") for name in ("Ours", "Theirs")]

    assert found[0] in {0, 10}
    assert found[1] == 2
    assert json.loads(capfd.readouterr().out)["filters"]["saved_view"] == "Ours"


def test_a_sign_out_is_known_in_every_process(storage: Storage, tmp_path: Path, postgres_url: str) -> None:
    """Without a file in the data folder."""
    storage.sign_outs.add(Session("number", "lena@example.com", until=2_000), now=1_000)
    other = Storage(tmp_path, postgres_url)
    other.sign_outs.read()
    is_known = other.sign_outs.has(Session("number", "lena@example.com", until=2_000))
    other.close()

    assert is_known
    assert [*tmp_path.iterdir()] == []


def test_purge_empties_the_database(
    shell: Callable[..., int], storage: Storage, sample: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Items and Arrow copy go; the outbox only if asked for; views and markers stay."""
    assert sample.exists()
    assert shell("export", "--sandbox", "--format", "json", "--output", str(sample / "items.json")) == 0
    storage.markers.add(date(2026, 1, 31), "v4.2")
    storage.drafts.add([draft_row("one", "the account")])
    codes = [shell("purge")]
    left = storage.drafts.find("one")
    codes.append(shell("purge", "--outbox"))

    assert codes == [0, 0]
    assert store_in(storage).count(1) == 0
    assert left is not None
    assert storage.drafts.find("one") is None
    assert len(storage.markers.all()) == 1
    assert not (sample / "mirror.db.arrow").exists()
    out = capfd.readouterr().out
    assert "5 items" in out
    assert "0 items and 1 drafts" in out


@pytest.mark.parametrize("options", [(), ("--outbox",), ("--person", "u_1")])
def test_a_database_in_use_is_left_alone(
    shell: Callable[..., int], storage: Storage, options: tuple[str, ...], capfd: pytest.CaptureFixture[str]
) -> None:
    """While another process has the lease, the command refuses with a sentence."""
    assert storage.lease is not None
    assert storage.lease.take()
    storage.drafts.add([draft_row("one", "the account")])

    assert shell("purge", *options) == 1
    assert "A dashboard is using the copy in the database at 127.0.0.1" in capfd.readouterr().err
    assert storage.drafts.find("one") is not None
    storage.lease.close()


def test_a_person_is_deleted_from_the_database(
    shell: Callable[..., int], storage: Storage, sample: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Items, drafts, saved views and markers that name them, and the Arrow copy."""
    assert shell("export", "--sandbox", "--format", "json", "--output", str(sample / "items.json")) == 0
    store = store_in(storage)
    person = store.items(1)["user_id"][0].as_py()
    storage.drafts.add([draft_row("one", "the account", user_id=person), draft_row("two", "the account")])
    storage.saved_views.save("Theirs", f"/inbox?user={person}", 1)
    storage.saved_views.save("Ours", "/inbox", 1)
    storage.markers.add(date(2026, 1, 31), person)

    assert shell("purge", "--person", person) == 0
    assert person not in store.items(1)["user_id"].to_pylist()
    assert [row.token for row in storage.drafts.in_states(DraftState)] == ["two"]
    until(lambda: [view.name for view in storage.saved_views.all()] == ["Ours"])
    until(lambda: storage.markers.all() == ())
    assert not (sample / "mirror.db.arrow").exists()
    assert "drafts of the outbox: 1 waiting" in capfd.readouterr().out
