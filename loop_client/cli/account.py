"""The copy that a command reads: of the account of the key, or of the sandbox."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from loop_client import ConfigurationError, Loop
from loop_client.mirror import Mirror
from loop_client.sandbox.child import LocalSandbox
from loop_client.service import Config, secrets_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from loop_client.mirror import Zone


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
    config = Config(folder=folder, zone=zone) if sandbox else configured(folder, zone)
    if not config.api_key and not sandbox:
        raise NoKeyError
    key, address = config.api_key, config.base_url
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


def configured(folder: Path | None = None, zone: Zone | None = None) -> Config:
    """The configuration that a dashboard has that is started here, but for the folder and the zone that are given.

    Raises:
        ConfigurationError: A setting cannot be used, or the secrets cannot be read.
    """
    try:
        return Config.read(os.environ, secrets_files(), folder=folder, zone=zone)
    except OSError as error:
        raise ConfigurationError(f"{error.filename} cannot be read: {error.strerror}.") from None
