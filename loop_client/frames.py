"""Items as a frame with fixed columns and dtypes, also without rows."""

from collections.abc import Iterable
from itertools import islice
from operator import attrgetter
from typing import Any

import pandas as pd

from loop_client.models import Feedback

COLUMNS = {"id": attrgetter("id"), "user_id": attrgetter("user.id")} | {
    name: attrgetter(name) for name in ("message", "sentiment", "source", "tag", "status", "created_at")
}


def items_frame(items: Iterable[Feedback]) -> pd.DataFrame:
    """One row per item, in the order given. No items: 0 rows, the same columns and dtypes.

    | column | dtype | meaning |
    |---|---|---|
    | id | str | the item's id |
    | user_id | str | the product's own identifier of the person |
    | message | str | the feedback text |
    | sentiment | str | "positive", "neutral", "negative", or any other value that the API sends; missing if absent |
    | source | str | where it came from; missing if absent |
    | tag | str | missing if absent |
    | status | str | "open", "resolved", or any other value that the API sends |
    | created_at | datetime64[us, UTC] | when Loop stored it |

    Source: "List feedback", response.
    """
    columns: dict[str, list[Any]] = {name: [] for name in COLUMNS}
    remaining = iter(items)
    while rows := list(islice(remaining, 100)):  # few enough for the processor's cache
        for name, value in COLUMNS.items():
            columns[name].extend(map(value, rows))
    moments = pd.DatetimeIndex(columns.pop("created_at"), dtype="datetime64[us, UTC]")
    texts = {name: pd.Series(values, dtype="str") for name, values in columns.items()}
    return pd.DataFrame({**texts, "created_at": moments}, copy=False)
