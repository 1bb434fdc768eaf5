"""Marks that identify a database: as ours or another program's, as a newer version's, as damaged."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from loop_client.mirror.errors import BrokenStoreError, StoreError

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from pathlib import Path

SQLITE, FRACTIONS = b"SQLite format 3\x00", b"@  "
"""The first bytes of every SQLite header, and its bytes 21 to 23."""

HEADER = 100
"""Bytes of the header."""

NEWEST_IMAGINABLE = 1000
"""A higher version means damage: no program will ever write it."""


class Mark(NamedTuple):
    """The application id in the header, and the definitions of the tables: a flipped bit damages only one of them.

    Versions must differ in at least two bits (1, 2, 4, 7, …), so that a flipped bit never makes a newer version.
    `earlier`: versions that this one takes over.
    """

    application_id: int
    version: int
    schema: tuple[str, ...]
    earlier: tuple[int, ...] = ()

    def is_on(self, path: Path) -> bool:
        """Whether a file is ours, by its first bytes: opening it as a database could change its side files."""
        head = _head(path)
        return head[68:72] == self.application_id.to_bytes(4, "big") or any(one.encode() in head for one in self.schema)

    def refuse_another_programs(self, path: Path) -> None:
        """Raise StoreError if a file has the header of a database, but none of our marks."""
        head = _head(path)
        is_a_database = len(head) >= HEADER and head.startswith(SQLITE) and head[21:24] == FRACTIONS
        if is_a_database and not self.is_on(path):
            raise self._foreign(path)

    def judge(self, path: Path, application_id: int, version: int, found: AbstractSet[str]) -> bool:
        """Whether the header of a file with these definitions is correct; False also for a new file.

        Raises:
            StoreError: It is another program's, or a newer version's.
            BrokenStoreError: It is ours, but damaged.
        """
        if not found and not application_id:
            return False
        is_complete = found >= {*self.schema}
        if application_id != self.application_id and found.isdisjoint(self.schema):
            raise self._foreign(path)
        is_flipped = is_complete and any((version ^ one).bit_count() == 1 for one in (self.version, *self.earlier))
        if self.version < version <= NEWEST_IMAGINABLE and not is_flipped:
            raise StoreError(f"{path} was written by a newer version of this program. Start that one.")
        if not is_complete:
            raise BrokenStoreError(f"{path} is damaged: its tables are not those of this program.")
        return (application_id, version) == (self.application_id, self.version)

    @staticmethod
    def _foreign(path: Path) -> StoreError:
        return StoreError(f"{path} is another program's database. Choose another folder with LOOP_DATA_DIR.")


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(1 << 16)
