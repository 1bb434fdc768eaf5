"""One entry in the browser's history for each thing that a reader does, so that one step back undoes it."""

from __future__ import annotations

from typing import Final

import streamlit as st

SCRIPT: Final = """
if (!window.oneEntryEach) {
  window.oneEntryEach = true;
  const push = history.pushState.bind(history);
  let done = true;
  const act = ({ target }) => { done = Boolean(target.closest?.("[data-testid=stSidebar]") && !target.closest("a")); };
  for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, act, true);
  addEventListener("popstate", () => { done = true; }, true);
  history.pushState = (...entry) => {
    if (done) history.replaceState(...entry); else push(...entry);
    done = true;
  };
}
"""
"""Streamlit writes a link in several steps and pushes each: the page, then every parameter that comes or goes.

Of what follows one click or key, the first push stays one and the others replace it. Filters stand in the sidebar:
what they change replaces at once. The links of the pages, which stand there on a phone, push as elsewhere. The policy
of app.py lets this very text run.
"""


def one_entry_each() -> None:
    """Have it so from now on in this window."""
    st.html(f"<script>{SCRIPT}</script>", unsafe_allow_javascript=True)
