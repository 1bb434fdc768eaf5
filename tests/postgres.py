"""Real PostgreSQL servers for tests: on loopback, in a temporary folder, ended with the test that started them."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from adbc_driver_postgresql import dbapi

from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

HOW_TO_GET_ONE: Final = "no PostgreSQL server found; on Debian: sudo apt-get install postgresql"
PROGRAMS: Final = ("initdb", "postgres", "pg_ctl", "pg_basebackup")
STANDBY: Final = "standby"
"""The name by which a primary knows its standby."""
UNPRIVILEGED: Final = "postgres"
"""The user of Debian's package, as whom the servers of root run: PostgreSQL refuses root."""
START_SECONDS: Final = 30.0
ON_DISK: Final = "/var/tmp"  # noqa: S108 - each server makes a folder of its own in it
SETTINGS: Final = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_buffers": "16MB",
    "max_connections": "60",
    "wal_keep_size": "128MB",  # for a standby that was away
    "dynamic_shared_memory_type": "mmap",  # in the folder: nothing is left of a killed server
}


def programs() -> Path | None:
    """The folder of the server's programs: of PATH, of Debian's newest version, or of `pg_config`; None without one."""
    found = [Path(name).resolve().parent for name in [shutil.which("initdb")] if name]
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    found += sorted(versions, key=lambda folder: float(folder.parent.name), reverse=True)
    if config := shutil.which("pg_config"):
        asked = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=False)
        found += [Path(asked.stdout.strip())]
    usable = (folder for folder in found if all((folder / name).exists() for name in PROGRAMS))
    return next(usable, None) if os.geteuid() != 0 or (_user() and shutil.which("setpriv")) else None


def _user() -> pwd.struct_passwd | None:
    """As whom the programs of root run; None for all others, and where root has nobody to run them."""
    try:
        return pwd.getpwnam(UNPRIVILEGED) if os.geteuid() == 0 else None
    except KeyError:
        return None


def _as_user() -> list[str]:
    """What stands before a command.

    The options of `subprocess` for this would copy the whole process of the tests first, which needs its memory twice.
    """
    user = _user()
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"] if user else []


class Server:
    """One server and its folder. Linux's `/proc` is needed to kill or freeze it."""

    def __init__(self, folder: Path, *, durable: bool, name: str = "primary") -> None:
        """Reserve a port, for as long as the server exists: no other program gets it while the server is down."""
        self.folder = folder
        self.standbys: list[Server] = []
        self._durable = durable
        self._name = name
        self._process: subprocess.Popen[bytes] | None = None
        self._reserved = (
            socket.socket()
        )  # bound without listening, which leaves the port to a server that is asked for it
        self._reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._reserved.bind(("127.0.0.1", 0))
        self.port: int = self._reserved.getsockname()[1]

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.folder / "data"

    @property
    def log(self) -> str:
        """All that the server has logged."""
        file = self.folder / "server.log"
        return file.read_text("utf-8", "replace") if file.exists() else ""

    @property
    def url(self) -> str:
        """The URL of its database `postgres`."""
        return self.url_of("postgres")

    def url_of(self, database: str) -> str:
        """The URL of one of its databases."""
        return f"postgresql://loop@127.0.0.1:{self.port}/{database}"

    def ask(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """The rows of one statement, which is committed at once, over a connection of its own."""
        url = f"{self.url_of(database)}?connect_timeout=10"
        with closing(dbapi.connect(url, autocommit=True)) as connection, connection.cursor() as cursor:
            cursor.adbc_statement.set_options(**{"adbc.postgresql.use_copy": False})
            cursor.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []

    def new_database(self) -> str:
        """The URL of a new, empty database. While a standby is away, it would wait for it."""
        name = f"loop_{secrets.token_hex(6)}"
        self.ask(f"create database {name}")
        return self.url_of(name)

    def drop(self, url: str) -> None:
        """Drop a database and end its connections."""
        self.ask(f"drop database if exists {url.rpartition('/')[2]} with (force)")

    def start(self) -> None:
        """Start, and wait until it answers. It ends with the thread that started it, even if that is killed."""
        settings = {**SETTINGS, "port": str(self.port), "cluster_name": self._name}
        settings["fsync"] = "on" if self._durable else "off"
        with_parent = [*(_as_user() or ["setpriv"]), "--pdeathsig=QUIT"] if shutil.which("setpriv") else []
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*with_parent, _program("postgres"), "-D", str(self.data), *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                start_new_session=True,  # Ctrl-C ends the tests first
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                log_so_far = self.log
                self.kill()
                raise AssertionError(f"PostgreSQL did not start:\n{log_so_far}")
            time.sleep(0.01)

    def _ready(self) -> bool:
        """Whether the file by which `pg_ctl` waits says so, of this process."""
        assert self._process is not None
        try:
            lines = (self.data / "postmaster.pid").read_text().split("\n")
        except FileNotFoundError:
            return False
        return lines[0] == str(self._process.pid) and len(lines) > 7 and lines[7].strip() == "ready"

    def stop(self) -> None:
        """Stop as an administrator would: transactions are ended, data is written. A server that is down stays so."""
        if self._process is None or self._process.poll() is not None:
            return
        self.wake()
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(timeout=START_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End all its processes at once, as if the machine had vanished."""
        if self._process is None or self._process.poll() is not None:
            return
        processes = self.freeze()
        for process in processes:
            _signal(process, signal.SIGKILL)
        self._process.wait(timeout=START_SECONDS)
        until(lambda: not any(map(_alive, processes)))

    def freeze(self) -> list[int]:
        """Stop all its processes where they are; connections stay open and nothing answers. Gives their ids."""
        assert self._process is not None
        main = self._process.pid
        _signal(main, signal.SIGSTOP)  # first, so that it starts no other
        until(lambda: _state(main) in {"T", ""})
        processes = self.processes()
        for process in processes:
            _signal(process, signal.SIGSTOP)
        until(lambda: all(_state(process) in {"T", "Z", ""} for process in processes))
        return processes

    def wake(self) -> None:
        """Let a frozen server go on."""
        for process in reversed(self.processes()):
            _signal(process, signal.SIGCONT)

    def processes(self) -> list[int]:
        """The ids of its processes, the first of which started the others."""
        if self._process is None or self._process.poll() is not None:
            return []
        main = self._process.pid
        every = [int(path.name) for path in Path("/proc").glob("[0-9]*")]
        return [main, *(process for process in every if _stat(process)[1:2] == [str(main)])]

    def standby(self) -> Server:
        """A new server that streams from this one, whose commits wait for it from now on."""
        made = Server(_new_folder(durable=self._durable), durable=self._durable, name=STANDBY)
        self.standbys.append(made)
        _run("pg_basebackup", "-D", str(made.data), "-d", self.url, "-R", "-c", "fast", "--no-sync", within=made.folder)
        with (made.data / "postgresql.auto.conf").open("a") as file:
            # copied from a primary that has a standby already; a promoted server would wait for it
            file.write("synchronous_standby_names = ''\n")
        made.start()
        self.ask(f"alter system set synchronous_standby_names = '{STANDBY}'")
        self.ask("select pg_reload_conf()")
        until(lambda: self.ask("select 1 from pg_stat_replication where sync_state = 'sync'"))
        return made

    def promote(self) -> None:
        """Make this standby a primary of its own, as somebody does by hand; it waits for no standby."""
        _run("pg_ctl", "promote", "-D", str(self.data), "-w", "-t", f"{START_SECONDS:.0f}", within=self.folder)

    def end(self) -> None:
        """End it and its standbys, and delete all that they have."""
        for standby in self.standbys:
            standby.end()
        self.stop()
        self._reserved.close()
        _forget_memory(self.data / "postmaster.pid")
        shutil.rmtree(self.folder, ignore_errors=True)


def url_of(primary: Server, standby: Server, database: str = "postgres") -> str:
    """The URL with both hosts, in this order, that leads to the one that takes writes."""
    hosts = f"127.0.0.1:{primary.port},127.0.0.1:{standby.port}"
    return f"postgresql://loop@{hosts}/{database}?target_session_attrs=read-write&connect_timeout=2"


@contextmanager
def running_server(*, durable: bool = False) -> Iterator[Server]:
    """A server that runs until the block ends, with the standbys that were made of it.

    `durable` is for tests of failover: commits wait for the disk, as where people run it, so that a kill finds them at
    every point of their way. Without, nothing is written through, and the folder is in memory where there is room.
    Its order of text is that of English, as many servers have it, and not that of bytes.
    """
    server = Server(_new_folder(durable=durable), durable=durable)
    try:
        locale = ["--encoding=UTF8", "--no-locale", "--locale-provider=icu", "--icu-locale=en-US"]
        least = ["--auth=trust", "--no-sync", "--no-instructions", "--wal-segsize=1"]
        _run("initdb", "-D", str(server.data), "-U", "loop", *locale, *least, within=server.folder)
        server.start()
        yield server
    finally:
        server.end()


def _new_folder(*, durable: bool) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="loop-postgres-", dir=ON_DISK if durable else None))
    if user := _user():
        os.chown(folder, user.pw_uid, user.pw_gid)
    return folder


def _program(name: str) -> str:
    folder = programs()
    assert folder is not None, HOW_TO_GET_ONE
    return str(folder / name)


def _run(name: str, *arguments: str, within: Path) -> None:
    """Run one of the server's programs to its end, as the user of the server."""
    command = [*_as_user(), _program(name), *arguments]
    ended = subprocess.run(command, cwd=within, capture_output=True, text=True, check=False, timeout=120)
    assert ended.returncode == 0, f"{' '.join(command)}:\n{ended.stdout}{ended.stderr}"


def _signal(process: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, number)


def _stat(process: int) -> list[str]:
    """A process's state, parent and what follows in `/proc/…/stat`; empty if there is none."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _state(process: int) -> str:
    return next(iter(_stat(process)), "")


def _alive(process: int) -> bool:
    return _state(process) not in {"", "Z"}


def _forget_memory(left: Path) -> None:
    """Give back the piece of shared memory that a killed server leaves, of which this file has the id."""
    with suppress(FileNotFoundError, IndexError):
        number = left.read_text().split("\n")[6].split()[1]
        subprocess.run([shutil.which("ipcrm") or "ipcrm", "-m", number], check=False, capture_output=True)
