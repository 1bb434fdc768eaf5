"""The command `store`: takes what is in a data folder along into a PostgreSQL database."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from loop_client import ConfigurationError, LoopError
from loop_client.cli.account import store_url
from loop_client.cli.import_sending import set_by_interrupt
from loop_client.service import Storage, checked_url, move

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

MOVED = """The files in {folder} are as they were. Set LOOP_STORE_URL to this database, and start the dashboard.
Move outbox.db and outbox.second.db away then: a dashboard that is started without LOOP_STORE_URL
would send once more what waits in them."""


def add_command(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """Add the command `store move`, and return its parser."""
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    moving = commands.add_parser("move", help="copy everything into an empty PostgreSQL database, and check each row")
    moving.add_argument(
        "--to", metavar="URL", help="postgresql://user:password@host/database (default: LOOP_STORE_URL)"
    )
    moving.set_defaults(run=move_store)
    return moving


def move_store(options: argparse.Namespace) -> int:
    """Move what is stored; 1 where that is refused or fails, 2 without a database."""
    try:
        url = checked_url(options.to, "--to") if options.to else store_url()
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 2
    if url is None:
        print("Name the database: --to postgresql://user:password@host:5432/database", file=sys.stderr)
        return 2
    try:
        place, counts = Storage(options.data_dir, url).name, _moved(options.data_dir, url)
    except LoopError as error:
        print(error, file=sys.stderr)
        return 1
    for name, count in counts.items():
        print(f"{count:>11,} {name}")
    print(f"Everything in {options.data_dir} is in {place}, compared row by row.")
    print(MOVED.format(folder=options.data_dir))
    return 0


def _moved(folder: Path, url: str) -> dict[str, int]:
    """Move what is stored until Ctrl-C, see `set_by_interrupt`; how many there are of what."""
    stopped = threading.Event()
    with ThreadPoolExecutor(1, "move") as threads, set_by_interrupt(stopped):
        try:
            return threads.submit(move, folder, url, stopped).result()
        except BaseException:  # as a SIGTERM: what runs is ended, not cut
            stopped.set()
            raise
