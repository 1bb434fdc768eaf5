"""What is asked of a snapshot, as values: filters, drill-downs, views and searches, and how a link says them.

For pages, saved views, exports and the shell alike; no Streamlit here.
"""

from loop_client.query.drilldown import OPEN_NEGATIVE, DrillDown, described, drill_down_of
from loop_client.query.filters import Filters, asked_by
from loop_client.query.naming import (
    LONGEST_NAME,
    codes_meant,
    current_name,
    is_shortened,
    meant,
    named,
    rows_named,
    shortened,
    texts_at,
)
from loop_client.query.offers import offered
from loop_client.query.periods import FIRST_DAY, LAST_DAY, PERIODS, any_day, begin, day
from loop_client.query.search import LONGEST_TEXT, Query, excerpts, matching, parse
from loop_client.query.selection import mask, selected, window
from loop_client.query.views import ALL_ITEMS, FIRST_VIEW, VIEWS, View, is_long_search, newer, newest_known, view_counts
from loop_client.query.vocabulary import (
    ABSENT,
    COLUMN_OF,
    COUNTED,
    DIMENSIONS,
    DOCUMENTED,
    LABELS,
    NOT_SET,
    SENTIMENTS,
    STATUSES,
)

__all__ = [
    "ABSENT",
    "ALL_ITEMS",
    "COLUMN_OF",
    "COUNTED",
    "DIMENSIONS",
    "DOCUMENTED",
    "FIRST_DAY",
    "FIRST_VIEW",
    "LABELS",
    "LAST_DAY",
    "LONGEST_NAME",
    "LONGEST_TEXT",
    "NOT_SET",
    "OPEN_NEGATIVE",
    "PERIODS",
    "SENTIMENTS",
    "STATUSES",
    "VIEWS",
    "DrillDown",
    "Filters",
    "Query",
    "View",
    "any_day",
    "asked_by",
    "begin",
    "codes_meant",
    "current_name",
    "day",
    "described",
    "drill_down_of",
    "excerpts",
    "is_long_search",
    "is_shortened",
    "mask",
    "matching",
    "meant",
    "named",
    "newer",
    "newest_known",
    "offered",
    "parse",
    "rows_named",
    "selected",
    "shortened",
    "texts_at",
    "view_counts",
    "window",
]
