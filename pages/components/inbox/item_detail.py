"""The detail pane: one item in full, as plain text, with links to related items."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import streamlit as st

from loop_client.mirror import Snapshot
from loop_client.mirror.columns import texts_of
from loop_client.query import ABSENT, Filters, rows_with_names
from loop_client.query.text import visible
from pages.components import item_table
from pages.components.inbox import same_complaint, tag_suggestion
from pages.components.inbox.sort_order import reason
from pages.session import displayed, link, notices, runtime, session, team_names

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from loop_client.mirror import Zone
    from pages.components.inbox.sort_order import Listing

LONGEST = 3_000
"""Characters of a message that are shown before "Show all"."""

QUOTED = 20_000
"""Most characters of a message in a quote."""

OTHERS = 20
"""Most other items of the same person that are shown."""

NOWHERE = (np.array([], np.int64), -1)
"""Place and row of no item."""

NO_ROWS = Snapshot().frame
"""No rows of a page, without the work of slicing a frame."""

STEPS = ((-1, "Previous", "k", ":material/keyboard_arrow_up:"), (1, "Next", "j", ":material/keyboard_arrow_down:"))
KEYS = {"j": "the next row", "k": "the previous row", "h": "these keys"}


def pane(  # noqa: PLR0913, PLR0917 - an item and its place in the list
    snapshot: Snapshot, item_id: str, place: np.ndarray, row: int, listing: Listing, page_size: int
) -> None:
    """Show one item of a view. `place`, `row`: see `place_of` and `row_of`. `page_size`: rows per page."""
    with st.container(border=True, key="item"):
        _steps(snapshot, row, listing.rows.rows, page_size)
        if not len(place):
            st.markdown(":material/search_off: **This item is not among the loaded items.**")
            st.text(displayed.item_id(item_id)[:100])
            return
        frame, zone, at = snapshot.frame, snapshot.zone, int(place[0])
        item = {str(name): frame[name].array[at] for name in frame}
        display = displayed.item(item)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            _badges(display.sentiment, display.status)
            _copies(item, display, zone)
        with st.container(key="facts-above", gap="xxsmall"):
            notices.facts(
                {
                    "Person": team_names.person(item["user_id"]),
                    "Tag": display.tag,
                    "Tag as sent": display.tag_sent,
                    "Source": display.source,
                    "Created": zone.formatted(item["created_at"], "%a %-d %b %Y, %H:%M:%S %Z"),
                },
                {"Created": displayed.by_own_clock(item["created_at"], zone)},
            )
        _message(display.message, item_id)
        observed = runtime.resolved_between(item_id) if item["status"] == "resolved" else None
        with st.container(key="facts-below", gap="xxsmall"):
            notices.facts(
                {
                    "Rank": _rank(listing, int(place[0]), zone),
                    "Resolved": _between(*observed, zone) if observed else None,
                    "Id": item["id"],
                }
            )
        if pd.isna(item["tag"]):
            tag_suggestion.draw(snapshot, listing.clustered, int(place[0]))
        same_complaint.others(snapshot, listing.clustered, int(place[0]))
        same_complaint.who(snapshot, listing.clustered, int(place[0]))
        _others(snapshot, item, place[0])
        if st.button("Shortcuts", key="keys", shortcut="h", type="tertiary", icon=":material/keyboard:"):
            _shortcuts()


def _rank(listing: Listing, place: int, zone: Zone) -> str | None:
    """The rank of an item with its parts; None where the list has none."""
    if listing.ranks is None:
        return None
    at = np.flatnonzero(listing.ranks["position"] == place)
    return reason(listing.ranks.iloc[at[0]], zone) if len(at) else None


def _message(message: str, item_id: str) -> None:
    """Draw the message; a very long one is cut, with a button to show all of it."""
    shortened = len(message) > LONGEST and item_id not in session.unfolded
    with st.container(key="message"):
        st.text(message[:LONGEST] if shortened else message)
    if shortened:
        st.button(f"Show all {len(message):,} characters", on_click=_unfold, args=(item_id,))


def _unfold(item_id: str) -> None:
    """Callback: show all of a long message."""
    session.unfolded |= {item_id}


def place_of(snapshot: Snapshot, item_id: str, shown: pd.DataFrame) -> np.ndarray:
    """The item's position among all items; empty when it is not loaded. `shown`: rows of the page, looked at first."""
    place = shown.index[shown["id"] == item_id].to_numpy()
    if len(place):
        return place
    every = np.arange(len(snapshot.frame))
    return np.flatnonzero(rows_with_names(texts_of(snapshot.frame, "id"), every, [item_id]))


def row_of(listing: Listing, place: np.ndarray, shown: range = range(0)) -> int:
    """The row of the list that has the item at this position; -1 if none has. `shown`: rows that are looked at first.

    Beyond these, time grows with the list.
    """
    near = np.flatnonzero(listing.rows.rows[shown.start : shown.stop] == place[0]) if len(place) else place
    if len(near):
        return shown.start + int(near[0])
    at = np.flatnonzero(listing.listed == place[0]) if len(place) else place
    return int(listing.rows.row_of[at[0]]) if len(at) else -1


def _steps(snapshot: Snapshot, number: int, rows: np.ndarray, page_size: int) -> None:
    """Previous, next, and in which row of the list the item is, -1 for none; by keys too."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for step, label, key, icon in STEPS if len(rows) > 1 or number < 0 else ():
            to = number + step
            there = 0 <= to < len(rows) and (number >= 0 or step > 0)
            go = partial(_open, snapshot, rows, to, page_size)
            st.button(label, key=f"step-{key}", on_click=go, shortcut=key, icon=icon, disabled=not there)
        if number < 0:
            st.caption(":material/filter_alt: This item is outside the current view.", width="content")
        else:
            st.caption(f"{number + 1:,} of {len(rows):,}", width="content")


def _open(snapshot: Snapshot, rows: np.ndarray, number: int, page_size: int) -> None:
    """Callback: put the item of that row into the link, and go to its page."""
    link.open_item(snapshot.rows(rows[number : number + 1])["id"].iloc[0])
    if len(rows) > page_size:
        session.page = number // page_size + 1


@st.dialog("Shortcuts")
def _shortcuts() -> None:
    """Show the keyboard shortcuts of the inbox."""
    notices.facts(KEYS)
    st.caption("In the list, the arrow keys move from row to row.")


def _copies(item: Mapping[str, Any], display: displayed.Item, zone: Zone) -> None:
    """Draw the item's link and its text as a quote, each with a copy button."""
    address = displayed.item_url(item["id"])
    sample = ", sample data" if runtime.is_sandbox() else ""
    source = f"{visible(display.person[:100])}, {zone.formatted(item['created_at'])}{sample}"
    message = display.message if len(display.message) <= QUOTED else f"{display.message[:QUOTED]}…"
    quote = "\n".join(f"> {line}".rstrip() for line in message.splitlines())
    with st.popover("Copy", icon=":material/content_copy:"):
        st.caption("Link to this item")
        st.code(address, language=None, wrap_lines=True)
        st.caption("Quote")
        st.code(f"{quote}\n\n{source}\n{address}", language=None, wrap_lines=True, height=220)


def _others(snapshot: Snapshot, item: Mapping[str, Any], place: int) -> None:
    """Draw other items of the same person, newest first."""
    found = Filters(user=(item["user_id"],)).rows(snapshot)
    found = found[found != place]
    if not len(found):
        return
    count = f"{len(found):,} other item{'s' if len(found) > 1 else ''} by this person"
    label = count if len(found) <= OTHERS else f"{count}, the newest {OTHERS} of them here"
    with st.expander(label, key="others", on_change="rerun") as others:
        if not others.open:
            return
        shown = snapshot.rows(found[:OTHERS])
        item_table.table(
            displayed.rows(shown),
            "",
            ("message", "sentiment", "age"),
            f"others-{snapshot.version}-{item['id']}",
            snapshot.zone,
        )


def _between(first: datetime, last: datetime, zone: Zone) -> str:
    """The observed time range in words."""
    form = "%H:%M %Z" if zone.day(first) == zone.day(last) else "%-d %b %Y, %H:%M %Z"
    return f"observed, between {zone.formatted(first, '%-d %b %Y, %H:%M')} and {zone.formatted(last, form)}"


def _badges(sentiment: str | None, status: str | None) -> None:
    """Draw sentiment and status as badges, each with a colour and an icon."""
    with st.container(horizontal=True, gap="small"):
        if sentiment == "negative":
            st.badge("negative", color="red", icon=":material/sentiment_dissatisfied:")
        elif sentiment == "positive":
            st.badge("positive", color="blue", icon=":material/sentiment_satisfied:")
        else:
            st.badge(_word(sentiment, ABSENT["sentiment"]), color="gray", icon=":material/sentiment_neutral:")
        if status == "resolved":
            st.badge("resolved", color="green", icon=":material/check_circle:")
        else:
            st.badge(_word(status, ABSENT["status"]), color="gray", icon=":material/radio_button_unchecked:")


def _word(value: str | None, absent: str) -> str:
    """A value for a badge, whose label is Markdown: only letters, digits, spaces and hyphens are kept."""
    return "".join(c if c.isalnum() or c in " -" else "_" for c in value[:40]) if value is not None else absent
