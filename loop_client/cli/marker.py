"""The command `marker`: adds, lists and removes days with a name, such as releases, which charts over time show."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from loop_client import LoopError
from loop_client.cli.account import storage
from loop_client.cli.outbox import printable
from loop_client.service import LONGEST_MARKER

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable
    from datetime import date


def add_commands(parser: argparse.ArgumentParser, day: Callable[[str], date]) -> tuple[argparse.ArgumentParser, ...]:
    """Add the three commands, and return their parsers."""
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    adding = commands.add_parser("add", help="add a marker")
    listing = commands.add_parser("list", help="list all markers, by day")
    removing = commands.add_parser("remove", help="remove a marker")
    for command in (adding, removing):
        command.add_argument("day", type=day, metavar="DAY", help="YYYY-MM-DD")
        command.add_argument("name", metavar="NAME", help=f"up to {LONGEST_MARKER} characters")
    listing.add_argument("--json", action="store_true", help="as JSON, with the names to the letter")
    for command, run in ((adding, add), (listing, list_all), (removing, remove)):
        command.set_defaults(run=run)
    return adding, listing, removing


def add(options: argparse.Namespace) -> int:
    """Add a marker; 1 where that is refused, or impossible."""
    try:
        with storage(options.data_dir) as kept:
            marker, place = kept.markers.add(options.day, options.name), kept.name
    except LoopError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Added to the markers in {place}: {marker.day} {printable(marker.name)}")
    return 0


def remove(options: argparse.Namespace) -> int:
    """Remove a marker; 1 where there is none, or it is impossible."""
    try:
        with storage(options.data_dir) as kept:
            was_there, place = kept.markers.remove(options.day, options.name), kept.name
    except LoopError as error:
        print(error, file=sys.stderr)
        return 1
    if not was_there:
        print(f"There is no such marker in {place}. `marker list` shows all of them.", file=sys.stderr)
        return 1
    print(f"Removed from the markers in {place}: {options.day} {printable(options.name)}")
    return 0


def list_all(options: argparse.Namespace) -> int:
    """Print a marker a line, by day; 1 where they cannot be read. A repair of a damaged file is reported."""
    try:
        with storage(options.data_dir) as kept:
            found, news, place = kept.markers.all(), kept.markers.news, kept.name
    except LoopError as error:
        print(error, file=sys.stderr)
        return 1
    if news:
        print(news, file=sys.stderr)
    if options.json:
        print(json.dumps([{"day": str(marker.day), "name": marker.name} for marker in found], indent=2))
        return 0
    for marker in found:
        print(marker.day, printable(marker.name))
    if not found:
        print(f"There are no markers in {place}.")
    return 0
