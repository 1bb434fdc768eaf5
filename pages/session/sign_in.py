"""Who is signed in, for pages; and what the gate of the process needs of Streamlit's cookies and messages."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Final

import streamlit as st
from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from streamlit.auth_util import get_cookie_with_chunks
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.user_info import generate_login_redirect_url
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value

from loop_client import LoopError
from loop_client.service import SignIn, Storage, data_folder, store_setup
from pages.session import share_safe
from pages.session.person import person
from pages.session.set_up import setup

__all__ = ["login", "menu", "opened", "person", "reload_message", "require", "setup", "sign_outs", "signed"]

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loop_client.service import SignOuts

CLOCKS_APART: Final = 10
"""Seconds by which the clocks of two machines may differ."""


def require() -> None:
    """Send a reader to the sign-in who has got past the gate of the process, which is the same for all routes."""
    if st.user.get("is_logged_in") is False:
        found = setup()
        st.login(found.providers[0] if isinstance(found, SignIn) else None)
        st.stop()


def menu() -> None:
    """Draw who is signed in, with "Sign out"; nothing without a sign-in."""
    if (email := person()) is not None:
        with st.popover("Account", icon=":material/account_circle:", type="tertiary"):
            st.caption("Signed in as")
            st.text(share_safe.name(email))
            if st.button("Sign out", icon=":material/logout:", help="All tabs of this browser are signed out."):
                st.logout()


def sign_outs() -> SignOuts:
    """The sessions that ended before their time, of all processes on the data folder or the database.

    Where the database's address is wrong, there is no service, which says so; then nobody shares anything.
    """
    folder = data_folder(os.environ)
    try:
        return Storage(folder, store_setup(os.environ, st.get_option("secrets.files"))).sign_outs
    except (LoopError, OSError):
        return Storage(folder).sign_outs


def opened(cookies: Mapping[str, str], name: str) -> Mapping[str, Any] | None:
    """The content of a cookie that Streamlit signed; None without one, or with one that another secret signed."""

    def single(part: str) -> bytes | None:
        return decode_signed_value(get_cookie_secret(), part, cookies[part]) if part in cookies else None

    try:
        content = json.loads(get_cookie_with_chunks(single, name) or b"null")
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


def signed(name: str, content: Mapping[str, Any]) -> str:
    """The value of a cookie that Streamlit reads as its own, also on a machine whose clock is a little behind."""
    return str(URLSafeTimedSerializer(get_cookie_secret(), salt=name, signer=_Earlier).dumps(json.dumps(content)))


class _Earlier(TimestampSigner):
    """Dates a signature back. One from the future is refused, and the other machine would end the session."""

    def get_timestamp(self) -> int:
        return super().get_timestamp() - CLOCKS_APART


def login(provider: str) -> str:
    """The address at which Streamlit sends people to a provider; valid for two minutes."""
    return generate_login_redirect_url(provider)


def reload_message() -> bytes:
    """A message to a browser's tab, as by `st.login`, to open an address: the one that it shows."""
    message = ForwardMsg()
    message.auth_redirect.url = ""
    message.auth_redirect.SetInParent()
    return bytes(message.SerializeToString())
