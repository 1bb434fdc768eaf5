"""People, or groups of them, of an export as columns of texts, in pieces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loop_client.report.export.items import joined

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    import pandas as pd

    from loop_client.report.column_masks import Mask
    from loop_client.report.people_table import PeopleTable

USER_ID: Final = "user_id"
COUNTS: Final = ("items", "rated", "negative", "open", "open_negative", "complaints")
MEASURES: Final = ("share", "weight", "recency", "waiting")
TIMES: Final = ("first_said", "last_said", "open_since")
TAGS: Final = "tags"

NAMES: Final = {"share": "negative_share"}
"""Column of `people_table` → its name in the file, where it differs."""

PIECE: Final = 500
"""Most rows of a piece: their tags are counted together."""

TEXT: Final = pa.large_string()


@dataclass(frozen=True, slots=True, eq=False)
class PeopleRows:
    """The rows with these numbers of a table of people, in this order. `frame`: the snapshot's.

    `keys`: column → a text for each group of the table, by its number, such as the id of each person. `now`: of the
    trends. `mask`: masks the keys, their names and the tags when share-safe is on.
    """

    frame: pd.DataFrame
    table: PeopleTable
    rows: np.ndarray
    keys: Mapping[str, pa.Array]
    now: datetime
    mask: Mask | None = None

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.rows)

    @property
    def what(self) -> str:
        """The plural of what a row is."""
        return "people" if USER_ID in self.keys else "groups"

    @property
    def numeric(self) -> frozenset[str]:
        """The columns of numbers."""
        return frozenset(NAMES.get(name, name) for name in ("people", *COUNTS, *MEASURES))

    @property
    def from_outside(self) -> frozenset[str]:
        """The columns whose cells may hold anything."""
        return frozenset({*self.headers.values(), TAGS})

    @property
    def headers(self) -> dict[str, str]:
        """Key → its name in the file: masked, and unlike all others."""
        headers: dict[str, str] = {}
        for name in self.keys:
            masked = header = name if self.mask is None or name == USER_ID else self.mask.name(name)
            number = 1
            while header in headers.values():
                number += 1
                header = f"{masked} {number}"
            headers[name] = header
        return headers

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        people = ["people"] if "people" in self.table.rows else []
        measured = (NAMES.get(name, name) for name in (*people, *COUNTS, *MEASURES))
        return (*self.headers.values(), *measured, *TIMES, TAGS)

    def pieces(self, encode: Callable[[pa.Array], pa.Array] = lambda texts: texts) -> Iterator[dict[str, pa.Array]]:
        """Yield pieces: column name → `large_string` array, null for absent values.

        `encode`: formats the columns `from_outside`. Times: ISO 8601 in UTC. `tags`: at most three, comma-separated.
        """
        for start in range(0, len(self.rows), PIECE):
            numbers = self.rows[start : start + PIECE]
            rows = self.table.rows.iloc[numbers]
            facts = self.table.facts(self.frame, numbers, self.now)
            groups = pa.array(rows["group"].to_numpy())
            keys = ((header, self._masked(name, self.keys[name].take(groups))) for name, header in self.headers.items())
            piece = {header: encode(texts) for header, texts in keys}
            piece |= {name: pa.array(rows[name].to_numpy()).cast(TEXT) for name in ("people", *COUNTS) if name in rows}
            piece |= {NAMES.get(name, name): _decimals(rows[name].to_numpy(float)) for name in MEASURES}
            piece |= {name: _moments(rows[name].array.asi8) for name in TIMES}
            piece[TAGS] = encode(pa.array([", ".join(map(self._tag, tags)) or None for tags in facts["tags"]], TEXT))
            yield {name: piece[name] for name in self.names}

    def _tag(self, tag: str) -> str:
        return tag if self.mask is None else self.mask.name(tag)

    def _masked(self, name: str, texts: pa.Array) -> pa.Array:
        """Aliases in place of the texts: of people as items have them, of all others without the word "person"."""
        if self.mask is None:
            return texts.cast(TEXT)
        aliases = ((None if text is None else self.mask.person(text)) for text in texts.to_pylist())
        return pa.array(
            [alias if alias is None or name == USER_ID else alias.removeprefix("person ") for alias in aliases], TEXT
        )


def _decimals(numbers: np.ndarray) -> pa.Array:
    """Numbers with four significant digits; null where missing."""
    return pa.array([None if np.isnan(one) else f"{one:.4g}" for one in numbers.tolist()], TEXT)


def _moments(microseconds: np.ndarray) -> pa.Array:
    """Times as ISO 8601 in UTC; null where missing."""
    is_missing = microseconds == np.iinfo(np.int64).min
    exact = pa.array(np.where(is_missing, 0, microseconds), pa.timestamp("us"), mask=is_missing).cast(TEXT)
    return joined(pc.replace_substring(exact, " ", "T"), "+00:00")
