"""The start of the process."""

from __future__ import annotations

import asyncio
import gc
import runpy
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import streamlit as st

from pages.session import runtime

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sandboxes import RunningSandbox


@pytest.fixture
def unfrozen() -> Iterator[None]:
    """A garbage collector without frozen objects, before and after the test."""
    gc.unfreeze()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("unfrozen")
def test_what_the_start_has_loaded_is_left_out_of_collection(
    small: RunningSandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Objects loaded at the start are excluded from garbage collection, which would pause every viewer."""
    settings = {"API_KEY": small.api_key, "BASE_URL": small.base_url, "DATA_DIR": str(tmp_path)}
    for name, value in settings.items():
        monkeypatch.setenv(f"LOOP_{name}", value)
    hosts = st.get_option("server.allowedHosts")
    app = runpy.run_path(str(Path(__file__).parents[2] / "app.py"))

    async def frozen() -> int:
        async with app["lifespan"](app["app"]):
            assert runtime.is_connected()
            return gc.get_freeze_count()

    try:
        assert asyncio.run(frozen()) > 0
    finally:
        st.config.set_option("server.allowedHosts", hosts)
