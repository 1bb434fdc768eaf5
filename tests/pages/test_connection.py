"""The process's connection: wrong keys, broken settings, failing syncs, each one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import streamlit as st
from streamlit.runtime.secrets import Secrets

from loop_client.mirror import Mirror
from pages.shared import data
from tests.pages.conftest import page, texts
from tests.sandboxes import row, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.sandboxes import RunningSandbox


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
    data.start()
    app = page("submit")

    assert not app.exception
    assert any("nothing to submit to" in text for text in texts(app))
    data.stop()


def test_a_sync_that_fails_for_its_own_reason_is_told(
    small: RunningSandbox, connect: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of ours is not silent: what is shown may be out of date."""

    def broken(_: Mirror, **__: Any) -> None:  # noqa: ANN401 - as the method has it
        raise ValueError("a fault of ours")

    monkeypatch.setattr(Mirror, "sync", broken)
    monkeypatch.setenv("LOOP_API_KEY", small.api_key)
    connect(small)

    assert "for a reason of its own" in str(data.problem())


@pytest.mark.parametrize(("failures", "seconds"), [(0, 10.0), (1, 2.0), (5, 32.0), (6, 60.0), (100_000, 60.0)])
def test_a_failing_api_is_asked_ever_less_often(
    small: RunningSandbox, connect: Callable[..., None], failures: int, seconds: float
) -> None:
    """However long the outage, the next attempt comes within a minute."""
    connect(small)

    assert data._connection._pause(failures) == seconds  # type: ignore[union-attr] # noqa: SLF001 - no wait of a day


@pytest.mark.parametrize("content", ['loop = "x"', "[loop]\napi_key = 123", "[loop"])
def test_secrets_that_cannot_be_read_are_one_sentence(
    content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a crash nor sample data in place of the account that was meant."""
    file = tmp_path / "secrets.toml"
    file.write_text(content)
    monkeypatch.setattr(st, "secrets", Secrets())
    before = st.get_option("secrets.files")
    st.config.set_option("secrets.files", [str(file)])
    try:
        data.start()
        assert "secrets.toml" in str(data.problem())
    finally:
        data.stop()
        st.config.set_option("secrets.files", before)


def test_what_was_stopped_does_not_start_again(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """Also when the timer that tries again was running already."""
    connect(small)
    data.stop()

    data._start_again()  # noqa: SLF001 - what the timer calls

    assert not data.is_connected()


def test_days_and_times_are_those_of_the_team(tmp_path: Path, connect: Callable[..., None]) -> None:
    """Half past eleven in the evening in London is the next day in Berlin: in counts, filters and on the screen."""
    late = row(1, created_at="2026-07-01T22:30:00.000Z", message="Late")
    with running_sandbox(tmp_path / "loop", items=[late]) as sandbox:
        connect(sandbox, LOOP_TIME_ZONE="Europe/Berlin")

        assert page(since="2026-07-02", until="2026-07-02").metric[0].value == "1"
        assert "Days in Europe/Berlin" in " ".join(texts(page(since="2026-07-02")))
        assert any("No item passes" in text for text in texts(page(since="2026-07-01", until="2026-07-01")))
        assert "Thu 2 Jul 2026, 00:30:00 CEST" in texts(page("inbox", item="fb_1"))


@pytest.mark.parametrize("kept", [True, False])
def test_a_start_counts_the_days_of_the_team(kept: bool, tmp_path: Path, connect: Callable[..., None]) -> None:  # noqa: FBT001 - a parameter of the test
    """Also of what was held before in another zone, from the Arrow copy or without it."""
    late = row(1, created_at="2026-07-01T22:30:00.000Z")
    with running_sandbox(tmp_path / "loop", items=[late]) as sandbox:
        connect(sandbox)
        data.stop()
        if not kept:
            (tmp_path / "mirror.db.arrow").unlink()
        connect(sandbox, LOOP_TIME_ZONE="Europe/Berlin")

        assert page(since="2026-07-02", until="2026-07-02").metric[0].value == "1"


def test_a_zone_that_there_is_not_is_one_sentence(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """It says which setting, and how one is named."""
    connect(small, LOOP_TIME_ZONE="Berlin")

    assert "Name one as in Europe/Berlin" in " ".join(texts(page()))
