"""Page and shell read one configuration: both use or refuse the same settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import streamlit as st

from loop_client import ConfigurationError
from loop_client.cli import account
from loop_client.service import secrets_files
from pages.session import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from loop_client.service import Config

UNREADABLE = "secrets.toml cannot be read. Correct it, or remove it to try the sandbox."
NO_TEXT = "[loop] in secrets.toml must hold api_key and base_url as text in quotes."
NOTHING = (None, None)
KEY = b'[loop]\napi_key = "a-key"\nbase_url = "http://127.0.0.1:1/v2"\n'
BOTH = ("a-key", "http://127.0.0.1:1/v2")

FILES = {
    "no file": (None, NOTHING),
    "a text key": (KEY, BOTH),
    "a key alone": (b'[loop]\napi_key = "a-key"\n', ("a-key", None)),
    "lines of Windows": (KEY.replace(b"\n", b"\r\n"), BOTH),
    "lines of an old Mac": (KEY.replace(b"\n", b"\r"), BOTH),
    "another table": (b'[other]\napi_key = "a-key"\n', NOTHING),
    "above the tables": (b'api_key = "a-key"\n', NOTHING),
    "empty": (b"", NOTHING),
    "an empty key": (b'[loop]\napi_key = ""\n', NOTHING),
    "letters": ('[loop]\napi_key = "këy"\n'.encode(), ("këy", None)),
    "a number as key": (b"[loop]\napi_key = 5\n", NO_TEXT),
    "0 as key": (b"[loop]\napi_key = 0\n", NO_TEXT),
    "false as key": (b"[loop]\napi_key = false\n", NO_TEXT),
    "a list as address": (b'[loop]\nbase_url = ["http://x"]\n', NO_TEXT),
    "a text as table": (b'loop = "x"\n', NO_TEXT),
    "an empty text as table": (b'loop = ""\n', NO_TEXT),
    "a list of tables": (b'[[loop]]\napi_key = "a-key"\n', NO_TEXT),
    "broken": (b"[loop\n", UNREADABLE),
    "a byte order mark": (b"\xef\xbb\xbf" + KEY, UNREADABLE),
    "no UTF-8": (b'[loop]\napi_key = "k\xebv"\n', UNREADABLE),
    "UTF-16": (KEY.decode().encode("utf-16"), UNREADABLE),
    "deeply nested": (b"loop = " + b"[" * 100_000, UNREADABLE),
}
"""Secrets files, and the configured key and address, or the error."""

ENVIRONMENTS: dict[str, dict[str, str]] = {
    "unset": {},
    "key": {"LOOP_API_KEY": "env-key"},
    "address": {"LOOP_BASE_URL": "http://127.0.0.1:2/v2"},
    "empty": {"LOOP_API_KEY": "", "LOOP_BASE_URL": ""},
}


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The secrets file of a dashboard in an empty working directory, without one in the home folder."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    place = tmp_path / ".streamlit" / "secrets.toml"
    place.parent.mkdir()
    before = st.get_option("secrets.files")
    st.config.set_option("secrets.files", st.config.get_config_files("secrets.toml"))
    yield place
    st.config.set_option("secrets.files", before)


def page() -> Config:
    """The configuration or error of the page."""
    return settings.configured()


def shell() -> Config:
    """The configuration or error of the shell."""
    return account.configured()


@pytest.mark.parametrize("reader", [page, shell])
@pytest.mark.parametrize("environment", ENVIRONMENTS.values(), ids=ENVIRONMENTS)
@pytest.mark.parametrize(("content", "expected"), FILES.values(), ids=FILES)
def test_page_and_shell_give_the_same_answer(  # noqa: PLR0913, PLR0917 - a table of three columns, and where to write
    reader: Callable[[], Config],
    environment: dict[str, str],
    content: bytes | None,
    expected: str | tuple[str | None, str | None],
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Page and shell read the same key and address, or report the same error without the file's content."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    if content is not None:
        file.write_bytes(content)
    if isinstance(expected, str):
        with pytest.raises(ConfigurationError) as caught:
            reader()
        assert str(caught.value) == expected
    else:
        config = reader()
        key, address = (environment.get(name) for name in ("LOOP_API_KEY", "LOOP_BASE_URL"))
        assert (config.api_key, config.base_url) == (key or expected[0], address or expected[1])


@pytest.mark.usefixtures("file")
def test_page_and_shell_look_at_the_same_files() -> None:
    """The shell reads the files that Streamlit reads by default, in its order.

    A script in this process adds its own folder, pages/, which is not a place for secrets.
    """
    beside_the_script = str(Path(settings.__file__).parents[1] / ".streamlit" / "secrets.toml")
    assert [str(place) for place in secrets_files()] == [
        place for place in st.get_option("secrets.files") if place != beside_the_script
    ]


@pytest.mark.parametrize("reader", [page, shell])
def test_the_working_directory_goes_before_the_home_folder(
    reader: Callable[[], Config], file: Path, tmp_path: Path
) -> None:
    """Secrets of the working directory override those of the home folder."""
    home = tmp_path / "home" / ".streamlit" / "secrets.toml"
    home.parent.mkdir(parents=True)
    home.write_bytes(KEY)
    assert reader().api_key == "a-key"

    file.write_bytes(KEY.replace(b"a-key", b"another"))
    assert reader().api_key == "another"


def test_the_page_reads_the_secrets_files_of_streamlit(file: Path, tmp_path: Path) -> None:
    """The page reads the secrets files that Streamlit is configured with, and no others."""
    file.write_bytes(KEY)
    other = tmp_path / "other.toml"
    other.write_bytes(KEY.replace(b"a-key", b"another"))
    st.config.set_option("secrets.files", [str(other)])

    assert page().api_key == "another"


def test_a_file_that_cannot_be_read_is_tried_again_by_the_page_and_named_by_the_shell(file: Path) -> None:
    """The page retries an unreadable secrets file, and the shell names it."""
    file.mkdir()  # a folder, since a test may run as a user who can read every file

    with pytest.raises(IsADirectoryError):
        page()
    with pytest.raises(ConfigurationError, match=r"secrets\.toml cannot be read: Is a directory\."):
        shell()


@pytest.mark.parametrize("reader", [page, shell])
@pytest.mark.parametrize("calls", ["many", "0"])
@pytest.mark.usefixtures("file")
def test_a_wrong_number_of_calls_is_refused(
    reader: Callable[[], Config], calls: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Page and shell refuse an invalid number of calls, with the setting's name."""
    monkeypatch.setenv("LOOP_CALLS_PER_MINUTE", calls)

    with pytest.raises(ConfigurationError, match="LOOP_CALLS_PER_MINUTE must be a whole number"):
        reader()


@pytest.fixture
def options() -> Iterator[Callable[[dict[str, object]], None]]:
    """A function that sets Streamlit's options for a test."""
    names = ("server.address", "server.port", "server.sslCertFile")
    before = {name: st.get_option(name) for name in names}

    def set_options(new: dict[str, object]) -> None:
        for name, value in (before | new).items():
            st.config.set_option(name, value)

    yield set_options
    set_options({})


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"server.address": "10.0.0.5", "server.port": 8502}, "10.0.0.5:8502"),
        ({"server.address": "fd00::5", "server.port": 8502}, "[fd00::5]:8502"),
        ({"server.address": "loop-1.internal", "server.port": 8502}, "loop-1.internal:8502"),
        ({"server.address": "unix:///run/loop.sock"}, None),
        ({"server.address": "10.0.0.5", "server.sslCertFile": "loop.pem"}, None),
    ],
)
def test_others_reach_a_process_where_it_listens(
    given: dict[str, object], expected: str | None, options: Callable[[dict[str, object]], None]
) -> None:
    """At its own address; not through a file, or where it has a certificate of a public name."""
    options(given)

    assert settings.address() == expected


@pytest.mark.parametrize("everywhere", [None, "0.0.0.0", "::"])  # noqa: S104 - nobody listens
@pytest.mark.parametrize(("known_as", "expected"), [("10.89.0.4", "10.89.0.4:8502"), ("127.0.1.1", "c0ffee:8502")])
def test_a_process_that_listens_everywhere_is_reached_by_its_machine(
    everywhere: str | None,
    known_as: str,
    expected: str,
    options: Callable[[dict[str, object]], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """At the address that a container's list has for its name; by the name where that means the machine itself."""
    options({"server.address": everywhere, "server.port": 8502})
    monkeypatch.setattr("socket.gethostname", lambda: "c0ffee")
    monkeypatch.setattr("socket.gethostbyname", {"c0ffee": known_as}.__getitem__)

    assert settings.address() == expected


@pytest.mark.parametrize(("url", "is_told"), [("", False), ("postgresql://loop@db/feedback", True)])
def test_only_a_shared_database_learns_where_a_process_is(
    url: str,
    is_told: bool,  # noqa: FBT001 - a row
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without one there is nobody to reach it."""
    assert not file.exists()
    monkeypatch.setenv("LOOP_STORE_URL", url)

    assert (page().address is not None) is is_told
