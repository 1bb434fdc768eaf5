"""What the dashboard is told by its environment and its secrets file."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from loop_client import ConfigurationError
from loop_client.mirror import Zone

CALLS_PER_MINUTE = 60
"""Calls of the process to the API, unless LOOP_CALLS_PER_MINUTE says otherwise."""


def calls_per_minute() -> float:
    """Calls that the process may make a minute."""
    return float(_whole_number("LOOP_CALLS_PER_MINUTE", CALLS_PER_MINUTE))


def time_zone() -> Zone:
    """The zone whose days the team counts."""
    name = os.environ.get("LOOP_TIME_ZONE") or "UTC"
    try:
        return Zone(name)
    except (ValueError, OSError, KeyError):
        text = f"LOOP_TIME_ZONE is {name[:60]!r}, which is no time zone. Name one as in Europe/Berlin, or unset it."
        raise ConfigurationError(text) from None


def account() -> tuple[str | None, str | None]:
    """The key and the base URL: from the environment, else from [loop] in secrets.toml.

    Raises:
        ConfigurationError: What the file says cannot be used.
        OSError: The file cannot be read now.
    """
    secrets: Any = {}
    files = [Path(file) for file in st.get_option("secrets.files") if Path(file).exists()]
    if files:
        for file in files:
            file.open("rb").close()  # permission may come later: an OSError, which is tried again
        if not st.secrets.load_if_toml_exists():
            raise ConfigurationError("secrets.toml cannot be read. Correct it, or remove it to try the sandbox.")
        secrets = st.secrets.get("loop", {})
    values: list[Any] = [secrets.get(name) if isinstance(secrets, Mapping) else 0 for name in ("api_key", "base_url")]
    if not all(isinstance(value, str | None) for value in values):
        raise ConfigurationError("[loop] in secrets.toml must hold api_key and base_url as text in quotes.")
    return os.environ.get("LOOP_API_KEY") or values[0], os.environ.get("LOOP_BASE_URL") or values[1]


def _whole_number(name: str, usual: int) -> int:
    text = os.environ.get(name) or str(usual)
    if not re.fullmatch("[0-9]{1,9}", text) or int(text) < 1:
        raise ConfigurationError(f"{name} must be a whole number from 1 to 999,999,999.")
    return int(text)
