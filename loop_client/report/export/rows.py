"""What a table of rows has to offer so that CSV and workbook can be written from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pyarrow as pa

    from loop_client.report.column_masks import Mask


class Rows(Protocol):
    """Rows of an export as columns of texts, see `Items`. `what`: the plural of what a row is, such as "items"."""

    @property
    def what(self) -> str:
        """The plural of what a row is."""

    @property
    def mask(self) -> Mask | None:
        """The mask that is applied; None with share-safe off."""

    @property
    def names(self) -> Sequence[str]:
        """The names of the columns."""

    @property
    def from_outside(self) -> frozenset[str]:
        """Columns whose cells may hold anything, which `encode` formats."""

    @property
    def numeric(self) -> frozenset[str]:
        """Columns of numbers, which a workbook can add up."""

    def __len__(self) -> int:
        """The number of rows."""

    def pieces(self, encode: Callable[[pa.Array], pa.Array] = ...) -> Iterator[dict[str, pa.Array]]:
        """Yield pieces: column name → `large_string` array, null for absent values."""
