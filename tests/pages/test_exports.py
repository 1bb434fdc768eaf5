"""What a page exports says what was asked for, where, and when it was made."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from urllib.parse import parse_qs

import numpy as np
from streamlit.testing.v1 import AppTest

from loop_client.report.export import About
from loop_client.report.masking import E_MAIL
from pages.shared import exports
from pages.shared.filters import Filters
from pages.shared.narrowing import Only
from tests.frames import item, items_frame, snapshot_of


def shown() -> None:
    """A page that shows no more than what would travel with its export."""
    import streamlit as st  # noqa: PLC0415 - AppTest takes the source alone

    from pages.shared import exports  # noqa: PLC0415
    from tests.frames import item, items_frame, snapshot_of  # noqa: PLC0415

    filters, only = st.session_state["asked"]
    st.session_state["about"] = exports.about(snapshot_of(items_frame([item()])), filters, only, "Untagged")


def about(filters: Filters, only: Only, **query: str | list[str]) -> About:
    """What would travel with an export of that page, opened by that link."""
    app = AppTest.from_function(shown)
    app.session_state["asked"], app.session_state["snapshot"] = (filters, only), snapshot_of(items_frame([item()]))
    app.query_params.update(query)
    app.run()
    assert not app.exception
    said = app.session_state["about"]
    assert isinstance(said, About)
    return said


def test_filters_view_and_link_travel_along() -> None:
    """By the names that links have for them, and only those that were set."""
    filters = Filters(tag=("exports", "api"), user=("u_1",), since=date(2026, 6, 1), text='"timed out"')

    said = about(filters, Only(source=("email",)), tag=["exports", "api"], sort="most urgent")

    assert said.filters == {
        "tag": ("exports", "api"),
        "user": ("u_1",),
        "since": "2026-06-01",
        "text": '"timed out"',
        "view": "Untagged",
        "only": "source email",
    }
    assert parse_qs(said.link.partition("?")[2]) == {"tag": ["exports", "api"], "sort": ["most urgent"]}
    assert about(Filters(), Only()).filters == {"view": "Untagged"}


def test_a_safe_export_does_not_say_who_was_asked_for() -> None:
    """Not even where a name was asked for that tells of a person."""
    said = about(Filters(tag=("exports", "anna@example.com")), Only(), safe="true")

    assert said.filters["tag"] == ("exports", E_MAIL)


def test_an_export_is_as_of_the_click() -> None:
    """Not of when the page was drawn, which may be hours before."""
    snapshot, drawn = snapshot_of(items_frame([item()])), About(made_at=datetime(2020, 1, 1, tzinfo=UTC))

    before = datetime.now(UTC).replace(microsecond=0)
    file = exports._file(snapshot, np.arange(1), drawn, "json", safe=False)  # noqa: SLF001 - what the click calls

    assert before <= datetime.fromisoformat(json.loads(file)["about"]["made_at"]) <= datetime.now(UTC)
