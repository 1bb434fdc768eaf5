"""Where rows come from: a file, or the clipboard of a spreadsheet; and why a file cannot be imported."""

from __future__ import annotations

from typing import Final

import streamlit as st

from loop_client.query.text import first_line
from pages.components import room
from pages.session import displayed, imported, notices, session

TYPES: Final = ["csv", "tsv", "txt", "xlsx", "json", "jsonl", "zip"]


def choose() -> None:
    """Draw the choice of a file, or of rows to paste."""
    if session.import_source:
        notices.plain("The file is no longer in memory", ["Others were imported in the meantime. Choose it again."])
    _fields()


def _fields() -> None:
    with st.container(width=room.LINE):
        key = f"import-file-{session.import_version}"
        st.file_uploader(
            "Choose the export of another tool",
            TYPES,
            key=key,
            on_change=imported.take_file,
            args=(key,),
            max_upload_size=imported.LARGEST >> 20,
        )
        st.caption(
            "Reviews of Google Play and the App Store; surveys of Typeform, SurveyMonkey, Qualtrics, Google Forms, "
            "Microsoft Forms, LimeSurvey, Formbricks and Delighted; ideas of UserVoice, Fider and Quackback; tickets "
            "of Zendesk, Jira and Chatwoot; exports of this dashboard; or any table with a column of messages. You "
            "see what each row becomes before anything is sent."
        )
        with st.expander("Paste rows of a spreadsheet instead", icon=":material/content_paste:"):
            st.text_area(
                "Rows with their header",
                key="import_pasted",
                height=160,
                max_chars=imported.MOST_TYPED,
                placeholder="Copy the cells in the spreadsheet, then paste them here.",
            )
            st.button("Check these rows", key="import-paste", on_click=imported.take_pasted)
            if session.import_problem:
                st.text(session.import_problem)


def refused(error: imported.ImportRefusedError) -> None:
    """Say why the file cannot be imported, and draw the choice of another one."""
    notices.plain("This file cannot be imported as it is", [displayed.value(str(error))])
    if imported.are_changed():
        st.button("Undo all choices", key="import-undo", icon=":material/undo:", on_click=imported.start_over)
    _fields()


def other() -> None:
    """Draw the button for another file."""
    st.button("Choose another file", key="import-other", type="tertiary", on_click=imported.put_aside)


def name(file: str) -> str:
    """The name of a file, or what stands for it while share-safe is on."""
    return "The file" if displayed.is_masked() else first_line(file, 80)
