"""Numbers and small frames computed from items. No Streamlit here: pages and the shell show the same."""

from loop_client.report.ageing import Ages, ages
from loop_client.report.breakdown import TOP, Breakdown, CatchAlls, Dimension, counts_by, labels, top_values
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
    NO_BASELINE,
    NOT_CLEAR,
    TOO_FEW,
    Change,
    Counts,
    Period,
    compared_periods,
    count_change,
    counts_in,
    is_baseline,
    partial_last_day,
    rows_in,
    share_change,
)
from loop_client.report.coverage import coverage_sentence
from loop_client.report.export import FORMATS, About, Export, Items
from loop_client.report.folded import Folded, folded, row_facts
from loop_client.report.headline import BrokeOut, Dominated, Fell, Finding, Rose, TagChange, Waiting, headline
from loop_client.report.heat import FEWEST_WEEKS, HeatMap, tag_weeks
from loop_client.report.overview import Totals, sentiments_in, totals
from loop_client.report.people import PeopleCounts, people_count, people_counts
from loop_client.report.people_table import PeopleTable, Persons, ordered_people, people_table, to_answer_first
from loop_client.report.quota import quota_sentence
from loop_client.report.tag_names import AliasedTags, LookAlikes, aliased_tags, compared_tags
from loop_client.report.tag_suggestions import Suggestion, suggested_tag
from loop_client.report.tags import ordered_tags, tag_table, tags_in
from loop_client.report.urgency import ordered, urgency
from loop_client.report.word_uses import uses_of

__all__ = [
    "FEWEST_WEEKS",
    "FORMATS",
    "NOT_CLEAR",
    "NO_BASELINE",
    "POINTS",
    "TOO_FEW",
    "TOP",
    "About",
    "Ages",
    "AliasedTags",
    "Breakdown",
    "BrokeOut",
    "Bucket",
    "CatchAlls",
    "Change",
    "Counts",
    "Dimension",
    "Dominated",
    "Export",
    "Fell",
    "Finding",
    "Folded",
    "HeatMap",
    "Items",
    "LookAlikes",
    "PeopleCounts",
    "PeopleTable",
    "Period",
    "Persons",
    "Rose",
    "Suggestion",
    "TagChange",
    "Totals",
    "Waiting",
    "ages",
    "aliased_tags",
    "bucket_for",
    "bucket_numbers",
    "compared_periods",
    "compared_tags",
    "count_change",
    "counts_by",
    "counts_in",
    "coverage_sentence",
    "folded",
    "headline",
    "is_baseline",
    "labels",
    "ordered",
    "ordered_people",
    "ordered_tags",
    "outside",
    "partial_last_day",
    "people_count",
    "people_counts",
    "people_table",
    "quota_sentence",
    "recent_buckets",
    "row_facts",
    "rows_in",
    "sentiments_in",
    "share_change",
    "span",
    "sparklines",
    "suggested_tag",
    "tag_table",
    "tag_weeks",
    "tags_in",
    "to_answer_first",
    "top_values",
    "totals",
    "urgency",
    "uses_of",
    "volume",
]
