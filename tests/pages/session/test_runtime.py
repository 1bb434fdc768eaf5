"""The process's connection: wrong keys, invalid settings and failing syncs are each reported in one sentence."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
import streamlit as st

from loop_client.sandbox.store import Store
from pages.session import runtime
from tests.pages.conftest import number, page, texts
from tests.raw_server import raw_server
from tests.sandboxes import RunningSandbox, row, running_sandbox
from tests.waiting import until

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from pathlib import Path


def test_a_wrong_key_is_one_sentence_on_a_working_page(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """A rejected key is reported on a working page, without showing the key."""
    connect(small, LOOP_API_KEY="canary-key")

    app = page()

    assert not app.exception
    assert any("401" in text and "LOOP_API_KEY" in text for text in texts(app))
    assert not any("canary" in text for text in texts(app))


def test_an_unusable_key_is_one_sentence_on_a_working_page(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """A key that cannot be sent is reported before any request."""
    connect(small, LOOP_API_KEY="canary-këy ")

    app = page()

    assert not app.exception
    assert any("LOOP_API_KEY" in text for text in texts(app))
    assert not any("canary" in text for text in texts(app))


def test_without_a_connection_the_form_explains_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without a connection the form explains it, and its button is disabled."""
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
    """A failed start is retried by itself, the page says when, and recovers."""
    folder = tmp_path / "data"
    folder.write_text("a file where the folder should be")
    settings = {"LOOP_API_KEY": small.api_key, "LOOP_BASE_URL": small.base_url, "LOOP_DATA_DIR": str(folder / "copy")}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    runtime.start()
    try:
        shown = " ".join(texts(page()))
        assert "The dashboard tries again in a few seconds." in shown
        assert runtime.not_ready() is not None

        folder.unlink()
        until(lambda: runtime.snapshot().coverage.complete)
        assert runtime.problem() is None
        assert runtime.not_ready() is None
        assert number(page(), "Items") == "5"
    finally:
        runtime.stop()


def test_secrets_that_may_not_be_read_yet_are_tried_again(
    tmp_path: Path, small: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unreadable secrets, as on a volume mounted later, are read again."""
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
    """An invalid setting is not retried, and the page says that a restart is needed."""
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
    """A dead sync thread is reported on the page and in the readiness check."""
    connect(small)
    assert runtime.not_ready() is None

    connection = runtime.SERVICE.connection  # no known fault ends it
    assert connection is not None
    connection.sync.request_stop()
    connection.sync.join()

    assert "has ended" in str(runtime.not_ready())
    assert any("has ended" in text for text in texts(page()))


@pytest.mark.parametrize("wait", ["7200", "Fri, 31 Dec 9999 23:59:59 GMT", "9" * 30])
def test_check_now_respects_a_retry_after(wait: str, tmp_path: Path, connect: Callable[..., None]) -> None:
    """A click on "Check now" sends nothing during a Retry-After, and each reader is retry_text its end."""
    requests: list[bytes] = []

    def limit(connection: socket.socket, request: bytes) -> None:
        requests.append(request)
        head = f"HTTP/1.1 429 x\r\nRetry-After: {wait}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode())

    with raw_server(limit) as address:
        connect(RunningSandbox(address, "a-key", Store(tmp_path / "unused.db")))
        until(lambda: (runtime.next_sync() or 0) > 3000)
        before = len(requests)
        app = page()
        for _ in range(5):
            next(button for button in app.button if button.label == "Check now").click().run()

        assert app.toast[0].value == "The dashboard tries again in 60 min."
        assert len(requests) == before
        retry_text = f"Try again in {'120 min' if wait == '7200' else 'more than a month'}"
        assert any(retry_text in text for text in texts(app))
        assert retry_text in str(runtime.not_ready())
        runtime.stop()


def test_days_and_times_are_those_of_the_team(tmp_path: Path, connect: Callable[..., None]) -> None:
    """Counts, filters and shown times use the days of the configured zone."""
    late = row(1, created_at="2026-07-01T22:30:00.000Z", message="Late")
    with running_sandbox(tmp_path / "loop", items=[late]) as sandbox:
        connect(sandbox, LOOP_TIME_ZONE="Europe/Berlin")

        assert number(page(since="2026-07-02", until="2026-07-02"), "Items") == "1"
        assert "Days in Europe/Berlin" in " ".join(texts(page(since="2026-07-02")))
        assert any("No item matches" in text for text in texts(page(since="2026-07-01", until="2026-07-01")))
        assert "Thu 2 Jul 2026, 00:30:00 CEST" in texts(page("inbox", item="fb_1"))


@pytest.mark.parametrize("with_arrow", [True, False])
def test_a_start_counts_the_days_of_the_team(with_arrow: bool, tmp_path: Path, connect: Callable[..., None]) -> None:  # noqa: FBT001 - a parameter of the test
    """After a change of zone the stored items are counted by its days, with or without the Arrow copy."""
    late = row(1, created_at="2026-07-01T22:30:00.000Z")
    with running_sandbox(tmp_path / "loop", items=[late]) as sandbox:
        connect(sandbox)
        runtime.stop()
        if not with_arrow:
            (tmp_path / "mirror.db.arrow").unlink()
        connect(sandbox, LOOP_TIME_ZONE="Europe/Berlin")

        assert number(page(since="2026-07-02", until="2026-07-02"), "Items") == "1"


def test_a_zone_that_there_is_not_is_one_sentence(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """An unknown zone is reported with the setting's name and an example."""
    connect(small, LOOP_TIME_ZONE="Berlin")

    assert "Name one such as Europe/Berlin" in " ".join(texts(page()))
