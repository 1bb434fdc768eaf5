"""From items to numbers and small frames. pandas only: pages and the shell show the same."""

from loop_client.report.overview import (
    NOT_SET,
    OTHER_TAGS,
    SENTIMENTS,
    Totals,
    bucket_for,
    sentiments_in,
    tag_counts,
    totals,
    volume,
)

__all__ = [
    "NOT_SET",
    "OTHER_TAGS",
    "SENTIMENTS",
    "Totals",
    "bucket_for",
    "sentiments_in",
    "tag_counts",
    "totals",
    "volume",
]
