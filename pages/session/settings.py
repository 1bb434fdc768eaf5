"""The configuration of the dashboard, read from the secrets files that Streamlit names."""

from __future__ import annotations

import os

import streamlit as st

from loop_client.service import Config


def configured() -> Config:
    """Read the configuration now.

    Raises:
        ConfigurationError: A setting cannot be used.
        OSError: A secrets file cannot be read now.
    """
    return Config.read(os.environ, st.get_option("secrets.files"))
