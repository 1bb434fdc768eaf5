"""The list of drafts for which something is left to do: a page of cards, those that need a person first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import streamlit as st

from loop_client.mirror import StoreError
from loop_client.query.text import first_line
from pages.components import room
from pages.components.outbox import decisions, summary
from pages.session import displayed, notices, runtime, sending, session

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PAGE: Final = 20

SHOWN: Final = 400
"""Characters of a message that are shown before "Show all"."""

LONGEST: Final = 60
"""Characters of a person, tag or source."""

BADGES: Final[dict[runtime.DraftState, tuple[str, Literal["red", "blue", "gray"], str]]] = {
    runtime.DraftState.REFUSED: ("Refused", "red", ":material/block:"),
    runtime.DraftState.UNKNOWN: ("Outcome unknown", "gray", ":material/help:"),
    runtime.DraftState.SENDING: ("Being sent", "blue", ":material/send:"),
    runtime.DraftState.WAITING: ("Waiting", "gray", ":material/schedule:"),
}


@dataclass(frozen=True, slots=True)
class Page:
    """Drafts of one page. `first`: the place of the first one in the list, from 0. The others are of all pages.

    `undecided`: drafts that need a person. `imports`: those of which rows wait; these rows are not in the list.
    """

    drafts: list[runtime.Submission]
    first: int
    counts: Mapping[runtime.DraftState, int]
    undecided: int
    imports: list[runtime.Import]

    @property
    def total(self) -> int:
        """The number of drafts in the list."""
        return listed(self.counts, self.imports)


def read(outbox: runtime.OwnOutbox) -> Page | None:
    """The drafts of the page that the reader has turned to; None if they cannot be read, which is reported."""
    try:
        imports, counts = runtime.imports(), outbox.counts()
        waiting = [one for one in imports.all() if one.counts[runtime.DraftState.WAITING]] if imports else []
        elsewhere = sum(not one.is_ours for one in waiting)
        first = (min(session.outbox_page or 1, _pages(listed(counts, waiting))) - 1) * PAGE
        return Page(outbox.pending(first, PAGE), first, counts, outbox.undecided() - elsewhere, waiting)
    except StoreError as error:
        notices.problem(error, "The outbox cannot be read right now")
        return None


def listed(counts: Mapping[runtime.DraftState, int], imports: Iterable[runtime.Import]) -> int:
    """The number of drafts in the list: the rows of imports that only wait are not in it."""
    return max(summary.pending(counts) - sum(one.counts[runtime.DraftState.WAITING] for one in imports), 0)


def cards(shown: Page) -> None:
    """Draw the drafts, under a heading for those that need a person and one for the others."""
    for offset, one in enumerate(shown.drafts):
        place = shown.first + offset
        if place < shown.undecided and offset == 0:
            st.subheader(f"Needs a decision: {shown.undecided:,}", anchor=False)
        elif place >= shown.undecided and (offset == 0 or place == shown.undecided):
            st.subheader(f"Waiting or being sent: {max(shown.total - shown.undecided, 0):,}", anchor=False)
        with st.container(border=True, key=f"outbox-{one.token}", gap="xsmall", width=room.LINE):
            _card(one)
    pages = _pages(shown.total)
    if pages > 1:
        if (session.outbox_page or 1) > pages:
            session.outbox_page = pages
        st.pagination(pages, key="outbox_page")


def _pages(total: int) -> int:
    return max(-(-total // PAGE), 1)


def _card(one: runtime.Submission) -> None:
    draft = displayed.draft(one, None if one.token in session.unfolded else SHOWN)
    zone = session.snapshot.zone
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        label, color, icon = BADGES[one.state]
        st.badge(label, color=color, icon=icon)
        if not one.is_ours:
            st.badge("For another account", color="gray", icon=":material/key:")
        written = f"Written {zone.formatted(one.written_at, '%a %-d %b %Y, %H:%M %Z')}"
        st.caption(written, width="content", help=displayed.by_own_clock(one.written_at, zone))
    st.text(f"{draft.message}…" if draft.is_cut else draft.message)
    if draft.is_cut:
        label = f"Show all {len(one.draft.message):,} characters"
        st.button(label, key=f"whole-{one.token}", type="tertiary", on_click=_unfold, args=(one.token,))
    facts = {"Person": draft.person, "Sentiment": draft.sentiment, "Tag": draft.tag, "Source": draft.source}
    st.text(" · ".join(f"{name}: {first_line(value, LONGEST)}" for name, value in facts.items()))
    is_reason_above = one.state == runtime.DraftState.WAITING and one.is_ours and sending.is_paused()
    st.text(" ".join(filter(None, ("" if is_reason_above else draft.reason, _prospect(one)))))
    decisions.buttons(one)


def _prospect(one: runtime.Submission) -> str:
    """What happens next to a draft, as a sentence."""
    zone, until = session.snapshot.zone, one.looked_for_until
    if until is not None:
        moment = zone.formatted(until, "%a %-d %b %Y, %H:%M %Z")
        if runtime.now() <= until:
            return f"The dashboard looks for it among Loop's items until {moment}."
        return f"The dashboard looked for it among Loop's items until {moment}, and did not find it."
    if not one.is_ours:
        return "It was written for another account than the one that is connected now."
    if one.state == runtime.DraftState.SENDING:
        return "Its outcome is usually known within 20 seconds."
    if one.state == runtime.DraftState.WAITING:
        tried = f" It was tried {one.tries:,} time{'' if one.tries == 1 else 's'}." if one.tries else ""
        return f"It will be sent.{tried}{' It is a bulk row: other drafts go first.' if one.is_bulk else ''}"
    return ""


def _unfold(token: str) -> None:
    """Callback: show all of a long message."""
    session.unfolded |= {token}
