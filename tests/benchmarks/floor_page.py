"""The script of the floor: the elements of our overview, from constants; see `floor`."""

from __future__ import annotations

from typing import Any

import streamlit as st

from tests.benchmarks import floor


def nothing() -> None:
    """The page is drawn by the script itself."""


st.set_page_config(page_title="Floor", layout="wide")
pages: dict[str, Any] = {"overview.py": st.Page(nothing, title="Overview", url_path="overview", default=True)}
others = ("changes", "inbox", "people", "submit", "import", "outbox")
for name in others:
    pages[name] = pages[f"{name}.py"] = st.Page(nothing, title=name.title(), url_path=name)
page = st.navigation([pages[f"{name}.py"] for name in ("overview", *others)], position="hidden")
floor.draw(tuple(st.session_state.get("sentiment", ())), pages)
page.run()
