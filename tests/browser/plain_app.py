"""An app without our code, for what Streamlit itself draws in its own colours. A script for `streamlit run`."""

from __future__ import annotations

import pandas as pd
import streamlit as st

BARS = {
    "mark": "bar",
    "encoding": {"x": {"field": "label", "type": "nominal"}, "y": {"field": "value", "type": "quantitative"}},
    "params": [{"name": "brush", "select": {"type": "interval", "encodings": ["x"]}}],
}


def first() -> None:
    """Each kind of element that the dashboard uses, with default settings."""
    numbers = pd.DataFrame({"label": ["first", "second"], "value": [1, 2]})
    with st.sidebar:
        st.header("Choices", anchor=False)
        st.toggle("Switch")
        st.text_input("Words", type="search")
        st.multiselect("Several", ["alpha", "beta"], default=["alpha"])
        st.segmented_control("One of", ["alpha", "beta"], default="alpha")
        st.date_input("Day", None, disabled=True)
    st.title("Plain", anchor=False)
    st.pills("Pills", ["alpha", "beta"], default="alpha", label_visibility="collapsed")
    st.metric("Number", "1,234", delta="worse", chart_data=[1, 2, 3], chart_type="area")
    st.vega_lite_chart(numbers, BARS, key="bars", on_select="rerun", alt="Two bars.")
    st.dataframe(numbers, hide_index=True, alt="Two rows.")
    st.pagination(3)
    with st.expander("More"):
        st.text("text")
    with st.popover("Opened", type="tertiary"):
        st.text("text")


def second() -> None:
    """Another page, so that there is a navigation."""
    st.title("Second", anchor=False)


st.set_page_config(layout="wide")
st.navigation([st.Page(first, title="First", default=True), st.Page(second, title="Second")], position="top").run()
