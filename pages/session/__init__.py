"""One reader's session: the only folder that accesses `st.session_state`, `st.query_params` and `st.user`.

Pages and components use the modules below, and `session` with the reader's choices. The other files are private to the
folder.
"""

from pages.session import (
    browser_history,
    coverage_line,
    displayed,
    draft,
    drilldown,
    hidden_filters,
    import_rows,
    imported,
    link,
    notices,
    people_choice,
    reader_question,
    runtime,
    sending,
    sidebar,
    sign_in,
    team_names,
    typed_text,
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
    "import_rows",
    "imported",
    "link",
    "notices",
    "people_choice",
    "reader_question",
    "runtime",
    "sending",
    "session",
    "sidebar",
    "sign_in",
    "team_names",
    "typed_text",
    "views",
]
