"""What a person can do with a draft: edit it and send it again, send it again as it is, or discard it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import streamlit as st

from loop_client.mirror import StoreError
from loop_client.query import Name
from pages.components import room
from pages.session import displayed, notices, runtime, session

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

RISK = "Loop may have stored this already. If it has, there will be two items. Look for it in the inbox first."
ELSEWHERE = "It was written for another account. It would be stored in the account that is connected now."
TWICE = "The other account may have it already."


def problem() -> None:
    """Say why the last decision failed."""
    if session.outbox_problem:
        notices.plain("Nothing was changed", [session.outbox_problem])


def buttons(one: runtime.Submission) -> None:
    """Draw what can be done with a draft; nothing while it is being sent. Each step needs a second click."""
    if one.state == runtime.DraftState.SENDING:
        return
    with room.as_high(room.BAR, one.token), st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if one.state == runtime.DraftState.REFUSED:
            _edit(one)
        elif not one.is_ours:
            risk = ELSEWHERE if one.state == runtime.DraftState.WAITING else f"{ELSEWHERE} {TWICE}"
            _send_again(one, "Send to this account", risk, "Send it to this account")
        elif one.state == runtime.DraftState.UNKNOWN:
            _send_again(one, "Send again", RISK, "Send again as a new item")
        with st.popover("Discard", icon=":material/delete:", type="tertiary", key=f"discarding-{one.token}"):
            is_unknown = one.state == runtime.DraftState.UNKNOWN
            st.text("It is not looked for any more. Loop may have stored it." if is_unknown else "It will not be sent.")
            key = f"discard-{one.token}"
            st.button("Discard this draft", key=key, on_click=_discard, args=(one.token,))


def _edit(one: runtime.Submission) -> None:
    """Draw the link to the form with this text; off while share-safe is on."""
    masked = displayed.is_masked()
    st.page_link(
        "submit.py",
        label="Edit and send again",
        icon=":material/edit:",
        query_params={Name.SUBMISSION.value: one.token},
        disabled=masked,
        help="Off while share-safe is on: the form would show the text." if masked else None,
    )


def _send_again(one: runtime.Submission, label: str, risk: str, action: str) -> None:
    with st.popover(label, icon=":material/send:", key=f"sending-{one.token}"):
        st.text(risk)
        st.button(action, key=f"send-{one.token}", on_click=_again, args=(one.token,))


def _discard(token: str) -> None:
    """Callback: give a draft up."""
    carry_out(runtime.outbox(), lambda outbox: outbox.discard(token), "Discarded.")


def _again(token: str) -> None:
    """Callback: send a draft again as it is; however often it is clicked, once."""
    carry_out(runtime.outbox(), lambda outbox: outbox.send_again(token), "It will be sent again.")


def carry_out(target: T | None, decide: Callable[[T], object], done: str) -> None:
    """Carry out a decision and show a toast; an error is shown above the list. `target`: None without a connection."""
    del session.outbox_problem
    try:
        if target is not None:
            decide(target)
            st.toast(done, icon=":material/outbox:")
    except StoreError as error:
        session.outbox_problem = str(error)
