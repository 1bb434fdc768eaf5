"""What leads out of the table of people: the listed rows as a file, and their items in the inbox."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

import streamlit as st

from loop_client.query import Name, shortened
from loop_client.report.export import HIDDEN, PEOPLE_FORMATS, PeopleRows, file_name, people_pieces
from loop_client.report.export.people import USER_ID
from pages.components import download_menu
from pages.components.inbox import export_menu
from pages.server import downloads
from pages.session import coverage_line, displayed, drilldown, runtime

if TYPE_CHECKING:
    from collections.abc import Generator

    from loop_client.report import About
    from loop_client.report.export import Format
    from pages.components.people.model import PeopleModel

MOST_LINKED: Final = 50
"""Most people whose items one link opens: each is named in it."""


def offer(model: PeopleModel) -> None:
    """Draw the menu to export the listed rows, in their order."""
    menu = st.popover("Export", icon=":material/download:", type="tertiary", key="export", on_change="rerun")
    if (links := download_menu.links_of(menu)) is None:
        return
    rows, about = _rows(model), _about(model)
    with menu:
        st.caption(f"Exports the {about.counted(len(rows))} listed, with filters, link and coverage.")
        for form in PEOPLE_FORMATS:
            label, kind = export_menu.FILES[form]
            now = coverage_line.now(model.snapshot)
            name = file_name(rows.what, form, about, now, share_safe=rows.mask is not None)
            file = downloads.File(name, kind, partial(_pieces, rows, about, form))
            download_menu.link(links, label, f"export-{form}", file)


def _rows(model: PeopleModel) -> PeopleRows:
    if model.is_grouped:
        keys = {str(model.chosen.group_by): model.groups[0]}
    else:
        known = model.columns
        keys = {USER_ID: model.persons.ids, **{name: known[name].combine_chunks() for name in known.column_names}}
    mask = displayed.mask(model.snapshot)
    return PeopleRows(model.snapshot.frame, model.table, model.shown, keys, model.hour, mask)


def _about(model: PeopleModel) -> About:
    """The metadata of this reader's export."""
    chosen, about = model.chosen, export_menu.about(model.snapshot, model.question)
    own = {Name.FIND.value: chosen.text, Name.MEMBER_OF.value: ", ".join(chosen.member_of)}
    hidden = HIDDEN if displayed.is_masked() else None
    filters = {name: value for name, value in about.filters.items() if name != Name.VIEW}
    filters |= {name: hidden or value for name, value in own.items() if value}
    filters[Name.PEOPLE_BY.value] = chosen.by
    one, many = ("group", "groups") if model.is_grouped else ("person", "people")
    return replace(about, filters=filters, counted=lambda count: f"{count:,} {one if count == 1 else many}")


def _pieces(rows: PeopleRows, about: About, form: Format) -> Generator[bytes]:
    """The file, with the time of the click."""
    return people_pieces(rows, replace(about, made_at=runtime.now()), form)


def inbox_link(model: PeopleModel) -> None:
    """Draw a link to the items of the people who pass the search and the filter, if they are few."""
    count = len(model.shown)
    if model.is_grouped or not (model.chosen.text.strip() or model.chosen.member_of):
        return
    if count > MOST_LINKED:
        st.caption(f"Their items can be opened in the inbox once there are at most {MOST_LINKED} people.")
        return
    only = replace(model.question.drill_down, user=tuple(map(shortened, model.ids(model.shown))))
    drilldown.offer("inbox.py", "Items of this person" if count == 1 else f"Items of these {count} people", only)
