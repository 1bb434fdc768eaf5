"""From items to numbers and small frames. pandas only: pages and the shell show the same."""

from loop_client.report.ageing import Ages, ages
from loop_client.report.breakdown import RESTS, TOP, Dimension, counts_by, labels, own
from loop_client.report.buckets import (
    POINTS,
    Bucket,
    bucket_for,
    bucket_numbers,
    outside,
    recent_buckets,
    span,
    sparklines,
    volume,
)
from loop_client.report.comparison import (
    NOT_CLEAR,
    Change,
    Counts,
    Stretch,
    count_change,
    counts_in,
    edge,
    is_baseline,
    rows_in,
    share_change,
    stretches,
)
from loop_client.report.covering import coverage_sentence
from loop_client.report.export import FORMATS, About, Export, Items
from loop_client.report.heat import Heat, tag_weeks
from loop_client.report.overview import Totals, sentiments_in, totals
from loop_client.report.queue import HALF_LIFE, MOST_RANKED, queue
from loop_client.report.voices import Voices, people_in, voices_in

__all__ = [
    "FORMATS",
    "HALF_LIFE",
    "MOST_RANKED",
    "NOT_CLEAR",
    "POINTS",
    "RESTS",
    "TOP",
    "About",
    "Ages",
    "Bucket",
    "Change",
    "Counts",
    "Dimension",
    "Export",
    "Heat",
    "Items",
    "Stretch",
    "Totals",
    "Voices",
    "ages",
    "bucket_for",
    "bucket_numbers",
    "count_change",
    "counts_by",
    "counts_in",
    "coverage_sentence",
    "edge",
    "is_baseline",
    "labels",
    "outside",
    "own",
    "people_in",
    "queue",
    "recent_buckets",
    "rows_in",
    "sentiments_in",
    "share_change",
    "span",
    "sparklines",
    "stretches",
    "tag_weeks",
    "totals",
    "voices_in",
    "volume",
]
