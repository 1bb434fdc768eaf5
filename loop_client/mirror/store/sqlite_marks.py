"""How a database says that it is ours: not another program's, not a newer version's, not damaged."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from loop_client.mirror.errors import BrokenStoreError, StoreError

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from pathlib import Path

SQLITE, FRACTIONS = b"SQLite format 3\x00", b"@  "
"""How every header of SQLite begins, and its bytes 21 to 23."""

HEADER = 100
"""Bytes of it."""

NEWEST_IMAGINABLE = 1000
"""A higher version is damage: no program will ever have written it."""


class Mark(NamedTuple):
    """A number in the header of the file, and the definitions of its tables: a flipped bit can spoil one of them alone.

    Versions must differ from each other in two bits at least (1, 2, 4, 7, …), so that a flipped bit in today's is never
    a newer one.
    """

    application_id: int
    version: int
    schema: tuple[str, ...]

    def is_on(self, path: Path) -> bool:
        """Whether a file is ours, by its first bytes: to open it as a database could change what is beside it."""
        head = _head(path)
        return head[68:72] == self.application_id.to_bytes(4, "big") or any(one.encode() in head for one in self.schema)

    def refuse_another_programs(self, path: Path) -> None:
        """Raise StoreError where a file has the header of a database, and none of our marks."""
        head = _head(path)
        is_a_database = len(head) >= HEADER and head.startswith(SQLITE) and head[21:24] == FRACTIONS
        if is_a_database and not self.is_on(path):
            raise self._foreign(path)

    def judge(self, path: Path, application_id: int, version: int, found: AbstractSet[str]) -> bool:
        """Whether the header is as it should be, of a file with these definitions; False too where it is a new one.

        Raises:
            StoreError: It is another program's, or a newer version's; BrokenStoreError: it is ours and damaged.
        """
        if not found and not application_id:
            return False
        is_complete = found >= {*self.schema}
        if application_id != self.application_id and found.isdisjoint(self.schema):
            raise self._foreign(path)
        spoiled = is_complete and (version ^ self.version).bit_count() == 1
        if self.version < version <= NEWEST_IMAGINABLE and not spoiled:
            raise StoreError(f"{path} was written by a newer version of this program. Start that one.")
        if not is_complete:
            raise BrokenStoreError(f"{path} is damaged: its tables are not those that this program made.")
        return (application_id, version) == (self.application_id, self.version)

    @staticmethod
    def _foreign(path: Path) -> StoreError:
        return StoreError(f"{path} is another program's database. Choose another folder with LOOP_DATA_DIR.")


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(1 << 16)
