"""The process's connection: wrong keys, broken settings, failing syncs, each one sentence."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
import streamlit as st

from loop_client.sandbox.store import Store
from pages.session import runtime
from tests.pages.conftest import page, texts
from tests.raw_server import raw_server
from tests.sandboxes import RunningSandbox, row, running_sandbox
from tests.waiting import until

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from pathlib import Path


def test_a_wrong_key_is_one_sentence_on_a_working_page(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """The page stands, says what Loop answered and what to check, and does not show the key."""
    connect(small, LOOP_API_KEY="canary-key")

    app = page()

    assert not app.exception
    assert any("401" in text and "LOOP_API_KEY" in text for text in texts(app))
    assert not any("canary" in text for text in texts(app))


def test_an_unusable_key_is_one_sentence_on_a_working_page(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """A key that cannot be sent at all is told before anything is asked."""
    connect(small, LOOP_API_KEY="canary-këy ")

    app = page()

    assert not app.exception
    assert any("LOOP_API_KEY" in text for text in texts(app))
    assert not any("canary" in text for text in texts(app))


def test_without_a_connection_the_form_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Its button is disabled, and the page goes on working."""
    monkeypatch.setenv("LOOP_API_KEY", "with a space")
    monkeypatch.setenv("LOOP_DATA_DIR", str(tmp_path))
    runtime.start()
    app = page("submit")

    assert not app.exception
    assert any("Nothing can be submitted without a connection" in text for text in texts(app))
    runtime.stop()


def test_a_start_that_failed_is_tried_again_by_itself(
    small: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page says when, and is whole as soon as the folder can be used; nobody restarts anything."""
    folder = tmp_path / "data"
    folder.write_text("a file where the folder should be")
    settings = {"LOOP_API_KEY": small.api_key, "LOOP_BASE_URL": small.base_url, "LOOP_DATA_DIR": str(folder / "copy")}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    runtime.start()
    try:
        said = " ".join(texts(page()))
        assert "The dashboard tries again in a few seconds." in said
        assert runtime.not_ready() is not None

        folder.unlink()
        until(lambda: runtime.snapshot().coverage.complete)
        assert runtime.problem() is None
        assert runtime.not_ready() is None
        assert page().metric[0].value == "5"
    finally:
        runtime.stop()


def test_secrets_that_may_not_be_read_yet_are_tried_again(
    tmp_path: Path, small: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a volume that is mounted a moment later; here a folder stands where the file will be."""
    file = tmp_path / "secrets.toml"
    file.mkdir()
    monkeypatch.setenv("LOOP_DATA_DIR", str(tmp_path / "data"))
    before = st.get_option("secrets.files")
    st.config.set_option("secrets.files", [str(file)])
    try:
        runtime.start()
        assert str(file) in str(runtime.problem())

        file.rmdir()
        file.write_text(f'[loop]\napi_key = "{small.api_key}"\nbase_url = "{small.base_url}"')
        until(lambda: runtime.snapshot().coverage.complete)
        assert not runtime.is_sandbox()
    finally:
        runtime.stop()
        st.config.set_option("secrets.files", before)


def test_a_wrong_setting_is_not_tried_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The environment of a process does not change: the page says that a restart is needed."""
    monkeypatch.setenv("LOOP_API_KEY", "with a space")
    monkeypatch.setenv("LOOP_DATA_DIR", str(tmp_path))
    runtime.start()
    try:
        assert runtime.next_sync() is None
        assert "start" not in {thread.name for thread in threading.enumerate()}
        assert any("start the dashboard again" in text for text in texts(page()))
    finally:
        runtime.stop()


def test_a_dead_sync_thread_is_reported(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """On the page and to whoever watches the process, though there are rows to show."""
    connect(small)
    assert runtime.not_ready() is None

    connection = runtime.SERVICE.connection  # no fault that we know of ends it
    assert connection is not None
    connection.sync.request_stop()
    connection.sync.join()

    assert "has ended" in str(runtime.not_ready())
    assert any("has ended" in text for text in texts(page()))


@pytest.mark.parametrize("wait", ["7200", "Fri, 31 Dec 9999 23:59:59 GMT", "9" * 30])
def test_check_now_respects_a_retry_after(wait: str, tmp_path: Path, connect: Callable[..., None]) -> None:
    """However many readers click while Loop asked for a pause, nothing is sent; each is told when it will be."""
    asked: list[bytes] = []

    def limit(connection: socket.socket, request: bytes) -> None:
        asked.append(request)
        head = f"HTTP/1.1 429 x\r\nRetry-After: {wait}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode())

    with raw_server(limit) as address:
        connect(RunningSandbox(address, "a-key", Store(tmp_path / "unused.db")))
        until(lambda: (runtime.next_sync() or 0) > 3000)
        before = len(asked)
        app = page()
        for _ in range(5):
            next(button for button in app.button if button.label == "Check now").click().run()

        assert app.toast[0].value == "The dashboard tries again in 60 min."
        assert len(asked) == before
        told = f"Try again in {'120 min' if wait == '7200' else 'more than a month'}"
        assert any(told in text for text in texts(app))
        assert told in str(runtime.not_ready())
        runtime.stop()


def test_days_and_times_are_those_of_the_team(tmp_path: Path, connect: Callable[..., None]) -> None:
    """Half past eleven in the evening in London is the next day in Berlin: in counts, filters and on the screen."""
    late = row(1, created_at="2026-07-01T22:30:00.000Z", message="Late")
    with running_sandbox(tmp_path / "loop", items=[late]) as sandbox:
        connect(sandbox, LOOP_TIME_ZONE="Europe/Berlin")

        assert page(since="2026-07-02", until="2026-07-02").metric[0].value == "1"
        assert "Days in Europe/Berlin" in " ".join(texts(page(since="2026-07-02")))
        assert any("No item matches" in text for text in texts(page(since="2026-07-01", until="2026-07-01")))
        assert "Thu 2 Jul 2026, 00:30:00 CEST" in texts(page("inbox", item="fb_1"))


@pytest.mark.parametrize("kept", [True, False])
def test_a_start_counts_the_days_of_the_team(kept: bool, tmp_path: Path, connect: Callable[..., None]) -> None:  # noqa: FBT001 - a parameter of the test
    """Also of what was held before in another zone, from the Arrow copy or without it."""
    late = row(1, created_at="2026-07-01T22:30:00.000Z")
    with running_sandbox(tmp_path / "loop", items=[late]) as sandbox:
        connect(sandbox)
        runtime.stop()
        if not kept:
            (tmp_path / "mirror.db.arrow").unlink()
        connect(sandbox, LOOP_TIME_ZONE="Europe/Berlin")

        assert page(since="2026-07-02", until="2026-07-02").metric[0].value == "1"


def test_a_zone_that_there_is_not_is_one_sentence(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """It says which setting, and how one is named."""
    connect(small, LOOP_TIME_ZONE="Berlin")

    assert "Name one such as Europe/Berlin" in " ".join(texts(page()))
