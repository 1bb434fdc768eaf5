"""Loop feedback from a shell: export and import files, report changes, set markers, list drafts, delete the copy."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from datetime import date
from pathlib import Path

from loop_client.cli import digest
from loop_client.cli.export import ORDERS, export
from loop_client.cli.importing import add_options
from loop_client.cli.marker import add_commands
from loop_client.cli.outbox import outbox
from loop_client.cli.purge import purge
from loop_client.cli.store import add_command
from loop_client.mirror import Zone
from loop_client.query import ABSENT, DIMENSIONS, LONGEST_TEXT, Name
from loop_client.report import FORMATS
from loop_client.service import data_folder, zone_name


def time_zone(name: str) -> Zone:
    """Parse a time zone."""
    try:
        return Zone(name)
    except (ValueError, OSError, KeyError):
        raise argparse.ArgumentTypeError(f"{name!r} is not a time zone. Write it as Europe/Berlin") from None


def day(written: str) -> date:
    """Parse a day."""
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{written!r} is not a day. Write it as 2026-01-31") from None


def text(typed: str) -> str:
    """Check the length of a query."""
    if len(typed) > LONGEST_TEXT:
        raise argparse.ArgumentTypeError(f"it is longer than {LONGEST_TEXT} characters")
    return typed


def main(arguments: list[str] | None = None) -> int:
    """Run a command, and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m loop_client", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    default = data_folder(os.environ)
    command = commands.add_parser(
        "export", help="write feedback as CSV, an Excel workbook, JSON, JSON Lines or Markdown"
    )
    for name in DIMENSIONS:
        usage = "repeatable" if name == Name.USER else f'repeatable; "{ABSENT[name]}" for items without one'
        command.add_argument(f"--{name}", action="append", default=[], help=usage)
    for limit, which in ((Name.SINCE, "first day"), (Name.UNTIL, "last day")):
        command.add_argument(f"--{limit}", type=day, metavar="YYYY-MM-DD", help=which)
    command.add_argument(
        f"--{Name.TEXT}", type=text, default="", help='as in the inbox: words, "phrase", -not, user:, tag:, id:'
    )
    command.add_argument(
        "--sort", choices=ORDERS, default=ORDERS[0], help="urgent: by rank, with its parts (default: %(default)s)"
    )
    command.add_argument("--format", choices=FORMATS, default="csv", help="(default: %(default)s)")
    command.add_argument(
        "--output",
        type=Path,
        help="a file, or a folder for a file named after its content and time (default: standard output)",
    )
    command.set_defaults(run=export)
    reporting = commands.add_parser("digest", help="report what changed, as Markdown, HTML or JSON, or to a webhook")
    digest.add_options(reporting)
    for one in (command, reporting):
        one.add_argument(
            "--time-zone",
            type=time_zone,
            default=zone_name(os.environ),
            help="zone of days and times (default: %(default)s)",
        )
        one.add_argument("--sandbox", action="store_true", help="read sample data, even if there is a key")
        one.add_argument("--share-safe", action="store_true", help="mask people, addresses and long numbers")
    importing = commands.add_parser("import", help="send the feedback in files of other tools")
    add_options(importing)
    listing = commands.add_parser("outbox", help="list what waits to be sent, was refused, or has an unknown outcome")
    listing.add_argument("--json", action="store_true", help="as JSON, with all texts to the letter")
    listing.set_defaults(run=outbox)
    marking = commands.add_parser("marker", help="add, list and remove days with a name, such as releases")
    purging = commands.add_parser("purge", help="delete the copy of the feedback, or of one person, from this machine")
    what = purging.add_mutually_exclusive_group()
    what.add_argument("--outbox", action="store_true", help="also what was submitted, stored or not")
    what.add_argument(
        "--person",
        metavar="ID",
        help="only what is kept of one person: items, drafts, saved views and markers that name them",
    )
    purging.set_defaults(run=purge)
    storing = commands.add_parser("store", help="move what is stored into a PostgreSQL database")
    for one in (command, reporting, importing, listing, *add_commands(marking, day), purging, add_command(storing)):
        one.add_argument("--data-dir", type=Path, default=default, help="folder of the copy (default: %(default)s)")
    options = parser.parse_args(arguments)
    return int(options.run(options))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # clean up temporary files and child processes
    code = main()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C from here on would change the exit code
    sys.exit(code)
