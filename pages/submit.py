"""What did a customer just say? A form for one item, sent in a worker so that its answer is never lost."""

from __future__ import annotations

import streamlit as st

from pages.components.submit import form, outcome
from pages.session import draft, notices, runtime, session

snapshot = session.snapshot

st.title("Submit feedback", anchor=False)

draft.prefill()
asked, own = draft.followed(), session.draft_token or ""
submission = runtime.submission(asked or own)
if submission is not None and submission.item is not None and asked:
    outcome.stored(submission.item, submission.draft)
elif submission is not None and not submission.done.is_set():
    outcome.sending(asked or own, submission)
else:
    if submission is not None and submission.item is not None:
        draft.start_over(submission.draft)  # it was stored; the form is for the next one
        submission = None
    if asked and submission is None:
        notices.plain(
            "This submission is no longer tracked",
            ["The dashboard restarted in the meantime. Check the inbox before you send the text again."],
        )
    if submission is not None:
        draft.restore(submission.draft)
    form.fields(snapshot, submission)
