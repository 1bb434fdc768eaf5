"""The smallest page that Streamlit serves: what its own files cost a first visit."""

from __future__ import annotations

import streamlit as st

st.title("Overview")
