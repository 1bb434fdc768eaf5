"""What did a customer just say? A form for one item, sent in a worker so that its answer is never lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.shared import data, form, notices

if TYPE_CHECKING:
    from loop_client.mirror import Snapshot

snapshot: Snapshot = st.session_state["snapshot"]

st.title("Submit feedback", anchor=False)

form.prefill()
token = st.query_params.get("submission")
submission = data.submission(token) if token else None
if submission is None:
    sent = data.submission(st.session_state.get("draft_token", ""))
    if token is None and sent is not None and sent.item is not None:
        form.start_over()  # it was stored; the form is for the next one
    if token and token != st.session_state.get("draft_token"):
        notices.plain(
            "This submission is not known here any more",
            ["The dashboard was restarted since. Look into the inbox before sending the text again."],
        )
    form.fields(snapshot, None)
elif submission.item is not None:
    form.stored(submission.item)
elif not submission.done.is_set():
    form.sending(submission)
else:
    form.restore(submission.draft)
    form.fields(snapshot, submission.error)
