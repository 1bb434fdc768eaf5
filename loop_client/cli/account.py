"""The copy that a command reads: of the account of the key, or of the sandbox."""

from __future__ import annotations

import os
import sys
import tomllib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from loop_client import ConfigurationError, Loop
from loop_client.mirror import Mirror
from loop_client.sandbox.child import LocalSandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loop_client.mirror import Zone

SECRETS = Path(".streamlit", "secrets.toml")


class NoKeyError(ConfigurationError):
    """There is no key, and nobody asked for sample data."""

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__("There is no API key. Set LOOP_API_KEY, or export the sandbox's sample data with --sandbox.")


@contextmanager
def mirror(folder: Path, zone: Zone, *, sandbox: bool) -> Iterator[Mirror]:
    """The copy that the dashboard has in that folder: of the account of the key, or of the sandbox, whatever the key.

    Raises:
        NoKeyError: There is none.
    """
    key, address = (None, None) if sandbox else configured()
    if not key and not sandbox:
        raise NoKeyError
    local = LocalSandbox(folder) if sandbox else None
    try:
        if local is not None:
            print("These are the sandbox's sample items.", file=sys.stderr)
            local.ensure()
            key, address = local.api_key, local.base_url
        account = local.account if local else None
        with Loop(api_key=key, base_url=address) as loop:
            held = Mirror(loop, f"sqlite:///{folder / 'mirror.db'}", account, zone)
            try:
                yield held
            finally:
                held.close()
    finally:
        if local is not None:
            local.stop()


def configured() -> tuple[str | None, str | None]:
    """The key and the address of the API: from the environment, else from [loop] in the dashboard's secrets here.

    Raises:
        ConfigurationError: The secrets cannot be read.
    """
    try:
        held = tomllib.loads(SECRETS.read_text()) if SECRETS.exists() else {}
        found = [held.get("loop", {}).get(name) for name in ("api_key", "base_url")]
    except (OSError, ValueError, AttributeError):
        raise ConfigurationError(f"{SECRETS} cannot be read. Correct it, or remove it.") from None
    key, address = (str(value) if value else None for value in found)
    return os.environ.get("LOOP_API_KEY") or key, os.environ.get("LOOP_BASE_URL") or address
