"""One reader's session: the only folder that touches `st.session_state`, `st.query_params` and `st.user`.

Pages and components use the modules below, and `session`, which holds what the reader has chosen. The other files are
the folder's own.
"""

from pages.session import (
    browser_history,
    coverage_line,
    displayed,
    draft,
    drilldown,
    hidden_filters,
    link,
    notices,
    reader_question,
    runtime,
    sidebar,
    views,
)
from pages.session.state import session

__all__ = [
    "browser_history",
    "coverage_line",
    "displayed",
    "draft",
    "drilldown",
    "hidden_filters",
    "link",
    "notices",
    "reader_question",
    "runtime",
    "session",
    "sidebar",
    "views",
]
