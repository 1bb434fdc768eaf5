"""The sandbox as a child process of the dashboard: reused at the next start, and restarted when it has died."""

from __future__ import annotations

import fcntl
import hmac
import http.client
import json
import logging
import os
import secrets
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import quote

from loop_client.sandbox.damage import set_aside
from loop_client.sandbox.handshake import API_KEY, FIRST_LINE, PORT_TAKEN, proof

if TYPE_CHECKING:
    from collections.abc import Iterator

START_WITHIN = 20.0
"""Seconds within which a child must listen."""

COMMAND = (sys.executable, "-m", "loop_client.sandbox", "--with-parent")

PEOPLE = Path(__file__).with_name("people.csv")
"""An example of what a team may know about the people of the sample items."""

ENDS = ("db", "db-wal", "db-shm", "json", "json.new", "lock", "log")
"""Endings of the names of its files."""

logger = logging.getLogger(__name__)


class SandboxError(Exception):
    """The sandbox is not running; the text has the reason."""


class LocalSandbox:
    """The sandbox of a folder, shared by all processes that use the folder.

    Port and key are in `folder/sandbox.json`, the items in `folder/sandbox.db`. The server on that port has to prove
    that it has the key before anything is sent to it.
    """

    def __init__(self, folder: Path) -> None:
        """Start nothing yet."""
        self._folder = folder
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self.database = folder / "sandbox.db"
        self._log = folder / "sandbox.log"
        self.port = 0
        self.api_key = ""
        self._oldest = ""

    @property
    def base_url(self) -> str:
        """The address that it listens on."""
        return f"http://127.0.0.1:{self.port}/v2"

    @property
    def account(self) -> str:
        """The name of its account; another one after its database was created anew, for example after damage."""
        return f"sandbox:{self.database.resolve()}#{self._oldest}"

    def ensure(self) -> None:
        """Find the folder's running sandbox, or start one on its last port, or on a free one.

        Raises:
            SandboxError: The folder cannot be written, or the child did not answer within 20 s.
        """
        with self._lock:
            try:
                # an existing folder may be shared with other programs, and keeps its permissions
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                with _locked(self._folder / "sandbox.lock"):
                    self._ensure()
                    self._oldest = self._oldest_item()
            except OSError as error:
                raise SandboxError(f"The sandbox cannot be started in {self._folder}: {error.strerror}.") from None

    def stop(self) -> None:
        """Stop the child that this object started, if any."""
        with self._lock:
            self._end_child()

    def _ensure(self) -> None:
        for file in (self._folder / f"sandbox.{end}" for end in ENDS):
            if file.exists() and not file.is_file():  # opening a pipe would wait forever
                raise SandboxError(f"The sandbox cannot be started: {file} is no file. Move it to another place.")
        self._remembered()
        if self.port and self._answers():
            return
        if self._child is not None:
            self._child.kill()  # it has died, or it hangs
        self._end_child()
        for end in ENDS:  # existing files may have other permissions
            with suppress(FileNotFoundError):  # a stopping sandbox deletes its write-ahead log
                (self._folder / f"sandbox.{end}").chmod(0o600)
        self.api_key = self.api_key or secrets.token_urlsafe(24)
        if self._start(self.port) == PORT_TAKEN:
            self._end_child()
            self._start(0)
        if not self.port or not self._answers():
            output = self._log.read_text(errors="replace").strip().splitlines()
            self._end_child()
            raise SandboxError(f"The sandbox did not start: {output[-1] if output else 'it printed nothing'}")
        self._remember()

    def _start(self, port: int) -> int | None:
        """Start a child and wait until it prints its address; return its exit code if it ended instead."""
        with _private(self._log) as log:
            self._child = subprocess.Popen(  # noqa: S603 - our own module
                [*COMMAND, "--port", str(port), "--db", str(self.database.absolute())],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env={**os.environ, "LOOP_SANDBOX_API_KEY": self.api_key},
                process_group=0,  # Ctrl-C ends our process first, then the child, whose input ends
            )
        self.port = 0
        deadline = time.monotonic() + START_WITHIN
        while self._child.poll() is None and time.monotonic() < deadline:
            if line := FIRST_LINE.search(self._log.read_bytes()):
                self.port = int(line[1])
                break
            time.sleep(0.02)
        return self._child.returncode

    def _end_child(self) -> None:
        """Stop the child by closing its input, or by killing it."""
        if self._child is None:
            return
        if self._child.stdin is not None:
            self._child.stdin.close()
        try:
            self._child.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._child = None

    def _answers(self) -> bool:
        """Whether the server on our port has our key."""
        challenge = secrets.token_hex(16)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", f"/proof/{challenge}")
            answer = connection.getresponse().read(100)
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        return hmac.compare_digest(answer, proof(self.api_key, challenge))

    def _oldest_item(self) -> str:
        """The id and time of the first item of its database."""
        address = f"file:{quote(str(self.database.absolute()))}?mode=ro"
        try:
            with closing(sqlite3.connect(address, uri=True)) as connection:
                found = connection.execute("select id, created_at from items order by n limit 1").fetchone()
        except (sqlite3.Error, UnicodeError) as error:
            raise SandboxError(f"The sandbox's items cannot be read: {error}.") from None
        return " ".join(map(str, found or ()))

    def _remembered(self) -> None:
        try:
            with (self._folder / "sandbox.json").open("rb") as file:
                stored = json.loads(file.read(10_000))
            port, api_key = int(stored["port"]), str(stored["api_key"])
        except FileNotFoundError:
            return
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
            port, api_key = 0, ""
        if 0 < port < 65536 and API_KEY.fullmatch(api_key):
            self.port, self.api_key = port, api_key
        else:
            new = set_aside(self._folder / "sandbox.json")
            logger.warning("sandbox.json cannot be read; it is now %s, and there is a new port and key", new.name)

    def _remember(self) -> None:
        new = self._folder / "sandbox.json.new"
        with _private(new) as file:
            file.write(json.dumps({"port": self.port, "api_key": self.api_key}).encode())
        new.replace(self._folder / "sandbox.json")


def _private(path: Path) -> BinaryIO:
    """Open an empty file that only its owner can read."""
    return os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a file lock, which the system releases when the process dies; other processes wait."""
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)
