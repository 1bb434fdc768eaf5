"""The same things from a shell: `export` writes feedback to a file, `purge` deletes the copy from this machine."""

from __future__ import annotations

import argparse
import os
import secrets
import shlex
import sys
import tomllib
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from filelock import FileLock, Timeout

from loop_client import ConfigurationError, Loop, LoopError
from loop_client.mirror import Mirror, Zone
from loop_client.report import (
    FORMATS,
    NOT_SET,
    SENTIMENTS,
    STATUSES,
    About,
    Export,
    coverage_sentence,
    parse,
    selected,
    window,
)
from loop_client.report.masking import People, masked_name
from loop_client.report.search import LONGEST
from loop_client.report.selection import CODED
from loop_client.sandbox.child import LocalSandbox, SandboxError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from loop_client.mirror import Snapshot


COLUMNS: Final = {**{name: name for name in CODED}, "user": "user_id"}
"""Option, and what a link calls it, → column, for those that can be given several times."""

SECRETS = Path(".streamlit", "secrets.toml")


def purge(options: argparse.Namespace) -> int:
    """Delete the copy, its Arrow twin and what was set aside; not while a dashboard uses it. 0 when it is gone."""
    folder = options.data_dir
    database = folder / "mirror.db"
    if not folder.is_dir():
        print(f"There is no copy in {folder}.")
        return 0
    try:
        with FileLock(f"{database}.lock", timeout=0):
            files = [file for file in folder.glob(f"{database.name}*") if file.suffix != ".lock"]
            for file in files:
                file.unlink()
    except Timeout:
        print(f"A dashboard is using the copy in {folder}. Stop it first.", file=sys.stderr)
        return 1
    print(f"Deleted {len(files)} files in {folder}.")
    return 0


def export(options: argparse.Namespace) -> int:
    """Bring the copy up to date and write the items that pass; where a dashboard keeps it, read what that one has."""
    values = {column: getattr(options, name) for name, column in COLUMNS.items()}
    try:
        zone = options.time_zone
        with mirror(options.data_dir, zone) as held:
            held.sync()
            snapshot = held.snapshot()
        if snapshot.coverage.complete and (unknown := unknown_values(snapshot, values)):
            print("\n".join(unknown), file=sys.stderr)
            return 2
        bounds = zone.bounds(window(options.since, options.until))
        positions = selected(snapshot.frame, values, bounds, parse(options.text))
        salt = secrets.token_bytes(32)
        people = People.of(snapshot.frame["user_id"].unique() if options.share_safe else ())
        said = asked(options, lambda name: masked_name(name, people, salt))
        about = About(said, "", coverage_sentence(snapshot, held.state().checked_at), zone.name)
        whole = Export(snapshot.rows(positions), about)
        file = (whole.masked(salt, people) if options.share_safe else whole).to(options.format)
        if options.output:
            options.output.write_bytes(file)
        else:
            sys.stdout.buffer.write(file)
            sys.stdout.flush()
    except (LoopError, SandboxError) as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"The export cannot be written: {error.strerror}.", file=sys.stderr)
        return 1
    print(f"{len(positions):,} of {about.coverage}", file=sys.stderr)
    return 0


def asked(options: argparse.Namespace, masked: Callable[[str], str]) -> dict[str, Any]:
    """What was asked for, by the names that links have for it; share-safe, without what tells of people."""
    said = {name: getattr(options, name) for name in (*COLUMNS, "since", "until", "text")}
    if options.share_safe:
        said |= {name: [masked(value) for value in said[name]] for name in COLUMNS} | {"user": [], "text": ""}
    return {name: str(value) if isinstance(value, date) else value for name, value in said.items() if value}


def unknown_values(snapshot: Snapshot, values: Mapping[str, Sequence[str]]) -> list[str]:
    """A sentence for each status and sentiment that was asked for and that there is none of."""
    sentences = []
    for name, usual in (("status", STATUSES), ("sentiment", SENTIMENTS)):
        known = dict.fromkeys([*usual, *snapshot.frame[name].cat.categories, NOT_SET])
        told = ", ".join(shlex.quote(one) for one in known if one.isprintable())
        sentences += [f"--{name} {value!r} is not known: {told}." for value in values[name] if value not in known]
    return sentences


@contextmanager
def mirror(folder: Path, zone: Zone) -> Iterator[Mirror]:
    """The copy that the dashboard has in that folder: of the account of the key, without one of the sandbox."""
    key, address = configured()
    sandbox = None if key else LocalSandbox(folder)
    try:
        if sandbox is not None:
            print("There is no key: these are the sandbox's sample items.", file=sys.stderr)
            sandbox.ensure()
            key, address = sandbox.api_key, sandbox.base_url
        account = f"sandbox:{sandbox.database.resolve()}" if sandbox else None
        with Loop(api_key=key, base_url=address) as loop:
            held = Mirror(loop, f"sqlite:///{folder / 'mirror.db'}", account, zone)
            try:
                yield held
            finally:
                held.close()
    finally:
        if sandbox is not None:
            sandbox.stop()


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


def time_zone(name: str) -> Zone:
    """The time zone of that name."""
    try:
        return Zone(name)
    except (ValueError, OSError, KeyError):
        raise argparse.ArgumentTypeError(f"{name!r} is no time zone") from None


def day(written: str) -> date:
    """The day that is written."""
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{written!r} is no day: write it as 2026-01-31") from None


def text(typed: str) -> str:
    """A query that can be read whole."""
    if len(typed) > LONGEST:
        raise argparse.ArgumentTypeError(f"it is longer than {LONGEST} characters")
    return typed


def main(arguments: list[str] | None = None) -> int:
    """Run a command; its exit code."""
    parser = argparse.ArgumentParser(prog="python -m loop_client", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    default = Path(os.environ.get("LOOP_DATA_DIR", ".loop"))
    command = commands.add_parser("export", help="write feedback as CSV, JSON or Markdown")
    for name in COLUMNS:
        told = "repeatable" if name == "user" else 'repeatable; "(not set)" for absent ones'
        command.add_argument(f"--{name}", action="append", default=[], help=told)
    for name, end in (("since", "first"), ("until", "last")):
        command.add_argument(f"--{name}", type=day, metavar="YYYY-MM-DD", help=f"{end} day")
    command.add_argument(
        "--text", type=text, default="", help='as in the inbox: words, "phrase", -not, user:, tag:, id:'
    )
    command.add_argument("--format", choices=FORMATS, default="csv", help="(default: %(default)s)")
    zone = os.environ.get("LOOP_TIME_ZONE") or "UTC"
    command.add_argument("--time-zone", type=time_zone, default=zone, help="of days and times (default: %(default)s)")
    command.add_argument("--share-safe", action="store_true", help="mask people, addresses and long numbers")
    command.add_argument("--output", type=Path, help="a file (default: standard output)")
    command.set_defaults(run=export)
    purging = commands.add_parser("purge", help="delete the copy of the feedback from this machine")
    purging.set_defaults(run=purge)
    for one in (command, purging):
        one.add_argument("--data-dir", type=Path, default=default, help="where the copy is (default: %(default)s)")
    options = parser.parse_args(arguments)
    return int(options.run(options))


if __name__ == "__main__":
    sys.exit(main())
