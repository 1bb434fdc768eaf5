"""How people sign in, as it was at the start of the process."""

from __future__ import annotations

import logging
import os
from dataclasses import replace
from functools import lru_cache
from typing import Final

import streamlit as st
from streamlit.auth_util import is_authlib_installed

from loop_client import ConfigurationError
from loop_client.service import SignIn, allowed_hosts, sign_in_setup

logger = logging.getLogger(__name__)

NOT_INSTALLED: Final = "[auth] is in secrets.toml, but Authlib is not installed. Run pip install '.[auth]'."


@lru_cache(maxsize=1)
def setup() -> SignIn | str | None:
    """How people sign in, as it was at the start; None if they do not.

    A sentence if the set-up cannot work, so that nobody may be let in.
    """
    try:
        found = sign_in_setup(os.environ, st.get_option("secrets.files"))
    except (ConfigurationError, OSError) as error:
        return _refused(str(error) if isinstance(error, ConfigurationError) else "secrets.toml cannot be read now.")
    if found is None:
        if names := allowed_hosts(os.environ):
            logger.warning("There is no sign-in: who reaches %s may read and change everything.", ", ".join(names))
        return None
    if not is_authlib_installed():
        return _refused(NOT_INSTALLED)
    for entry in found.allowed.ignored:
        logger.warning("LOOP_ALLOWED_EMAILS: %.100r is no address and no domain, and is left out.", entry)
    if not found.allowed.emails and not found.allowed.domains:
        logger.warning("LOOP_ALLOWED_EMAILS names nobody, so nobody can sign in.")
    return replace(found, redirect_uri=found.redirect_uri.replace("{port}", str(st.get_option("server.port"))))


def _refused(reason: str) -> str:
    """The reason why nobody can sign in, after it was logged."""
    logger.error("Nobody can sign in, so nothing is shown. %s", reason)
    return reason
