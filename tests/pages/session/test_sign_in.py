"""Who is signed in, on pages; and the set-up of the process."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest
import streamlit as st
from streamlit.runtime.secrets import secrets_singleton
from streamlit.testing.v1 import AppTest

from loop_client.service import SignIn
from pages.session import sign_in
from tests.loop_client.service.test_sign_in import AUTH
from tests.pages.conftest import FRAME, page, texts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def secrets(tmp_path: Path) -> Iterator[Path]:
    """The secrets file of the process, empty; the set-up is read again."""
    file, before = tmp_path / "secrets.toml", st.get_option("secrets.files")
    file.touch()
    st.config.set_option("secrets.files", [str(file)])
    sign_in.setup.cache_clear()
    yield file
    st.config.set_option("secrets.files", before)
    sign_in.setup.cache_clear()


def visited(**user: str | bool) -> AppTest:
    """The overview, opened by somebody of whom Streamlit says this."""
    app = AppTest.from_file(FRAME, default_timeout=30)
    for name, value in user.items():
        app.user[name] = value
    return app.run()


@pytest.mark.usefixtures("account")
def test_without_a_sign_in_no_page_shows_an_account() -> None:
    """The menu is there for people who are signed in."""
    assert "Signed in as" not in texts(page())


@pytest.mark.usefixtures("account")
def test_a_page_shows_who_is_signed_in() -> None:
    """The address as it is stored, with a way out."""
    app = visited(is_logged_in=True, email="Lena@Example.com")

    assert "lena@example.com" in texts(app)
    assert "Sign out" in [button.label for button in app.button]


@pytest.mark.usefixtures("account")
def test_share_safe_masks_who_is_signed_in() -> None:
    """A screen that others see names nobody."""
    app = AppTest.from_file(FRAME, default_timeout=30)
    app.user["is_logged_in"], app.user["email"] = True, "lena@example.com"
    app.query_params["safe"] = "true"

    assert not any("lena@example.com" in text for text in texts(app.run()))


@pytest.mark.usefixtures("account")
def test_a_page_draws_nothing_for_somebody_who_is_not_signed_in(secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second line behind the gate of the process: no element of the page, and no snapshot in the session."""
    secrets.write_text(AUTH)
    monkeypatch.setattr(secrets_singleton, "_secrets", None)  # Streamlit reads the file again
    app = visited(is_logged_in=False)

    assert (len(app.main), texts(app), "snapshot" in app.session_state) == (0, [], False)


def test_the_set_up_is_that_of_the_start(secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read once, with the port in the address of the dashboard, and what the list has in vain is logged."""
    monkeypatch.setenv("LOOP_ALLOWED_EMAILS", "lena@example.com, *")
    secrets.write_text(AUTH.replace("https://loop.example.com", "http://localhost:{port}"))
    found = sign_in.setup()
    secrets.write_text("")

    assert isinstance(found, SignIn)
    assert found.origin == f"http://localhost:{st.get_option('server.port')}"
    assert sign_in.setup() is found


@pytest.mark.parametrize(
    ("name", "value", "text", "said"),
    [
        ("LOOP_ALLOWED_EMAILS", "*, lena@example.com", AUTH, "'*' is no address"),
        ("LOOP_ALLOWED_EMAILS", "", AUTH, "nobody can sign in"),
        ("LOOP_ALLOWED_HOSTS", "loop.example.com", "", "There is no sign-in"),
        ("LOOP_ALLOWED_EMAILS", "example.com", "", "nothing is shown. LOOP_ALLOWED_EMAILS is set"),
    ],
)
def test_the_log_says_at_the_start_who_gets_in(
    name: str, value: str, text: str, said: str, request: pytest.FixtureRequest
) -> None:
    """A list that means less than it seems, and a dashboard that is open to all who reach it."""
    request.getfixturevalue("secrets").write_text(text)
    request.getfixturevalue("monkeypatch").setenv(name, value)
    caplog = request.getfixturevalue("caplog")
    with caplog.at_level(logging.WARNING):
        sign_in.setup()

    assert said in caplog.text


@pytest.mark.usefixtures("secrets")
def test_a_dashboard_as_before_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """Without [auth] and other names there is nothing to warn of."""
    with caplog.at_level(logging.INFO):
        assert sign_in.setup() is None

    assert caplog.text == ""


def test_an_incomplete_set_up_is_a_sentence(secrets: Path) -> None:
    """The process starts all the same, and says on each page what is missing."""
    secrets.write_text("[auth]\n")

    assert str(sign_in.setup()).startswith("[auth] in secrets.toml lacks")
