"""A question knows whether all of its items are loaded."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from loop_client.mirror import Coverage, Zone
from loop_client.query import VIEWS, DrillDown, Filters, Question
from tests.frames import item, items_frame, items_frames, snapshot_of
from tests.loop_client.query.test_drilldown import MINUTES

if TYPE_CHECKING:
    import pandas as pd

KNOWN = datetime(2026, 8, 3, tzinfo=UTC)
DAYS = st.none() | st.dates(date(2025, 12, 20), date(2026, 3, 5))
STATUSES = st.sampled_from([(), ("open",), ("resolved",), ("open", "resolved")])
QUESTIONS = st.builds(
    Question,
    st.builds(Filters, status=STATUSES, since=DAYS, until=DAYS),
    st.builds(DrillDown, status=STATUSES, since=DAYS, sentiment=st.sampled_from([(), ("negative",)])),
    st.sampled_from([name for name, view in VIEWS.items() if not view.only_new]),
)


def test_a_view_is_complete_as_soon_as_its_own_items_are_loaded() -> None:
    """A view is complete once its own items are loaded: open ones, those of its days, or the newest."""
    snapshot = snapshot_of(items_frame([item()]), Coverage(since=KNOWN, reconciled_at=KNOWN))
    in_august = DrillDown(since=date(2026, 8, 4))

    def complete_views(filters: Filters, drill_down: DrillDown) -> list[str]:
        return [name for name in VIEWS if Question(filters, drill_down, name).completeness(snapshot).is_complete]

    assert complete_views(Filters(), DrillDown()) == ["open negative", "new"]
    assert complete_views(Filters(), DrillDown(status=("open",))) == list(VIEWS)
    assert complete_views(Filters(), in_august) == list(VIEWS)
    assert complete_views(Filters(since=date(2026, 8, 4)), DrillDown(tag=("api",))) == list(VIEWS)


def test_a_part_is_marked_as_one() -> None:
    """A partial count has a plus and a partial title "so far"; complete ones have neither."""
    snapshots = [snapshot_of(items_frame([]), Coverage(complete=complete)) for complete in (False, True)]
    part, complete = (Question().completeness(snapshot) for snapshot in snapshots)

    assert (part.plus, part.titled("Tags")) == ("+", "Tags, so far")
    assert (complete.plus, complete.titled("Tags")) == ("", "Tags")


@given(items_frames(), QUESTIONS, MINUTES, st.booleans())
def test_complete_answers_stay_the_same_when_older_items_come(
    items: pd.DataFrame,
    question: Question,
    since: datetime,
    all_open: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """A complete answer does not change when older items are loaded."""
    is_loaded = (items["created_at"] > since) | ((items["status"] == "open") & all_open)
    walked = datetime(2026, 4, 1, tzinfo=UTC) if all_open else None
    loaded = items[is_loaded.to_numpy(bool)].reset_index(drop=True)
    part, complete = snapshot_of(loaded, Coverage(since=since, reconciled_at=walked)), snapshot_of(items)

    if question.completeness(part).is_complete:
        of_part, of_all = (list(one.rows(question.rows(one))["id"]) for one in (part, complete))
        assert of_part == of_all


def test_the_days_of_a_question_are_the_teams() -> None:
    """The days of a question are those of the configured zone."""
    question = Question(Filters(since=date(2026, 8, 3)))
    evening = Coverage(since=datetime(2026, 8, 2, 23, tzinfo=UTC))

    assert question.completeness(snapshot_of(items_frame([]), evening)).is_complete
    assert not question.completeness(snapshot_of(items_frame([]), evening, Zone("Europe/Berlin"))).is_complete
    assert replace(question, drill_down=DrillDown(since=date(2026, 8, 9))).first_day == date(2026, 8, 9)


def test_a_window_is_complete_from_the_day_after_the_oldest_item() -> None:
    """During the walk a period is complete from the day after the oldest loaded item."""
    part = snapshot_of(items_frame([]), Coverage(since=KNOWN))

    assert Question(Filters(since=date(2026, 8, 4))).completeness(part).is_complete
    assert not Question(Filters(since=date(2026, 8, 3))).completeness(part).is_complete
    assert not Question().completeness(part).is_complete
    assert Question().completeness(snapshot_of(items_frame([]))).is_complete
