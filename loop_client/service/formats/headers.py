"""The names of columns: compared with white space folded and case ignored, shown as they are."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def folded(name: str) -> str:
    """A name, or a value, as it is compared."""
    return " ".join(unicodedata.normalize("NFC", name).split()).casefold()


@dataclass(frozen=True, slots=True)
class Header:
    """All header records of a table. `records`: the names as shown, at least one record; all have the same length."""

    records: tuple[tuple[str, ...], ...]
    index: dict[str, list[int]] = field(default_factory=dict, compare=False)
    fold: Callable[[str], str] = folded

    @classmethod
    def of(cls, records: Sequence[Sequence[str]], fold: Callable[[str], str] = folded) -> Header:
        """The header of these records; short ones are filled up with blanks. The first one's names are found first."""
        width = max(map(len, records), default=0)
        padded = tuple((*record, *[""] * (width - len(record))) for record in records)
        index: dict[str, list[int]] = {}
        for record in padded:
            found: dict[str, list[int]] = defaultdict(list)
            for position, name in enumerate(record):
                if key := fold(name):
                    found[key].append(position)
            for key, positions in found.items():
                index.setdefault(key, positions)
        return cls(padded, index, fold)

    def __len__(self) -> int:
        """The number of columns."""
        return len(self.records[0]) if self.records else 0

    @property
    def names(self) -> tuple[str, ...]:
        """The first header record."""
        return self.records[0] if self.records else ()

    def positions(self, name: str) -> tuple[int, ...]:
        """The columns of this name, or the one of this label, from the left; none where there is no such column."""
        key = self.fold(name)
        if key in self.index:
            return tuple(self.index[key])
        return tuple(at for at, label in enumerate(self.labels()) if self.fold(label) == key) if key else ()

    def groups(self, *names: str) -> tuple[tuple[int, ...], ...]:
        """The columns of each of these names that there is."""
        return tuple(positions for name in names if (positions := self.positions(name)))

    def labels(self) -> tuple[str, ...]:
        """The name of each column as people see it: "Labels (1 of 3)" where a name repeats."""
        shown = [next((record[at] for record in self.records if record[at].strip()), "") for at in range(len(self))]
        keys = [self.fold(name) for name in shown]
        counts, seen, labels = Counter(keys), Counter[str](), []
        for at, (name, key) in enumerate(zip(shown, keys, strict=True)):
            seen[key] += 1
            label = name.strip() or f"column {at + 1}"
            labels.append(f"{label} ({seen[key]} of {counts[key]})" if key and counts[key] > 1 else label)
        return tuple(labels)
