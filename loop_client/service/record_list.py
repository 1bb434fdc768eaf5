"""A short list of records of one kind, wherever it is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Record = TypeVar("Record")

T = TypeVar("T")


@dataclass(frozen=True)
class Kind(Generic[Record]):
    """How records of one kind are stored.

    `name`: of many, as in "saved views". `table`: by which name they are stored. `row`: a record's values. `record`:
    the record of such values; raises TypeError or ValueError where they were not stored by this program.
    """

    name: str
    table: str
    row: Callable[[Record], tuple[Any, ...]]
    record: Callable[..., Record]


class RecordList(Protocol[Record]):
    """The records of one kind, for all threads and processes.

    All methods raise StoreError, with a sentence, when they cannot be read or stored; the call can be repeated.
    """

    @property
    def news(self) -> str | None:
        """A sentence about the repair of a damaged file; None if there was none."""

    def all(self) -> tuple[Record, ...]:
        """All records, in their order; cheap enough for each rerun of a page."""

    def changed(self, act: Callable[[list[Record]], T]) -> T:
        """What a function returns that is given all records and changes the list; it is stored unless it raises.

        It may be called again, with the records as they are then, and only its last call counts.
        """
