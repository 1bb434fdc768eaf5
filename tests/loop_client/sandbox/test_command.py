"""The sandbox command: every option, its first line, and its errors."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.loop_client.sandbox.processes import run, started
from tests.loop_client.sandbox.test_create import PLAIN

if TYPE_CHECKING:
    from pathlib import Path


def headers(key: str) -> dict[str, str]:
    """The headers of a request with this key."""
    return {"Authorization": f"Bearer {key}"}


def test_its_first_two_lines_are_its_url_and_its_key(tmp_path: Path) -> None:
    """The first two lines are the URL and a new key, and an interrupt ends the command without a traceback."""
    keys = []
    for _ in range(2):
        with started("--db", tmp_path / "new" / "sandbox.db", "--items", 30) as (process, base_url):
            assert process.stdout is not None
            found = re.fullmatch(r"API key (\S{32})\n", process.stdout.readline())
            assert found
            keys.append(found[1])
            page = httpx.get(f"{base_url}/feedback?limit=100", headers=headers(found[1])).json()
            assert len(page["data"]) == 30
        assert process.returncode == 0
    assert keys[0] != keys[1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_in_good_order(tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl-C and TERM end it with code 0, without output, and with its write-ahead log merged."""
    with started("--db", tmp_path / "s.db", "--items", 0, "--api-key", "k") as (process, url):
        assert httpx.post(f"{url}/feedback", json=PLAIN, headers=headers("k")).status_code == 201
        process.send_signal(number)
        assert process.communicate(timeout=20) == ("", "")
        assert process.returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["s.db"]


def test_a_given_key_opens_it_and_is_not_printed(tmp_path: Path) -> None:
    """With --api-key that key is used, and only the first line is printed."""
    with started("--db", tmp_path / "s.db", "--items", 0, "--api-key", "my-key") as (process, base_url):
        assert httpx.get(f"{base_url}/feedback", headers=headers("my-key")).json()["data"] == []
        assert httpx.get(f"{base_url}/feedback", headers=headers("other")).status_code == 401
        process.terminate()
        assert process.stdout is not None
        assert process.stdout.read() == ""


def test_the_port_is_the_requested_one(tmp_path: Path) -> None:
    """With --port it listens there, only on 127.0.0.1."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with started("--db", tmp_path / "s.db", "--items", 0, "--port", port) as (_, base_url):
        assert base_url == f"http://127.0.0.1:{port}/v2"
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"http://127.0.0.2:{port}/v2/feedback")


def test_the_seed_decides_on_the_sample(tmp_path: Path) -> None:
    """The same seed gives the same messages, and another one others."""
    messages = []
    for number, seed in enumerate((5, 5, 6)):
        options = ("--db", tmp_path / f"{number}.db", "--items", 20, "--seed", seed, "--api-key", "k")
        with started(*options) as (_, base_url):
            data = httpx.get(f"{base_url}/feedback", headers=headers("k")).json()["data"]
            messages.append([item["message"] for item in data])
    assert messages[0] == messages[1] != messages[2]


def test_it_is_slow_limited_and_faulty_as_configured(tmp_path: Path) -> None:
    """--latency-ms, --rate-limit, --quota and --error-rate reach the server."""
    shared = ("--items", 0, "--api-key", "k")
    limits = ("--latency-ms", 200, "--rate-limit", 2, "--quota", 1)
    with started("--db", tmp_path / "a.db", *shared, *limits) as (_, url), httpx.Client(headers=headers("k")) as client:
        created = client.post(f"{url}/feedback", json=PLAIN)
        assert created.status_code == 201
        assert created.elapsed.total_seconds() >= 0.2
        assert client.post(f"{url}/feedback", json=PLAIN).json()["error"]["type"] == "quota_exceeded"
        assert client.post(f"{url}/feedback", json=PLAIN).json()["error"]["type"] == "rate_limited"
    with started("--db", tmp_path / "b.db", *shared, "--error-rate", 1) as (_, url):
        assert httpx.get(f"{url}/feedback", headers=headers("k")).status_code == 500


def test_an_answer_does_not_wait_for_an_acknowledgement(tmp_path: Path) -> None:
    """On an open connection the median answer takes far less than the 40 ms of a delayed ACK."""
    options = ("--db", tmp_path / "s.db", "--items", 0, "--api-key", "k")
    with started(*options) as (_, url), httpx.Client(headers=headers("k")) as client:
        took = [client.get(f"{url}/feedback").elapsed.total_seconds() for _ in range(60)]
    assert min(took[20:]) < 0.03  # the first ones are acknowledged at once, and on a busy machine some others wait


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--port", "x"), "--port: must be a number from 0 to 65535"),
        (("--port", "65536"), "--port: must be a number from 0 to 65535"),
        (("--items", "-1"), "--items: must be a number from 0 to 10000000"),
        (("--seed", "one"), "--seed: invalid int value: 'one'"),
        (("--latency-ms", "nan"), "--latency-ms: must be a number from 0 to 60000"),
        (("--rate-limit", "1.5"), "--rate-limit: must be a number from 0 to 1000000000"),
        (("--quota", "-1"), "--quota: must be a number from 0 to 1000000000"),
        (("--error-rate", "2"), "--error-rate: must be a number from 0 to 1"),
        (("--api-key", "two words"), "--api-key: must be printable ASCII without spaces"),
        (("--api-key", "clé"), "--api-key: must be printable ASCII without spaces"),
        (("--nonsense",), "unrecognized arguments: --nonsense"),
        (("resolve",), "the following arguments are required: ID"),
    ],
)
def test_a_wrong_option_is_named_in_one_sentence(options: tuple[str, ...], says: str) -> None:
    """An invalid option is exit code 2 and one line that names it."""
    ended = run(*options)
    assert ended.returncode == 2
    assert says in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert ended.stdout == ""


def test_a_port_in_use_is_reported(tmp_path: Path) -> None:
    """A port in use is exit code 3 and one sentence."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        ended = run("--db", tmp_path / "s.db", "--items", 0, "--port", port)
    assert (ended.returncode, ended.stdout) == (3, "")
    assert ended.stderr == f"Port {port} cannot be used: Address already in use.\n"


def test_a_database_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    """A foreign, newer or invalid database is exit code 1 and one sentence, and stays untouched."""
    other, newer, text = tmp_path / "other.db", tmp_path / "newer.db", tmp_path / "notes.txt"
    text.write_text("Remember the milk. " * 50)
    with started("--db", newer, "--items", 0):
        pass
    for path, statement in ((other, "create table t (x)"), (newer, "pragma user_version = 99")):
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(statement)
            connection.commit()
    for path, says in (
        (other, "is not a sandbox's"),
        (newer, "was written by a newer version"),
        (text, "cannot be used: file is not a database"),
    ):
        before = path.read_bytes()
        ended = run("--db", path)
        assert (ended.returncode, ended.stdout) == (1, "")
        assert ended.stderr == f"The database {path} {says}.\n"
        assert path.read_bytes() == before


def test_a_database_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    """A folder in place of the database, or a file in place of its folder, is exit code 1 and one sentence."""
    (tmp_path / "file").touch()
    for path, says in ((tmp_path, "Is a directory"), (tmp_path / "file" / "folder" / "s.db", "Not a directory")):
        ended = run("--db", path)
        assert (ended.returncode, ended.stdout) == (1, "")
        assert ended.stderr == f"The database {path} cannot be used: {says}.\n"


def test_a_full_disk_is_reported(tmp_path: Path) -> None:
    """On a full disk the start ends with exit code 1 and one sentence, without a traceback."""
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000));"
        "from loop_client.sandbox.__main__ import main; sys.exit(main(sys.argv[1:]))"
    )
    ended = run("--db", tmp_path / "s.db", program=(sys.executable, "-c", code))
    assert (ended.returncode, ended.stdout) == (1, "")
    assert re.fullmatch(r"The database \S+ cannot be used: [^\n]+\.\n", ended.stderr)


def test_items_are_resolved_from_the_shell_while_it_runs(tmp_path: Path) -> None:
    """`resolve` marks items in the database of a running sandbox, and reports unknown ids."""
    database = tmp_path / "s.db"
    with started("--db", database, "--items", 0, "--api-key", "k") as (_, url):
        item = httpx.post(f"{url}/feedback", json=PLAIN, headers=headers("k")).json()
        ended = run("resolve", "--db", database, item["id"], "fb_none")
        assert (ended.returncode, ended.stdout) == (1, "Resolved 1 of 2 items.\n")
        assert ended.stderr == "There is no item fb_none.\n"
        assert run("resolve", "--db", database, os.fsdecode(b"\xff")).stderr == "There is no item \\udcff.\n"
        assert run("resolve", "--db", database, item["id"]).returncode == 0
        found = httpx.get(f"{url}/feedback?status=resolved", headers=headers("k")).json()
    assert found["data"] == [{**item, "status": "resolved"}]


def test_resolve_makes_no_database(tmp_path: Path) -> None:
    """Without a database `resolve` reports that, and makes none."""
    ended = run("resolve", "--db", tmp_path / "s.db", "fb_1")
    assert (ended.returncode, ended.stderr) == (1, f"There is no database {tmp_path / 's.db'}.\n")
    assert not (tmp_path / "s.db").exists()
