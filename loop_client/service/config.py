"""The configuration of a process, from its environment and secrets.toml; the same for pages and shell."""

from __future__ import annotations

import re
import tomllib
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from loop_client import ConfigurationError
from loop_client.mirror import Zone
from loop_client.service.sign_in import AllowList, SignIn, signed_in_by
from loop_client.service.store_url import checked, store_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CALLS_PER_MINUTE: Final = 60
"""Default of LOOP_CALLS_PER_MINUTE: API calls of the whole process."""

SECRET: Final = re.compile(r"[A-Za-z0-9_-]{24,200}")
"""Secrets that can stand in an address."""

ALLOWED_HOSTS: Final = "LOOP_ALLOWED_HOSTS"
"""The variable with the names that the dashboard is served under besides those of the machine itself."""

SIGN_IN_HOURS: Final = 12
"""Default of LOOP_SIGN_IN_HOURS: how long somebody who signed in stays so."""


@dataclass(frozen=True, slots=True)
class Config:
    """The settings for one account: access to the API, data folder, time zone and rate of calls."""

    api_key: str | None = field(default=None, repr=False)
    """None for the sandbox."""
    base_url: str | None = None
    """None for the client's default."""
    folder: Path = Path(".loop")
    """Folder of the copy, the saved views, the markers, and the sandbox's files."""
    zone: Zone = field(default_factory=Zone)
    """Time zone of the team's days."""
    calls_per_minute: int = CALLS_PER_MINUTE
    """Most API calls per minute."""
    aliases: Path | None = None
    """The file with alias rules for tags; None for the default one, which need not be there."""
    hook_secret: str | None = field(default=None, repr=False)
    """The end of the address that Loop's webhook calls; None if it may not."""
    store_url: str | None = field(default=None, repr=False)
    """The address of the PostgreSQL database with everything that is stored; None for the folder."""
    address: str | None = None
    """Host and port at which others that share the database reach this process; None if they cannot."""

    @classmethod
    def read(
        cls,
        environment: Mapping[str, str],
        secrets_files: Iterable[str | Path],
        *,
        folder: Path | None = None,
        zone: Zone | None = None,
    ) -> Self:
        """Read the complete configuration. `folder`, `zone`: override the environment.

        Raises:
            ConfigurationError: A setting is invalid; the text is one or two sentences, without secrets.
            OSError: A secrets file exists but cannot be read now.
        """
        files = [*secrets_files]
        api_key, base_url = account(environment, files)
        zone = zone or time_zone(environment)
        folder = folder or data_folder(environment)
        rules, secret = aliases_file(environment), hook_secret(environment)
        url = store_setup(environment, files)
        return cls(api_key, base_url, folder, zone, calls_per_minute(environment), rules, secret, url)


def secrets_files() -> tuple[Path, ...]:
    """Streamlit's default secrets files, in its order: in the home folder, then in the working directory."""
    folders = [Path.cwd()]
    with suppress(RuntimeError):  # a user without a home, as in a container
        folders.insert(0, Path.home())
    return tuple(folder / ".streamlit" / "secrets.toml" for folder in folders)


def account(environment: Mapping[str, str], secrets_files: Iterable[str | Path]) -> tuple[str | None, str | None]:
    """The key and the base URL, from the environment or else from [loop] in the secrets files.

    If several files have that table, the last one wins. An empty string counts as missing. The files are checked even
    when the environment has both values.

    Raises:
        ConfigurationError: A file is invalid.
        OSError: A file exists but cannot be read now.
    """
    table = _secrets(secrets_files).get("loop", {})
    api_key, base_url = (table.get(name) if isinstance(table, dict) else 0 for name in ("api_key", "base_url"))
    if not isinstance(api_key, str | None) or not isinstance(base_url, str | None):
        raise ConfigurationError("[loop] in secrets.toml must hold api_key and base_url as text in quotes.")
    return environment.get("LOOP_API_KEY") or api_key or None, environment.get("LOOP_BASE_URL") or base_url or None


def _secrets(files: Iterable[str | Path]) -> dict[str, Any]:
    """What the secrets files hold; of a table that several have, the last one."""
    secrets: dict[str, Any] = {}
    for file in files:
        try:
            secrets |= tomllib.loads(Path(file).read_text("utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            continue
        except (ValueError, RecursionError):
            text = "secrets.toml cannot be read. Correct it, or remove it to try the sandbox."
            raise ConfigurationError(text) from None
    return secrets


def store_setup(environment: Mapping[str, str], secrets_files: Iterable[str | Path]) -> str | None:
    """LOOP_STORE_URL, or the address in [connections.loop] of the secrets files; None for the data folder.

    Raises:
        ConfigurationError: It cannot be used, or a file is invalid.
        OSError: A secrets file exists but cannot be read now.
    """
    secrets = _secrets(secrets_files)
    if url := environment.get("LOOP_STORE_URL"):
        return checked(url, "LOOP_STORE_URL")
    return store_url(secrets)


def sign_in_setup(environment: Mapping[str, str], secrets_files: Iterable[str | Path]) -> SignIn | None:
    """How people sign in: the table [auth] of the secrets files, and whom the environment allows; None without both.

    Raises:
        ConfigurationError: The set-up is incomplete or contradicts itself, so that nobody may be let in.
        OSError: A secrets file exists but cannot be read now.
    """
    entries = filter(None, map(str.strip, environment.get("LOOP_ALLOWED_EMAILS", "").split(",")))
    allowed = AllowList.of(entries)
    try:
        auth = _secrets(secrets_files).get("auth")
    except ConfigurationError:
        if allowed == AllowList():
            return None  # without a list nobody could sign in before, either; pages report the file
        raise
    return signed_in_by(auth, allowed, sign_in_hours(environment))


def sign_in_hours(environment: Mapping[str, str]) -> float:
    """Hours for which somebody who signed in stays so: LOOP_SIGN_IN_HOURS, or 12.

    Raises:
        ConfigurationError: It is not a number above 0 and up to 720.
    """
    text = environment.get("LOOP_SIGN_IN_HOURS") or str(SIGN_IN_HOURS)
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,6})?", text) or not 0 < float(text) <= 720:
        raise ConfigurationError("LOOP_SIGN_IN_HOURS must be a number above 0 and up to 720.")
    return float(text)


def data_folder(environment: Mapping[str, str]) -> Path:
    """The folder that LOOP_DATA_DIR names, or `.loop` in the working directory."""
    return Path(environment.get("LOOP_DATA_DIR") or ".loop")


def aliases_file(environment: Mapping[str, str]) -> Path | None:
    """The file that LOOP_ALIASES names, if it names one."""
    return Path(path) if (path := environment.get("LOOP_ALIASES")) else None


def hook_secret(environment: Mapping[str, str]) -> str | None:
    """The value of LOOP_HOOK_SECRET, if there is one.

    Raises:
        ConfigurationError: It is too short for a secret, or cannot stand in an address.
    """
    secret = environment.get("LOOP_HOOK_SECRET") or None
    if secret and not SECRET.fullmatch(secret):
        raise ConfigurationError("LOOP_HOOK_SECRET must have 24 to 200 letters, digits, - or _, chosen at random.")
    return secret


def allowed_hosts(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The entries of LOOP_ALLOWED_HOSTS, which separates them by commas; none of them is judged here."""
    return tuple(filter(None, map(str.strip, environment.get(ALLOWED_HOSTS, "").split(","))))


def zone_name(environment: Mapping[str, str]) -> str:
    """The value of LOOP_TIME_ZONE, or UTC; not validated."""
    return environment.get("LOOP_TIME_ZONE") or "UTC"


def time_zone(environment: Mapping[str, str]) -> Zone:
    """The zone that LOOP_TIME_ZONE names, or UTC.

    Raises:
        ConfigurationError: There is no such zone on this machine.
    """
    name = zone_name(environment)
    try:
        return Zone(name)
    except (ValueError, OSError, KeyError):
        text = (
            f"LOOP_TIME_ZONE is {name[:60]!r}, which is not a time zone. Name one such as Europe/Berlin, or unset it."
        )
        raise ConfigurationError(text) from None


def calls_per_minute(environment: Mapping[str, str]) -> int:
    """Most API calls per minute: LOOP_CALLS_PER_MINUTE, or 60.

    Raises:
        ConfigurationError: It is not a whole number from 1 to 999,999,999.
    """
    text = environment.get("LOOP_CALLS_PER_MINUTE") or str(CALLS_PER_MINUTE)
    if not re.fullmatch("[0-9]{1,9}", text) or int(text) < 1:
        raise ConfigurationError("LOOP_CALLS_PER_MINUTE must be a whole number from 1 to 999,999,999.")
    return int(text)
