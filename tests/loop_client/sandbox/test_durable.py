"""An acknowledged create survives a kill -9 at any time."""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.loop_client.sandbox.processes import started
from tests.loop_client.sandbox.test_create import PLAIN

if TYPE_CHECKING:
    from pathlib import Path

KEY = {"Authorization": "Bearer k"}


def all_ids(url: str) -> list[str]:
    """The ids of all items, newest first."""
    found: list[str] = []
    parameters = {"limit": "100"}
    with httpx.Client(headers=KEY) as client:
        while True:
            page = client.get(f"{url}/feedback", params=parameters).raise_for_status().json()
            found += [item["id"] for item in page["data"]]
            if not page["hasMore"]:
                return found
            parameters["cursor"] = page["nextCursor"]


def create_until_killed(url: str, acknowledged: list[str], enough: threading.Event) -> None:
    """Create items and record the acknowledged ones until the server is killed."""
    with httpx.Client(headers=KEY, timeout=10) as client:
        while True:
            try:
                answer = client.post(f"{url}/feedback", json=PLAIN)
            except httpx.TransportError:
                return
            acknowledged.append(answer.raise_for_status().json()["id"])
            enough.set()


def check_kills(database: Path, kills: int) -> None:
    """Kill a server at random moments while four clients create, and compare its items after each restart."""
    moments = random.Random(1)  # noqa: S311 - no secret
    options = ("--db", database, "--items", 0, "--api-key", "k")
    acknowledged: list[str] = []
    for _ in range(kills):
        with started(*options) as (process, url):
            enough = threading.Event()
            clients = [
                threading.Thread(target=create_until_killed, args=(url, acknowledged, enough), daemon=True)
                for _ in range(4)
            ]
            for client in clients:
                client.start()
            assert enough.wait(10)
            threading.Event().wait(moments.uniform(0, 0.1))  # at a random point during creates
            process.kill()
            for client in clients:
                client.join(timeout=15)
                assert not client.is_alive()
        with started(*options) as (_, url):
            found = all_ids(url)
        assert len(found) == len(set(found))
        assert set(acknowledged) <= set(found)
        assert len(found) <= len(acknowledged) + 4 * kills, "only what was under way at a kill may be there besides"


def test_an_acknowledged_create_survives_a_kill(tmp_path: Path) -> None:
    """After two kills during creates the sandbox has every acknowledged item."""
    check_kills(tmp_path / "s.db", 2)


@pytest.mark.long
def test_acknowledged_creates_survive_many_kills(tmp_path: Path) -> None:
    """The same holds for sixty kills."""
    check_kills(tmp_path / "s.db", 60)
