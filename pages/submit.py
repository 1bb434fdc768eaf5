"""What did a customer just say? A form for one item, sent by the outbox so that nothing that was typed is lost."""

from __future__ import annotations

import streamlit as st

from pages.components.submit import form, outcome
from pages.session import draft, notices, runtime, session

snapshot = session.snapshot

st.title("Submit feedback", anchor=False)

draft.reopen()
draft.prefill()
requested, own = draft.followed(), session.draft_token or ""
submission, error = outcome.found(requested or own)
if error is not None and requested:
    outcome.unread(requested, error, is_own=requested == own)
elif submission is not None and submission.item is not None and requested:
    outcome.stored(submission.item, requested, submission.draft)
elif submission is not None and submission.state == runtime.DraftState.DISCARDED and requested not in {"", own}:
    outcome.discarded(submission)
elif submission is not None and not submission.is_done:
    outcome.under_way(requested or own, submission)
else:
    if error is not None:
        notices.problem(error, outcome.UNREAD)
    if submission is not None and submission.item is not None:
        draft.start_over(submission.draft)  # it was stored; the form is for the next one
        if session.draft_token == own:
            draft.renew()
        submission = None
    if requested and submission is None:
        notices.plain(
            "This submission is not in the outbox",
            ["It may be older than 60 days. Check the inbox before you send the text again."],
        )
    if submission is not None and not draft.restore(requested or own, submission.draft):
        outcome.hidden(submission)
        submission = None
    form.fields(snapshot, submission)
