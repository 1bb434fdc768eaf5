"""What did a customer just say? A form for one item, sent by a worker so that its outcome is never lost."""

from __future__ import annotations

import streamlit as st

from pages.components.submit import form, outcome
from pages.session import draft, notices, runtime, session

snapshot = session.snapshot

st.title("Submit feedback", anchor=False)

draft.prefill()
requested, own = draft.followed(), session.draft_token or ""
submission = runtime.submission(requested or own)
if submission is not None and submission.item is not None and requested:
    outcome.stored(submission.item, submission.draft)
elif submission is not None and not submission.done.is_set():
    outcome.sending(requested or own, submission)
else:
    if submission is not None and submission.item is not None:
        draft.start_over(submission.draft)  # it was stored; the form is for the next one
        submission = None
    if requested and submission is None:
        notices.plain(
            "This submission is no longer tracked",
            ["The dashboard restarted in the meantime. Check the inbox before you send the text again."],
        )
    if submission is not None:
        draft.restore(submission.draft)
    form.fields(snapshot, submission)
