"""A saved link has one form per question, and selects known values when it is opened."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from loop_client.mirror import Coverage
from loop_client.mirror.columns import shown_tag
from loop_client.query import (
    SAVED,
    VIEWS,
    DrillDown,
    Filters,
    Opened,
    Question,
    complete_count,
    count,
    link_parts,
    opened,
    saved_link,
)
from loop_client.query.views import MOST_SEARCHED
from tests.frames import item, items_frame, snapshot_of
from tests.loop_client.query.test_drilldown import NARROWED

if TYPE_CHECKING:
    from loop_client.mirror import Snapshot

TODAY = date(2026, 6, 20)
WORDS = st.lists(st.text(min_size=1, max_size=8), unique=True, max_size=3).map(lambda words: tuple(sorted(words)))
TAGS = WORDS.map(lambda words: tuple(sorted(set(map(shown_tag, words)) - {""})))
DAYS = st.none() | st.dates(date(1970, 1, 1), date(2099, 12, 31))
FILTERS = st.builds(
    Filters,
    status=st.sampled_from([(), ("open",), ("No status", "resolved")]),
    sentiment=st.sampled_from([(), ("negative", "positive")]),
    tag=TAGS,
    source=WORDS,
    user=WORDS,
    since=DAYS,
    until=DAYS,
    text=st.text(max_size=8).map(str.strip),
)
NONE = snapshot_of(items_frame([]))


def opening(link: str, snapshot: Snapshot = NONE, today: date = TODAY) -> Opened:
    """The question of an opened saved link."""
    return opened(link, snapshot, today, str)


@given(FILTERS, NARROWED, st.sampled_from(list(VIEWS)))
def test_a_saved_link_restores_what_was_shown(filters: Filters, only: DrillDown, view: str) -> None:
    """A saved link restores any question, in one form, without the open item."""
    question = Question(filters, only, view, "oldest first", columns=("age", "tag"))

    saved = saved_link(replace(question, item="fb_1", columns=("tag", "age")))

    assert saved == saved_link(question)
    assert opening(saved) == Opened(replace(question, columns=("age", "tag")))
    assert opening(saved).link == saved


def test_a_link_saved_with_an_older_word_selects_the_same() -> None:
    """A link saved with "(not set)" selects absent values under today's words."""
    saved = "view=all&sentiment=(not set)&tag=(not set)&only=status:(not set)&only=not-source:(not set)"

    found = opening(saved)

    assert found.question.filters == Filters(sentiment=("No sentiment",), tag=("No tag",))
    assert found.question.drill_down == DrillDown(status=("No status",), not_source=("No source",))
    assert found.left_out == ()


def test_a_period_goes_along_with_the_calendar() -> None:
    """A period is saved as such, not as dates."""
    link = saved_link(Question(Filters(since=date(2026, 6, 14)), period="7 days"))

    assert link == "view=all&last=7+days"
    assert opening(link, today=date(2026, 7, 7)).question.filters == Filters(since=date(2026, 7, 1))


VALUES = st.sampled_from(
    ["open", "archived", "nope", "all", "tag:a", "bogus", "7 days", "age", "2026-01-01", "x" * 300]
)


@given(st.dictionaries(st.sampled_from(SAVED), st.lists(VALUES, min_size=1, max_size=2)))
def test_an_opened_link_selects_only_known_values(query: dict[str, list[str]]) -> None:
    """Unknown values of an opened link are reported and left out, and the resulting link leaves out nothing."""
    found = opening(urlencode(query, doseq=True))

    again = opening(found.link)

    assert (again.link, again.left_out) == (found.link, ())
    parts = link_parts(found.question)
    assert found.left_out or all(set(parts.get(name, ())) <= set(values) for name, values in query.items())


def test_a_large_account_is_not_searched_for_a_count() -> None:
    """In a large account a saved search is not counted."""
    frame = items_frame([item()])
    large = frame.iloc[np.zeros(MOST_SEARCHED + 1, int)]

    for link in ("view=all&text=csv", "view=all&user=u_1", "view=all&only=user%3Au_1"):
        question = opening(link).question
        assert count(snapshot_of(frame), question) is not None
        assert count(snapshot_of(large), question) is None
    assert count(snapshot_of(large), opening("view=all").question) == len(large)


def test_until_all_items_are_there_any_status_and_sentiment_may_come() -> None:
    """While items load, any status and sentiment is accepted; later, unknown ones are reported."""
    link, items = "status=archived&sentiment=mixed&view=all&sort=nope", items_frame([item()])
    partial = snapshot_of(items, Coverage(since=datetime(2026, 6, 19, tzinfo=UTC)))

    found = opening(link, partial)
    assert found.question.filters == Filters(status=("archived",), sentiment=("mixed",))
    assert found.left_out == ("sort “nope” is not known.",)
    assert count(partial, found.question) == 0
    assert complete_count(partial, found.question) is None

    found = opening(link, snapshot_of(items))
    assert found.question.filters == Filters()
    assert len(found.left_out) == 3
