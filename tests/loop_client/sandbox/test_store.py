"""The sandbox's database: how a page is read, and how damage is handled."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing, suppress
from hashlib import sha256
from itertools import combinations
from typing import TYPE_CHECKING

import pytest

from loop_client.sandbox.damage import DamagedError, StoreError, set_aside
from loop_client.sandbox.store import FILTERS, Store
from tests.sandboxes import row

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("names", [names for count in range(4) for names in combinations(FILTERS, count)])
def test_a_page_is_one_range_of_one_index(tmp_path: Path, names: tuple[str, ...]) -> None:
    """A page is one range of one index, without sorting, for any filters and depth."""
    with closing(Store(tmp_path / "sandbox.db")) as store:
        statements: list[str] = []
        reader = store._reader  # noqa: SLF001 - the plan must be that of this statement
        reader.set_trace_callback(statements.append)
        store.page(dict.fromkeys(names, "open"), 5, ("2026-06-19T00:00:12.000Z", 13))
        reader.set_trace_callback(None)
        plan = [step[3] for step in reader.execute(f"explain query plan {statements[0]}")]
    index = "by_all" if len(names) == 3 else "by_" + ("_and_".join(names) or "time")
    used = " AND ".join([*(f"{name}=?" for name in names), "(created_at,n)<(?,?)"])
    assert plan == [f"SEARCH items USING INDEX {index} ({used})"]


def _opened(path: Path) -> Store:
    """The store as the sandbox opens it."""
    try:
        return Store(path)
    except DamagedError:
        set_aside(path)
        return Store(path)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """An intact database with some items."""
    path = tmp_path_factory.mktemp("sound") / "sandbox.db"
    with closing(Store(path)) as store:
        store.load(row(number, message="größer " * 9) for number in range(30))
    return path.read_bytes()


def _flips(count: int, size: int) -> list[int]:
    """Reproducible pseudo-random bits, a third of them in the first page."""
    places = [int.from_bytes(sha256(str(number).encode()).digest()[:6], "big") for number in range(count)]
    return [place % (8 * (4096 if number % 3 == 0 else size)) for number, place in enumerate(places)]


def _survives(sound: bytes, path: Path, bit: int) -> None:
    content = bytearray(sound)
    content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(content)
    with closing(_opened(path)) as store:
        for filters in ({}, {"status": "open"}, {"tag": "exports", "sentiment": "negative"}):
            items, _ = store.page(filters, 100, None)
            assert all(isinstance(json.loads(item), dict) for item in items)
        assert len(store.page({}, 100, None)[0]) in {0, 30}
        created = json.loads(store.create({**row(1), "message": "new"}))
        assert json.loads(store.page({}, 1, None)[0][0])["id"] == created["id"]
    for file in path.parent.iterdir():
        file.unlink()


def test_a_flipped_bit_anywhere_stops_no_sandbox(sound: bytes, tmp_path: Path) -> None:
    """After any flipped bit the sandbox opens, lists and stores, with its items or as a new one."""
    for bit in _flips(60, len(sound)):
        _survives(sound, tmp_path / "sandbox.db", bit)


@pytest.mark.long
def test_no_flipped_bit_stops_a_sandbox(sound: bytes, tmp_path: Path) -> None:
    """The same holds for a thousand bits."""
    for bit in _flips(1000, len(sound)):
        _survives(sound, tmp_path / "sandbox.db", bit)


@pytest.mark.parametrize("content", [b"garbage" * 1000, b"SQLite format 3\x00\x10\x00\x02\x02\x00@  " + bytes(40)])
def test_a_database_that_is_none_is_set_aside(tmp_path: Path, content: bytes) -> None:
    """A file that is not a database is set aside, and a new one is made."""
    path = tmp_path / "sandbox.db"
    path.write_bytes(content)
    _opened(path).close()
    assert [file.read_bytes() for file in tmp_path.glob("sandbox.db.broken-*")] == [content]


def test_the_newest_three_damaged_files_are_kept(tmp_path: Path) -> None:
    """The newest three damaged files remain with their logs, and files with similar names too."""
    path = tmp_path / "sandbox.db"
    (tmp_path / "sandbox.db.broken-1").write_text("precious")
    for number in range(5):
        path.write_bytes(b"garbage %d" % number * 1000)
        (tmp_path / "sandbox.db-wal").write_bytes(b"log %d" % number)
        set_aside(path)
    aside = sorted(file.read_bytes()[:9] for file in tmp_path.iterdir())
    assert aside == [b"garbage 2", b"garbage 3", b"garbage 4", b"log 2", b"log 3", b"log 4", b"precious"]


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    """Another program's database, damaged or not, is neither written nor renamed."""
    path = tmp_path / "sandbox.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("create table precious (x)")
    intact = path.read_bytes()
    for content in (intact, intact[:100] + bytes(64) + intact[164:]):
        path.write_bytes(content)
        with pytest.raises(StoreError, match="not a sandbox's"):
            _opened(path)
        assert path.read_bytes() == content


def test_damage_while_it_is_used_is_noticed(sound: bytes, tmp_path: Path) -> None:
    """Damage found in use ends the server, and its next start makes a new file."""
    path, noticed = tmp_path / "sandbox.db", list[bool]()
    path.write_bytes(sound)
    with closing(Store(path)) as store:
        store.on_damage = lambda: noticed.append(True)
        path.write_bytes(sound[:4096] + bytes(len(sound) - 4096))
        with suppress(sqlite3.Error):
            store.page({}, 100, None)
            store.create(row(1))
    assert noticed
