"""What feedback do you already have in other tools? A file is checked row by row, then imported by the outbox."""

from __future__ import annotations

import streamlit as st

from loop_client.mirror import StoreError
from pages.components.imports import mapping, progress, source, summary, verdicts
from pages.session import imported, notices, runtime, sending

st.title("Import feedback", anchor=False)

imports, token = runtime.imports(), imported.followed()
if imports is None:
    st.text("Files can be imported once there is a connection. The reason is shown above.")
else:
    sending.pause()
    try:
        if token and (imports.find(token) is not None or not imported.reopen()):
            progress.show(imports, token)
        elif (checked := imported.checked()) is not None:
            summary.card(checked)
            mapping.draw(checked)
            verdicts.table(checked)
        else:
            source.choose()
            progress.recent(imports.all())
    except imported.ImportRefusedError as error:
        source.refused(error)
    except StoreError as error:
        notices.problem(error, "The outbox cannot be read right now")
