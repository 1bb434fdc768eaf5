"""A session's values: typed, with a default, and absent once deleted."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def script() -> None:
    """Write, read and delete two values, one of them with its own key."""
    import streamlit as st  # noqa: PLC0415

    from pages.session.state import session  # noqa: PLC0415

    first = session.export_links, session.page
    session.export_links, session.page = (["a"],), 3
    second = session.export_links, session.page
    del session.export_links
    del session.export_links  # deleted twice
    st.session_state["read"] = [first, second, (session.export_links, session.page)]


def test_a_value_has_its_default_until_it_is_written_and_after_it_is_deleted() -> None:
    """A value has its default before it is written and after it is deleted."""
    app = AppTest.from_function(script).run()

    assert app.session_state["read"] == [((), None), ((["a"],), 3), ((), 3)]


def without_frame() -> None:
    """Read the snapshot of a page without its frame."""
    import streamlit as st  # noqa: PLC0415

    from pages.session.state import session  # noqa: PLC0415

    try:
        st.session_state["read"] = session.snapshot
    except LookupError as error:
        st.session_state["read"] = str(error)


def test_a_page_without_its_frame_explains_what_is_missing() -> None:
    """A page's file run by itself explains how to start the dashboard."""
    app = AppTest.from_function(without_frame).run()

    assert "pages/frame.py" in app.session_state["read"]
