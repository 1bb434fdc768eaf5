"""What did a customer just say? A form for one item, sent in a worker so that its answer is never lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from loop_client.query import Name
from pages.components.submit import form
from pages.session import notices, runtime

if TYPE_CHECKING:
    from loop_client.mirror import Snapshot

snapshot: Snapshot = st.session_state["snapshot"]

st.title("Submit feedback", anchor=False)

form.prefill()
asked, own = st.query_params.get(Name.SUBMISSION, ""), st.session_state.get("draft_token", "")
submission = runtime.submission(asked or own)
if submission is not None and submission.item is not None and asked:
    form.stored(submission.item, submission.draft)
elif submission is not None and not submission.done.is_set():
    form.sending(asked or own, submission)
else:
    if submission is not None and submission.item is not None:
        form.start_over(submission.draft)  # it was stored; the form is for the next one
        submission = None
    if asked and submission is None:
        notices.plain(
            "This submission is not known here any more",
            ["The dashboard has been restarted since. Look in the inbox before sending the text again."],
        )
    if submission is not None:
        form.restore(submission.draft)
    form.fields(snapshot, submission)
