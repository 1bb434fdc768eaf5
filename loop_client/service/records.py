"""Short lists that all users of a dashboard share: people wrote them, so they cannot be fetched again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Generic

from loop_client.service.file_records import FileRecords
from loop_client.service.postgres_records import PostgresRecords
from loop_client.service.record_list import Record

if TYPE_CHECKING:
    from loop_client.mirror.store import PostgresDatabase
    from loop_client.service.record_file import FileKind
    from loop_client.service.record_list import RecordList


class Records(Generic[Record]):
    """The records of one kind. All methods raise StoreError as those of `RecordList` do."""

    def __init__(self, place: Path | PostgresDatabase, kind: FileKind[Record]) -> None:
        """`place`: the file, which is created when the first record is stored, or the database."""
        self._list: RecordList[Record] = (
            FileRecords(place, kind) if isinstance(place, Path) else PostgresRecords(place, kind)
        )

    @property
    def news(self) -> str | None:
        """A sentence about the repair of a damaged file; None if there was none."""
        return self._list.news

    def all(self) -> tuple[Record, ...]:
        """All records."""
        return self._list.all()
