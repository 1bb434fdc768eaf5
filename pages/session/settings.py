"""The configuration of the dashboard, read from the secrets files that Streamlit names."""

from __future__ import annotations

import ipaddress
import os
import socket
from dataclasses import replace

import streamlit as st

from loop_client.service import Config


def configured() -> Config:
    """Read the configuration now.

    Raises:
        ConfigurationError: A setting cannot be used.
        OSError: A secrets file cannot be read now.
    """
    config = Config.read(os.environ, st.get_option("secrets.files"))
    return replace(config, address=address()) if config.store_url else config


def address() -> str | None:
    """Host and port at which other processes reach this one; None behind a file or a certificate of its own."""
    host, port = st.get_option("server.address") or "", st.get_option("server.port")
    if host.startswith("unix:") or st.get_option("server.sslCertFile"):
        return None
    if host in {"", "0.0.0.0", "::"}:  # noqa: S104 - compared, not listened on
        host = _of_this_machine()
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _of_this_machine() -> str:
    """The address of the machine's name, which a container has in its own list; the name where others alone know it."""
    name = socket.gethostname()
    try:
        found = socket.gethostbyname(name)
    except OSError:
        return name
    return name if ipaddress.ip_address(found).is_loopback else found
