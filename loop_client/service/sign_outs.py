"""Sessions that people ended before their time, so that no copy of their cookie is good for anything any more."""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from loop_client.mirror import StoreError
from loop_client.service.record_file import FileKind
from loop_client.service.records import Records

if TYPE_CHECKING:
    from collections.abc import Callable

    from loop_client.mirror.store import PostgresDatabase
    from loop_client.service.sign_in import Session

READ_EVERY: Final = 2.0
"""Seconds after which a process looks for what others have written."""

MOST: Final = 20_000
"""Most sessions that are remembered; the ones that would end first are forgotten first."""

logger = logging.getLogger(__name__)


class SignOut(NamedTuple):
    """An ended session. `until`: when it would have ended by itself, in seconds since 1970."""

    number: str
    until: int


class SignOuts:
    """The ended sessions of all processes that share a data folder or a database."""

    def __init__(self, place: Path | PostgresDatabase, clock: Callable[[], float] = time.monotonic) -> None:
        """`place`: the data folder, in which a file is created with the first sign-out, or the database."""
        self._records = SignOutRecords(place / "sign_outs.db" if isinstance(place, Path) else place, KIND)
        self._clock = clock
        self._lock = threading.Lock()
        self._own: dict[str, None] = {}
        self._read_at, self._all = float("-inf"), frozenset[str]()

    def add(self, session: Session, now: float) -> bool:
        """Whether an end of a session was written down: it holds in this process at once, in others once they look."""
        with self._lock:
            self._own[session.number] = None
            if len(self._own) > MOST:
                del self._own[next(iter(self._own))]
        try:
            self._records.add(SignOut(session.number, int(session.until) + 1), int(now))
        except StoreError as error:
            logger.warning("A sign-out could not be written down, so other processes do not learn of it: %s", error)
            return False
        return True

    def has(self, session: Session) -> bool:
        """Whether the session was ended, as far as this process knows."""
        return session.number in self._own or session.number in self._all

    def is_due(self) -> bool:
        """Whether `read` should be called."""
        return self._clock() - self._read_at >= READ_EVERY

    def read(self) -> None:
        """Learn what other processes have written. What cannot be read now is read the next time."""
        self._read_at = self._clock()
        try:
            self._all = frozenset(one.number for one in self._records.all())
        except StoreError as error:
            logger.warning("The sign-outs of other processes cannot be read: %s", error)


class SignOutRecords(Records[SignOut]):
    """The ended sessions as they are stored, the one that would end first before the others."""

    def add(self, new: SignOut, now: int) -> None:
        """Add one, and forget those that have ended by themselves."""

        def add(known: list[SignOut]) -> None:
            left = {*known, new}
            known[:] = sorted((one for one in left if one.until > now), key=lambda one: one.until)[-MOST:]

        self._list.changed(add)


def _sign_out(number: object, until: object) -> SignOut:
    """The sign-out of a row."""
    if not isinstance(number, str) or not isinstance(until, int):
        raise TypeError((number, until))
    return SignOut(number, until)


KIND: Final = FileKind(
    name="sign-outs",
    table="sign_outs",
    columns="session text not null unique, until integer not null",
    application_id=0x4C4F4F53,  # "LOOS" in ASCII
    row=tuple,
    record=_sign_out,
)
