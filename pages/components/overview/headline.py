"""The overview's headline: what there is to say about the selection, each sentence a link to its rows."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

import streamlit as st

from loop_client import report
from loop_client.mirror.zones import written
from loop_client.query import FIRST_VIEW, SORTS, DrillDown, Name, Question, link_parts, parse
from loop_client.query.text import item_count
from loop_client.report import BrokeOut, Dominated, Fell, Finding, Rose, Waiting
from pages.session import coverage_line, displayed, drilldown, runtime

if TYPE_CHECKING:
    from datetime import date

    from loop_client.mirror import Snapshot
    from loop_client.report import PeopleCounts
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


def draw(model: OverviewModel, people: PeopleCounts) -> None:
    """Draw the title, what the page covers, and up to five sentences. `people`: of the model's items."""
    snapshot, filters = model.snapshot, model.filters
    clustered, now = runtime.clustered(snapshot), coverage_line.now(snapshot)
    make = partial(report.headline, snapshot, filters, clustered, now, people)
    found = model.once("headline", make, (clustered, now.replace(second=0, microsecond=0)))
    st.title("Overview", anchor=False)
    is_known = model.completeness.is_complete and clustered.clusters is not None and not filters.status
    st.caption(_covered(model) + (" Nothing stands out." if is_known and not found else ""))
    _search(model)
    with st.container(gap=None, key="headline"):
        for finding in found:
            _line(snapshot, finding)


def _search(model: OverviewModel) -> None:
    """Draw a link to the items that the search found, if there is a search."""
    if parse(model.filters.text).terms:
        items, more = model.totals.items, model.completeness.plus
        found = f"Show the {items:,}{more} item{'' if f'{items}{more}' == '1' else 's'} found"
        query = drilldown.linked(drilldown.query(DrillDown()))
        st.page_link("inbox.py", label=found, icon=":material/search:", query_params=query)


def _covered(model: OverviewModel) -> str:
    """The days of the page, and with what they are compared."""
    days, zone = _written(*model.filters.window), model.snapshot.zone
    if isinstance(model.compared, str):
        return f"{days}."
    before = model.compared[1]
    earlier = _written(zone.day(before.start), zone.day(before.end - timedelta(microseconds=1)))
    return f"{days}, compared with {earlier}."


def _written(first: date | None, last: date | None) -> str:
    """Days in words."""
    if first and last:
        return written(first) if first == last else f"{written(first)} to {written(last)}"
    return f"Since {written(first)}" if first else f"Until {written(last)}" if last else "All time"


def _line(snapshot: Snapshot, finding: Finding) -> None:
    """Draw a sentence as a link to its rows; as a text if the link would reveal a masked value."""
    sentence, icon = sentence_of(snapshot, finding), ICONS[type(finding)]
    if isinstance(finding, BrokeOut) or drilldown.may_be_linked(finding.only):
        st.page_link("inbox.py", label=displayed.label(sentence), icon=icon, query_params=_query(finding))
    else:
        st.text(sentence)


def _query(finding: Finding) -> dict[str, list[str]]:
    """The query of the link to a finding's rows; the filters go along, except the days of what is of all days."""
    if isinstance(finding, BrokeOut):
        query = link_parts(Question(view=FIRST_VIEW, sort=SORTS[2], item=finding.item))
    elif isinstance(finding, Waiting):
        query = {**drilldown.query(finding.only), Name.SORT: [SORTS[1]]}
    else:
        query = drilldown.query(finding.only)
    return drilldown.linked(query, is_of_all_time=finding.of_all_times)


def sentence_of(snapshot: Snapshot, finding: Finding) -> str:
    """A finding in words, with masked names and quotes."""
    match finding:
        case BrokeOut(people, days=days, usual=usual, place=place):
            within = "a day" if days == 1 else f"{days} days"
            before = "usually none" if usual < 0.5 else f"usually about {usual:,.0f}"
            quote = displayed.quote(snapshot, place, QUOTED)
            return f"“{quote}”: {people:,} people were negative about it in {within}, {before}."
        case Rose(tag, items, before):
            return f"{displayed.tag(tag, QUOTED)} rose to {_negative(items)}, from {before:,} in the period before."
        case Fell(tag, items, before):
            return f"{displayed.tag(tag, QUOTED)} fell to {_negative(items)}, from {before:,} in the period before."
        case Dominated(tag, most, items):
            return f"{displayed.tag(tag, QUOTED)}: 1 person wrote {most:,} of the {item_count(items)}."
        case Waiting(items, days, oldest):
            since = snapshot.zone.formatted(oldest, "%-d %b %Y")
            if items == 1:
                return f"1 open negative item has waited over {days} days, since {since}."
            return f"{items:,} open negative items have waited over {days} days, the oldest since {since}."


def _negative(items: int) -> str:
    return f"{items:,} negative item{'' if items == 1 else 's'}"
