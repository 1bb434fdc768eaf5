"""What is asked of a snapshot, as values: filters, drill-downs, views and searches, and how a link says them.

For pages, saved views, exports and the shell alike; no Streamlit here.
"""

from loop_client.query.drilldown import OPEN_NEGATIVE, DrillDown, described, drill_down_of
from loop_client.query.filters import Filters
from loop_client.query.link import (
    DRAFT,
    HIDEABLE,
    PARAMETERS,
    Name,
    Parameter,
    filters_said,
    link_parts,
    question_of,
    tells_of_people,
)
from loop_client.query.link_validation import current, is_read, unknown_parts
from loop_client.query.naming import (
    LONGEST_NAME,
    current_name,
    is_shortened,
    meant,
    named,
    rows_named,
    shortened,
    texts_at,
)
from loop_client.query.offers import offered
from loop_client.query.periods import FIRST_DAY, LAST_DAY, PERIODS, begin, day
from loop_client.query.question import Completeness, Question
from loop_client.query.saved_view_counts import SAVED, Opened, count, opened, saved_link, whole_count
from loop_client.query.search import LONGEST_TEXT, Query, excerpts, matching, parse
from loop_client.query.selection import mask, selected, window
from loop_client.query.views import ALL_ITEMS, FIRST_VIEW, VIEWS, View, newer, newest_known, view_counts
from loop_client.query.vocabulary import (
    ABSENT,
    BUCKETS,
    COLUMN_OF,
    COUNTED,
    DIMENSIONS,
    DOCUMENTED,
    LABELS,
    LIST_COLUMNS,
    MEASURES,
    NOT_SET,
    SENTIMENTS,
    SORTS,
    STATUSES,
)

__all__ = [
    "ABSENT",
    "ALL_ITEMS",
    "BUCKETS",
    "COLUMN_OF",
    "COUNTED",
    "DIMENSIONS",
    "DOCUMENTED",
    "DRAFT",
    "FIRST_DAY",
    "FIRST_VIEW",
    "HIDEABLE",
    "LABELS",
    "LAST_DAY",
    "LIST_COLUMNS",
    "LONGEST_NAME",
    "LONGEST_TEXT",
    "MEASURES",
    "NOT_SET",
    "OPEN_NEGATIVE",
    "PARAMETERS",
    "PERIODS",
    "SAVED",
    "SENTIMENTS",
    "SORTS",
    "STATUSES",
    "VIEWS",
    "Completeness",
    "DrillDown",
    "Filters",
    "Name",
    "Opened",
    "Parameter",
    "Query",
    "Question",
    "View",
    "begin",
    "count",
    "current",
    "current_name",
    "day",
    "described",
    "drill_down_of",
    "excerpts",
    "filters_said",
    "is_read",
    "is_shortened",
    "link_parts",
    "mask",
    "matching",
    "meant",
    "named",
    "newer",
    "newest_known",
    "offered",
    "opened",
    "parse",
    "question_of",
    "rows_named",
    "saved_link",
    "selected",
    "shortened",
    "tells_of_people",
    "texts_at",
    "unknown_parts",
    "view_counts",
    "whole_count",
    "window",
]
