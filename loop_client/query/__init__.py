"""Questions to a snapshot as values: filters, drill-downs, views and searches, and their form in a link.

Pages, saved views, exports and the shell all use these; no Streamlit here.
"""

from loop_client.query.drilldown import OPEN_NEGATIVE, DrillDown, described, drill_down_of
from loop_client.query.filters import Filters
from loop_client.query.link import (
    DRAFT,
    HIDEABLE,
    PARAMETERS,
    Name,
    Parameter,
    filters_by_name,
    link_parts,
    question_of,
    reveals_person,
    widget_values,
)
from loop_client.query.link_validation import current_parts, is_read, unknown_parts
from loop_client.query.naming import (
    LONGEST_NAME,
    current_name,
    is_shortened,
    matching_names,
    named,
    rows_with_names,
    shortened,
    texts_at,
)
from loop_client.query.offers import known_tags, offered
from loop_client.query.periods import FIRST_DAY, LAST_DAY, PERIODS, day, period_start
from loop_client.query.question import Completeness, Question
from loop_client.query.saved_view_counts import SAVED, Opened, complete_count, count, opened, saved_link
from loop_client.query.search import LONGEST_TEXT, Query, excerpts, matching, parse
from loop_client.query.selection import mask, selected, window
from loop_client.query.views import ALL_ITEMS, FIRST_VIEW, VIEWS, View, newer_count, newest_time, view_counts
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
    "complete_count",
    "count",
    "current_name",
    "current_parts",
    "day",
    "described",
    "drill_down_of",
    "excerpts",
    "filters_by_name",
    "is_read",
    "is_shortened",
    "known_tags",
    "link_parts",
    "mask",
    "matching",
    "matching_names",
    "named",
    "newer_count",
    "newest_time",
    "offered",
    "opened",
    "parse",
    "period_start",
    "question_of",
    "reveals_person",
    "rows_with_names",
    "saved_link",
    "selected",
    "shortened",
    "texts_at",
    "unknown_parts",
    "view_counts",
    "widget_values",
    "window",
]
