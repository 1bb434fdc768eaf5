"""Items as a frame, with declared columns and dtypes whether there are any or not."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    import pandas as pd

    from loop_client.models import Feedback

SCHEMA = pa.schema(
    [(name, pa.large_string()) for name in ("id", "user_id", "message", "sentiment", "source", "tag", "status")]
    + [("created_at", pa.timestamp("us", "UTC"))]
)

BATCH = 400
"""Items turned into Arrow at once: many enough to be cheap, few enough to be in the processor's cache."""


def items_frame(items: Iterable[Feedback]) -> pd.DataFrame:
    """One row per item, in the order given. No items: 0 rows, the same columns and dtypes.

    | column | dtype | meaning |
    |---|---|---|
    | id | str | the item's id |
    | user_id | str | the product's own identifier of the person |
    | message | str | the feedback text |
    | sentiment | str | "positive", "neutral", "negative", or whatever else the API sends; missing where absent |
    | source | str | where it came from; missing where absent |
    | tag | str | missing where absent |
    | status | str | "open", "resolved", or whatever else the API sends |
    | created_at | datetime64[us, UTC] | when Loop stored it |

    Source: "List feedback", response.
    """
    batches = []
    remaining = iter(items)
    while rows := list(islice(remaining, BATCH)):
        columns: list[list[str | datetime | None]] = [
            [row.id for row in rows],
            [row.user.id for row in rows],
            [row.message for row in rows],
            [row.sentiment for row in rows],
            [row.source for row in rows],
            [row.tag for row in rows],
            [row.status for row in rows],
            [row.created_at for row in rows],
        ]
        arrays = [pa.array(values, field.type) for values, field in zip(columns, SCHEMA, strict=True)]
        batches.append(pa.RecordBatch.from_arrays(arrays, schema=SCHEMA))
    table = pa.Table.from_batches(batches, schema=SCHEMA)
    frame: pd.DataFrame = table.to_pandas()
    return frame
