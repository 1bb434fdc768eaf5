"""One person: what the team knows, numbers, a timeline, and their items, those to answer first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import streamlit as st

from loop_client.query import OPEN_NEGATIVE, DrillDown, Name, Question, link_parts, merged, rows_with_names, shortened
from loop_client.query.text import first_line, item_count, percent
from pages.components import item_table
from pages.components.overview import OverviewModel, chart_cards, timeline
from pages.components.people.model import Chosen
from pages.session import coverage_line, displayed, drilldown, link, notices, people_choice

if TYPE_CHECKING:
    from datetime import datetime

    import pandas as pd

    from loop_client.mirror import Zone
    from pages.components.people.model import PeopleModel

SHOWN: Final = 10
"""Most items of a person that are listed here."""


def place_of(model: PeopleModel, name: str) -> int | None:
    """The row of `model.people` of the person with this name, see `naming.shortened`; None if none passes."""
    ids = model.persons.ids
    persons = [ids.index(name).as_py()]
    if persons == [-1]:  # in another normal form, or shortened
        persons = np.flatnonzero(rows_with_names(pa.chunked_array([ids]), np.arange(len(ids)), [name])).tolist()
    at = np.flatnonzero(np.isin(model.people.rows["group"].to_numpy(), persons))
    return int(at[0]) if len(at) else None


def pane(model: PeopleModel, name: str, row: int | None) -> None:
    """Draw one person. `row`: of `model.people`."""
    with st.container(border=True, key="item"):
        with st.container(horizontal=True, horizontal_alignment="right"):
            st.button("Close", icon=":material/close:", type="tertiary", on_click=people_choice.close)
        if row is None:
            st.markdown(":material/search_off: **No item of this person matches the filters.**")
            st.text(first_line(displayed.about_person(name)))
            return
        model = replace(model, chosen=Chosen(model.chosen.by))  # their own row, whatever is listed
        rows = np.array([row])
        user_id = model.ids(rows)[0]
        known = {column: values[0] for column, values in model.known(rows).items()}
        about = model.page(rows).iloc[0]
        _head(user_id, known)
        theirs = replace(model.question.drill_down, user=(shortened(user_id),))
        _facts(model, about, theirs)
        of_person = OverviewModel(
            model.snapshot,
            replace(model.question, drill_down=theirs),
            model.snapshot.zone.day(coverage_line.now(model.snapshot)),
        )
        timeline.next_bucket(of_person.fitting)
        chart_cards.volume(of_person)
        _items(model, row, user_id)


def _head(user_id: str, known: dict[str, str | None]) -> None:
    """Draw who it is: by the team's column "name", if there is one, and the id."""
    named = next((value for column, value in known.items() if column.lower() == "name" and value), None)
    title = first_line(displayed.about_person(named or user_id), 80)
    st.subheader(displayed.heading(title), anchor=False)
    others = {column: value for column, value in known.items() if value and value != named}
    notices.facts(
        {
            "Person": displayed.about_person(user_id),
            **{
                displayed.heading(displayed.value(column)): displayed.about_person(value)
                for column, value in others.items()
            },
        }
    )


def _facts(model: PeopleModel, about: pd.Series, theirs: DrillDown) -> None:
    """Draw the numbers, and links to the items. `theirs`: the drill-down to them."""
    zone, plus = model.snapshot.zone, model.question.completeness(model.snapshot).plus
    share = f"{about['negative']:,}{plus} of {about['rated']:,}{plus} with a sentiment"
    share += f", {percent(about['share'])}" if about["rated"] else ""
    first, last = (zone.formatted(about[name], "%a %-d %b %Y, %H:%M") for name in ("first_said", "last_said"))
    notices.facts(
        {
            "Items": counts(model, about),
            "Negative": share,
            "First said": first if not plus else f"{first}, of what is loaded",
            "Last said": last,
            "Main tags": ", ".join(displayed.tag(tag, 80) for tag in about["tags"]) or None,
            "Why": why(about, model.hour) if about["open_negative"] else None,
            "Weight": weight(about, zone) if about["open_negative"] else None,
        }
    )
    with st.container(horizontal=True, gap="medium"):
        drilldown.offer("inbox.py", "Their items", theirs)
        to_answer = merged([theirs, OPEN_NEGATIVE])
        if to_answer is not None:
            drilldown.offer("inbox.py", "To answer", to_answer)


def counts(model: PeopleModel, about: pd.Series) -> str:
    """How many items a person has, and how many to answer, as far as they are loaded. `about`: see `weight`."""
    filters = model.question.filters
    plus, of_open = (Question(filters, only).completeness(model.snapshot).plus for only in (DrillDown(), OPEN_NEGATIVE))
    to_answer = f"{about['open']:,}{of_open} open, {about['open_negative']:,}{of_open} open and negative"
    return f"{about['items']:,}{plus}, {to_answer}"


def why(about: pd.Series, now: datetime) -> str:
    """Why somebody should be called, in plain words. `about`: a row of `report.people_table` with a weight."""
    complaints, items = about["complaints"], about["open_negative"]
    different = "1 complaint" if complaints == 1 else f"{complaints:,} different complaints"
    several = f", said in {items:,} items" if items > complaints else ""
    days = max((now - about["open_since"]).days, 0)
    since = "less than a day" if not days else "1 day" if days == 1 else f"{days:,} days"
    return f"{different} open{several}, {'' if items == 1 else 'the oldest '}for {since}."


def weight(about: pd.Series, zone: Zone) -> str:
    """A weight as the product of its parts. `about`: a row of `report.people_table`."""
    since = zone.formatted(about["open_since"], "%-d %b %Y")
    parts = (
        f"√{about['complaints']:,} complaint{'' if about['complaints'] == 1 else 's'}",
        f"{about['recency']:.3g} recency",
        f"{about['waiting']:.3g} waiting (since {since})",
    )
    return f"{about['weight']:.3g} = {' × '.join(parts)}"


def _items(model: PeopleModel, row: int, user_id: str) -> None:
    """Draw the items of a row of `model.people`, open negative ones first, both newest first."""
    snapshot, count = model.snapshot, int(model.people.rows["items"].to_numpy()[row])
    more = f", {SHOWN} of {item_count(count)}" if count > SHOWN else ""
    st.caption(f"Open negative first{more}. Select one to open it in the inbox.")
    shown = snapshot.rows(model.to_answer(row, SHOWN))
    columns = ("message", "sentiment", "status", "age")
    item_table.table(displayed.rows(shown), "", columns, f"of-{snapshot.version}-{hash(user_id)}", snapshot.zone)


def open_selected(name: str | None) -> None:
    """Open the item that was selected in the list of a person's items, in the inbox."""
    if (item_id := link.value(Name.ITEM)) is None:
        return
    only = drilldown.current()
    only = replace(only, user=(name,)) if name else only
    if not drilldown.may_be_linked(only):
        only = DrillDown()
    link.close_item()
    st.switch_page("inbox.py", query_params=link_parts(Question(drill_down=only, item=item_id)))
