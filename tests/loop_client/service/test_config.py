"""The configuration comes from the environment, then the secrets files; an invalid setting is named in the error."""

from __future__ import annotations

from pathlib import Path

import pytest

from loop_client import ConfigurationError
from loop_client.mirror import Zone
from loop_client.service import Config, data_folder, secrets_files

KEY = '[loop]\napi_key = "canary-1"\nbase_url = "http://127.0.0.1:1/v2"\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The path of a secrets file, which a test may write."""
    return tmp_path / "secrets.toml"


def test_nothing_is_configured_by_default(file: Path) -> None:
    """The default is the sandbox, a folder in the working directory, UTC, and 60 calls per minute."""
    config = Config.read({}, [file])

    assert (config.api_key, config.base_url) == (None, None)
    assert (config.folder, config.zone.name, config.calls_per_minute) == (Path(".loop"), "UTC", 60)


def test_the_environment_overrides_every_setting(file: Path) -> None:
    """The environment overrides the secrets file in every setting."""
    file.write_text(KEY)
    named = {
        "LOOP_API_KEY": "a",
        "LOOP_BASE_URL": "http://b",
        "LOOP_DATA_DIR": "c",
        "LOOP_TIME_ZONE": "Europe/Berlin",
        "LOOP_CALLS_PER_MINUTE": "7",
        "LOOP_ALIASES": "d.toml",
    }
    config = Config.read(named, [file])

    assert (config.api_key, config.base_url, config.folder) == ("a", "http://b", Path("c"))
    assert (config.zone.name, config.calls_per_minute, config.aliases) == ("Europe/Berlin", 7, Path("d.toml"))


def test_an_empty_setting_is_as_good_as_none(file: Path) -> None:
    """An empty variable, or an empty text in the file, counts as unset."""
    file.write_text('[loop]\napi_key = "from the file"\nbase_url = ""\n')
    names = ("API_KEY", "BASE_URL", "DATA_DIR", "TIME_ZONE", "CALLS_PER_MINUTE", "ALIASES")
    config = Config.read({f"LOOP_{name}": "" for name in names}, [file])

    assert (config.api_key, config.base_url) == ("from the file", None)
    assert (config.folder, config.zone.name, config.calls_per_minute) == (Path(".loop"), "UTC", 60)


def test_an_option_goes_before_the_environment(file: Path) -> None:
    """An option overrides the environment, even an invalid variable."""
    zone = Zone("Asia/Tokyo")
    config = Config.read({"LOOP_TIME_ZONE": "nowhere", "LOOP_DATA_DIR": "a"}, [file], folder=Path("b"), zone=zone)

    assert (config.folder, config.zone) == (Path("b"), zone)


def test_the_last_file_counts(tmp_path: Path) -> None:
    """A table in a later file replaces the table of an earlier file, as in Streamlit."""
    files = [tmp_path / name for name in ("home.toml", "not there.toml", "project.toml")]
    files[0].write_text(KEY)
    files[2].write_text('[loop]\napi_key = "canary-2"\n')

    config = Config.read({}, files)
    assert (config.api_key, config.base_url) == ("canary-2", None)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LOOP_TIME_ZONE", "Berlin"),
        ("LOOP_TIME_ZONE", "../../etc/passwd"),
        ("LOOP_TIME_ZONE", "x" * 10_000),
        ("LOOP_CALLS_PER_MINUTE", "0"),
        ("LOOP_CALLS_PER_MINUTE", "1.5"),
        ("LOOP_CALLS_PER_MINUTE", "-1"),
        ("LOOP_CALLS_PER_MINUTE", "1234567890"),
        ("LOOP_CALLS_PER_MINUTE", "٣"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(name: str, value: str, file: Path) -> None:
    """An invalid setting is named in a short error, however long its value is."""
    with pytest.raises(ConfigurationError, match=name) as caught:
        Config.read({name: value}, [file])

    assert len(str(caught.value)) < 200


def test_the_key_is_not_shown() -> None:
    """The repr of the configuration does not contain the API key."""
    assert "canary" not in repr(Config(api_key="canary-1"))


def test_a_file_that_cannot_be_read_now_is_no_wrong_setting(file: Path) -> None:
    """An unreadable file is an OSError, which is retried, not an invalid setting."""
    file.mkdir()

    with pytest.raises(OSError, match=r"secrets\.toml"):
        Config.read({}, [file])


def test_a_path_through_a_file_is_no_file(file: Path) -> None:
    """A path below a file counts as absent, as where the home folder is a file."""
    file.write_text("")

    assert Config.read({}, [file / ".streamlit" / "secrets.toml"]).api_key is None


def test_a_user_without_a_home_has_the_files_of_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a home folder only the secrets file of the working directory is read."""

    def none() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Path, "home", none)

    assert secrets_files() == (tmp_path / ".streamlit" / "secrets.toml",)


def test_the_data_folder_can_be_read_alone() -> None:
    """The data folder can be read even if other settings are invalid."""
    assert data_folder({"LOOP_DATA_DIR": "x", "LOOP_TIME_ZONE": "nowhere"}) == Path("x")


TABLE = """
[connections.loop]
type = "sql"
dialect = "postgresql"
host = "db.example.com"
database = "loop"
username = "loop"
"""


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('[connections.loop]\nurl = "postgresql://u:p@h/loop"', "postgresql://u:p@h/loop"),
        ('[connections.loop]\nurl = "postgresql+psycopg2://u:p@h/loop"', "postgresql://u:p@h/loop"),
        (TABLE, "postgresql://loop@db.example.com/loop"),
        (f"{TABLE}driver = 'psycopg2'\nport = 5433", "postgresql://loop@db.example.com:5433/loop"),
        (f"{TABLE}port = '5433'\npassword = '@/:# %'", "postgresql://loop:%40%2F%3A%23%20%25@db.example.com:5433/loop"),
        (f"{TABLE}query = {{ sslmode = 'require' }}", "postgresql://loop@db.example.com/loop?sslmode=require"),
        (TABLE.replace("db.example.com", "::1"), "postgresql://loop@[::1]/loop"),
        (TABLE.replace("db.example.com", "a:1,b:2"), "postgresql://loop@a:1,b:2/loop"),
        ("[connections.other]\nurl = 'postgresql://u@h/other'", None),
        ("connections = 1", None),
    ],
)
def test_a_database_can_be_named_as_streamlit_users_do(file: Path, written: str, expected: str | None) -> None:
    """By its address, or by the parameters of Streamlit's SQLConnection."""
    file.write_text(written)

    assert Config.read({}, [file]).store_url == expected


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:p@h:5432/loop?sslmode=require&options=-c%20statement_timeout%3D300",
        "postgres://h1:5432,h2:5432/loop?target_session_attrs=read-write",
        "postgresql://[::1]:5432/loop",
        "postgresql:///loop?host=/run/postgresql",
    ],
)
def test_the_environment_names_the_database_first(file: Path, url: str) -> None:
    """Hosts and options are those that were given; the table in the file is not looked at."""
    file.write_text("[connections.loop]\ndialect = 1")

    assert Config.read({"LOOP_STORE_URL": url}, [file]).store_url == url
    assert url not in repr(Config.read({"LOOP_STORE_URL": url}, [file]))


SECRET = "secret-4711"  # noqa: S105 - of no database


@pytest.mark.parametrize(
    "url",
    [
        f"mysql://u:{SECRET}@h/loop",
        f"postgresql://u:{SECRET}@h",
        f"postgresql://u:{SECRET}@h/",
        f"postgresql://u:{SECRET}@h:port/loop",
        f"postgresql://u:{SECRET}@h:99999/loop",
        f"postgresql://u:{SECRET}@[::1/loop",
        f"postgresql://u:{SECRET}@/loop",
        f"postgresql://u:a#{SECRET}@h/loop",
        f"postgresql://u:a/{SECRET}@h/loop",
        f"postgresql://u:a?{SECRET}@h/loop",
        f"u:{SECRET}@h/loop",
        f"postgresql://u:{SECRET}%zz@h/loop",
        f"postgresql://u:{SECRET}%00@h/loop",
        f"postgresql://u:a@{SECRET}@h/loop",
        f"postgresql://u:{SECRET}@h/lo op",
        f"postgresql://u:{SECRET}@h/loop\n",
    ],
)
def test_a_wrong_address_of_a_database_is_refused_without_its_password(file: Path, url: str) -> None:
    """Whatever in it is wrong."""
    with pytest.raises(ConfigurationError, match=r"^LOOP_STORE_URL must read postgresql://") as raised:
        Config.read({"LOOP_STORE_URL": url}, [file])

    assert SECRET not in str(raised.value)


@pytest.mark.parametrize(
    "written",
    [
        f"url = 'mysql://u:{SECRET}@h/loop'",
        f"url = 1\npassword = '{SECRET}'",
        f"password = '{SECRET}'",
        f"{TABLE.partition(']')[2]}password = ['{SECRET}']",
        f"{TABLE.partition(']')[2]}password = '{SECRET}'\nquery = '{SECRET}'",
        f"{TABLE.partition(']')[2].replace('postgresql', 'mysql')}password = '{SECRET}'",
        f"{TABLE.partition(']')[2]}password = '{SECRET}'\nport = 'x'",
    ],
)
def test_a_wrong_table_of_a_database_is_refused_without_its_password(file: Path, written: str) -> None:
    """The sentence names the table."""
    file.write_text(f"[connections.loop]\n{written}")
    with pytest.raises(ConfigurationError, match=r"\[connections\.loop\] in secrets\.toml") as raised:
        Config.read({}, [file])

    assert SECRET not in str(raised.value)
