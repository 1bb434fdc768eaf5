"""The sockets of a process to its database: watched while they are opened, and cut where that takes too long."""

from __future__ import annotations

import os
import socket
import stat
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from adbc_driver_manager import Error, OperationalError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

CONNECTED_WITHIN: Final = 10.0
"""Seconds after which an attempt to connect is cut: `connect_timeout` counts twice, and not for the first answers."""

NO_ANSWER: Final = "it did not answer in time"


class Sockets:
    """The sockets that lead to one of these ports."""

    def __init__(self, ports: AbstractSet[str]) -> None:
        """Look at nothing yet."""
        self._ports = ports

    @contextmanager
    def watched(self) -> Iterator[dict[int, int]]:
        """The sockets there are; those that are opened in the block are cut where it takes too long."""
        before, is_late = self.open(), threading.Event()
        timer = threading.Timer(CONNECTED_WITHIN, self._cut, (before, is_late))
        timer.daemon = True
        timer.start()
        try:
            yield before
        except Error as error:
            if is_late.is_set() or "timeout expired" in str(error):  # as libpq says after `connect_timeout`
                raise OperationalError(NO_ANSWER, status_code=0) from error
            raise
        finally:
            timer.cancel()

    def _cut(self, before: dict[int, int], is_late: threading.Event) -> None:
        is_late.set()
        for number, identity in self.open().items() - before.items():
            if (one := handle(number, identity)) is not None:
                with one, suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def open(self) -> dict[int, int]:
        """The open sockets to the database: file number → identity; none where the system does not list them."""
        found: dict[int, int] = {}
        with suppress(OSError):
            for number in [int(file.name) for file in Path("/dev/fd").iterdir()]:
                with suppress(OSError):
                    if stat.S_ISSOCK((about := os.fstat(number)).st_mode) and _peer_port(number) in self._ports:
                        found[number] = about.st_ino
        return found


def _peer_port(number: int) -> str | None:
    """The port to which an open socket leads."""
    with socket.socket(fileno=os.dup(number)) as copy:
        peer = copy.getpeername()
    return str(peer[1]) if isinstance(peer, tuple) else str(peer).rpartition(".s.PGSQL.")[2]


def handle(number: int, identity: int) -> socket.socket | None:
    """A handle of our own of an open socket; None where that was closed meanwhile."""
    with suppress(OSError):
        copy = socket.socket(fileno=os.dup(number))
        if os.fstat(copy.fileno()).st_ino == identity:
            return copy
        copy.close()
    return None
