"""The receipt of an import: what became of each row of its file, with the look-up of each id."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

    from loop_client.mirror.store import DraftState

SKIPPED: Final = "skipped"
"""The outcome of a row that is no draft."""


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """What became of a row. `state`: None where it is no draft. `reason`: why it is not stored; None where it is."""

    row: int
    state: DraftState | None
    item_id: str | None = None
    reason: str | None = None

    @property
    def outcome(self) -> str:
        """The outcome in a word."""
        return str(self.state) if self.state else SKIPPED

    def without_words(self) -> ReceiptRow:
        """The same without the reason that Loop gave, which may quote what was sent."""
        return self if self.state is None else replace(self, reason=None)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of each row of a file. `written_at`: UTC. `found`: the ids that Loop's list has."""

    name: str
    digest: str
    written_at: datetime
    rows: list[ReceiptRow]
    found: frozenset[str]

    @property
    def stored(self) -> int:
        """How many rows Loop stored."""
        return sum(row.item_id is not None for row in self.rows)

    def sentence(self) -> str:
        """What the look-up found, as a sentence."""
        if not self.stored:
            return "No row is stored."
        if len(self.found) == self.stored:
            return f"{'The id was' if self.stored == 1 else f'All {self.stored:,} ids were'} found in the list."
        missing = self.stored - len(self.found)
        return f"{len(self.found):,} of {self.stored:,} ids were found in the list; {missing:,} not yet."
