"""The start of the process."""

from __future__ import annotations

import asyncio
import gc
import re
import runpy
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from loop_client.service import NAME
from pages.session import runtime
from tests.pages.conftest import page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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


@pytest.mark.parametrize(("name", "safe"), [("overview", ""), ("inbox", "true"), ("submit", ""), ("submit", "true")])
def test_the_policy_allows_the_scripts_that_are_served(
    name: str, safe: str, small: RunningSandbox, connect: Callable[..., None]
) -> None:
    """To the letter, whatever stands around them; no policy allows any inline script."""
    connect(small)
    hosts = st.get_option("server.allowedHosts")
    try:
        policy = runpy.run_path(str(Path(__file__).parents[2] / "app.py"))["content_security_policy"]()
    finally:
        st.config.set_option("server.allowedHosts", hosts)
    bodies = [element.proto.body for element in page(name, safe=safe).get("html")]
    scripts = [script for body in bodies for script in re.findall(r"<script[^>]*>(.*?)</script>", body, re.DOTALL)]

    assert len(scripts) == (1 if name == "overview" else 2)
    digests = [f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" for script in scripts]
    assert {*digests} <= {*policy.replace(";", " ").split()}
    assert "unsafe-inline" not in policy.partition("script-src")[2].partition(";")[0]


def test_the_address_of_an_upload_names_the_process() -> None:
    """Other processes know by it whom to ask; each file still has an id of its own."""
    hosts = st.get_option("server.allowedHosts")
    try:
        name_uploads = runpy.run_path(str(Path(__file__).parents[2] / "app.py"))["name_uploads"]
    finally:
        st.config.set_option("server.allowedHosts", hosts)
    files = MemoryUploadedFileManager("/_stcore/upload_file")
    name_uploads(files)
    urls = files.get_upload_urls("session", ["a.csv", "b.csv"])

    assert len({one.file_id for one in urls}) == 2
    for one in urls:
        assert re.fullmatch(rf"{NAME}-[0-9a-f-]{{36}}", one.file_id)
        assert one.upload_url == one.delete_url == f"/_stcore/upload_file/session/{one.file_id}"


def test_an_upload_that_had_to_make_room_leaves_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streamlit forgets the file, and does not mind one that is gone with its session."""
    hosts = st.get_option("server.allowedHosts")
    try:
        forget = runpy.run_path(str(Path(__file__).parents[2] / "app.py"))["forget_upload"]
    finally:
        st.config.set_option("server.allowedHosts", hosts)
    files = MemoryUploadedFileManager("/upload")
    for number in "12":
        files.add_file("session", UploadedFileRec(number, "rows.csv", "text/csv", b"x"))
    monkeypatch.setattr("streamlit.runtime.get_instance", lambda: SimpleNamespace(uploaded_file_mgr=files))

    forget("session", "1")
    forget("gone", "1")
    assert [file.file_id for file in files.get_files("session", ["1", "2"])] == ["2"]
