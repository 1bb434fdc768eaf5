"""The overview's headline: what there is to say about the selection, each sentence a link to its rows."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import streamlit as st

from loop_client import report
from loop_client.mirror.snapshot_cache import SnapshotCache
from loop_client.mirror.zones import written
from loop_client.query import ALL_TIME, SORTS, Name, Question, link_parts
from loop_client.query.text import item_count
from loop_client.report.headline import BrokeOut, Dominated, Fell, Finding, Rose, Waiting
from pages.session import coverage_line, displayed, drilldown, runtime

if TYPE_CHECKING:
    from datetime import date

    from loop_client.mirror import Snapshot
    from pages.components.overview.model import OverviewModel

QUOTED: Final = 40
"""Most characters of a message that are quoted."""

ICONS: Final = {
    BrokeOut: ":material/local_fire_department:",
    Rose: ":material/trending_up:",
    Dominated: ":material/person_alert:",
    Waiting: ":material/hourglass_top:",
    Fell: ":material/trending_down:",
}

_found: Final = SnapshotCache[tuple[Finding, ...]]()


def draw(model: OverviewModel) -> None:
    """Draw the title, what the page covers, and up to five sentences."""
    snapshot, filters = model.snapshot, model.filters
    clustered, now = runtime.clustered(snapshot), coverage_line.now(snapshot)
    found = _found.get(snapshot, (filters, clustered, now), lambda: report.headline(snapshot, filters, clustered, now))
    st.title("Overview", anchor=False)
    st.caption(_covered(model, has_news=bool(found)))
    with st.container(gap=None, key="headline"):
        for finding in found:
            _line(snapshot, finding)


def _covered(model: OverviewModel, *, has_news: bool) -> str:
    """The days of the page, with what they are compared, and whether there is anything to say about them."""
    snapshot, filters = model.snapshot, model.filters
    zone, now = snapshot.zone, coverage_line.now(snapshot)
    both = report.compared_periods(filters.window, now, zone)
    days = _written(*filters.window)
    if both is not None and not filters.status and report.is_baseline(snapshot, both[1]):
        before = both[1]
        days += f", compared with {_written(zone.day(before.start), zone.day(before.end - timedelta(microseconds=1)))}"
    return f"{days}." if has_news else f"{days}. Nothing stands out."


def _written(first: date | None, last: date | None) -> str:
    """Days in words."""
    if first and last:
        return written(first) if first == last else f"{written(first)} to {written(last)}"
    return f"Since {written(first)}" if first else f"Until {written(last)}" if last else "All time"


def _line(snapshot: Snapshot, finding: Finding) -> None:
    """Draw a sentence as a link to its rows; as a text if the link would reveal a masked value."""
    sentence, icon = sentence_of(snapshot, finding), ICONS[type(finding)]
    if isinstance(finding, BrokeOut) or drilldown.may_be_linked(finding.only):
        st.page_link("inbox.py", label=sentence, icon=icon, query_params=_query(finding))
    else:
        st.markdown(f"{icon} {sentence}")


def _query(finding: Finding) -> dict[str, list[str]]:
    """The query of the link to a finding's rows; the filters go along, except the days of what is of all days."""
    if isinstance(finding, BrokeOut):
        query = link_parts(Question(sort=SORTS[2], item=finding.name.typical))
    elif isinstance(finding, Waiting):
        query = {**drilldown.query(finding.only), Name.SORT: [SORTS[1]]}
    else:
        query = drilldown.query(finding.only)
    return {**query, Name.LAST: [ALL_TIME]} if finding.of_all_times else query


def sentence_of(snapshot: Snapshot, finding: Finding) -> str:
    """A finding in words, for a label: names and quotes are masked, and without Markdown."""
    match finding:
        case BrokeOut(people, _, days, usual, name=name):
            within = "a day" if days == 1 else f"{days} days"
            before = "usually none" if usual < 0.5 else f"usually about {usual:,.0f}"
            return f"“{displayed.quote(snapshot, name.typical, QUOTED)}”: {people:,} people in {within}, {before}."
        case Rose(tag, items, before):
            return f"{displayed.quoted(tag, QUOTED)}: {_negative(items)}, {before:,} in the period before."
        case Fell(tag, items, before):
            return f"{displayed.quoted(tag, QUOTED)}: {_negative(items)}, {before:,} in the period before."
        case Dominated(tag, most, items):
            return f"{displayed.quoted(tag, QUOTED)}: 1 person wrote {most:,} of these {item_count(items)}."
        case Waiting(items, days, oldest):
            since = snapshot.zone.formatted(oldest, "%-d %b %Y")
            if items == 1:
                return f"1 open negative item has waited over {days} days, since {since}."
            return f"{items:,} open negative items have waited over {days} days, the oldest since {since}."


def _negative(items: int) -> str:
    return f"{items:,} negative item{'' if items == 1 else 's'}"
