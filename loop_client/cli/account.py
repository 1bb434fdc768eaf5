"""The account that a command reads: the configured one, or the sandbox."""

from __future__ import annotations

import os
import sys
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from loop_client import ConfigurationError
from loop_client.service import Config, Storage, alias_rules, aliases_file, open_account, secrets_files, store_setup

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from loop_client.mirror import Mirror, Zone


class NoKeyError(ConfigurationError):
    """There is no key, and --sandbox was not given."""

    def __init__(self, instead: str) -> None:
        """Explain both ways out. `instead`: what --sandbox does."""
        super().__init__(f"There is no API key. Set LOOP_API_KEY, or {instead} with --sandbox.")


def store_url() -> str | None:
    """The address of the database that a dashboard started here would use; None for its data folder.

    Raises:
        ConfigurationError: It is invalid, or the secrets cannot be read.
    """
    try:
        return store_setup(os.environ, secrets_files())
    except OSError as error:
        raise ConfigurationError(f"{error.filename} cannot be read: {error.strerror}.") from None


@contextmanager
def storage(folder: Path) -> Iterator[Storage]:
    """What a dashboard has stored that would be started here with this data folder.

    Raises:
        ConfigurationError: See `store_url`.
        StoreError: What its database needs is not installed.
    """
    with closing(Storage(folder, store_url())) as opened:
        yield opened


@contextmanager
def mirror(kept: Storage, zone: Zone, use: str, *, sandbox: bool) -> Iterator[Mirror]:
    """The mirror that is stored there, of the configured account, or with `sandbox`, of the sandbox.

    `use`: what a command does with the items, as a verb.

    Raises:
        NoKeyError: There is no key, and `sandbox` is off.
        AliasesError: The alias rules of tags are wrong: other numbers than the dashboard's would go unnoticed here.
    """
    config = Config(folder=kept.folder, zone=zone) if sandbox else configured(kept.folder, zone)
    rules = alias_rules(aliases_file(os.environ))
    if not config.api_key and not sandbox:
        raise NoKeyError(f"{use} the sandbox's sample data")
    if sandbox:
        print("These are the sandbox's sample items.", file=sys.stderr)
    account = open_account(config, kept)
    account.mirror.alias(rules)
    try:
        yield account.mirror
    finally:
        account.close()


def configured(folder: Path | None = None, zone: Zone | None = None) -> Config:
    """The configuration that a dashboard started here would have. `folder`, `zone`: override it.

    Raises:
        ConfigurationError: A setting is invalid, or the secrets cannot be read.
    """
    try:
        return Config.read(os.environ, secrets_files(), folder=folder, zone=zone)
    except OSError as error:
        raise ConfigurationError(f"{error.filename} cannot be read: {error.strerror}.") from None
