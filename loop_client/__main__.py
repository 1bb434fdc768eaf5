"""The same things from a shell: `python -m loop_client purge` deletes the copy of the feedback from this machine."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from filelock import FileLock, Timeout


def purge(folder: Path) -> int:
    """Delete the copy, its Arrow twin and what was set aside; not while a dashboard uses it. 0 when it is gone."""
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


def main(arguments: list[str] | None = None) -> int:
    """Run a command; its exit code."""
    parser = argparse.ArgumentParser(prog="python -m loop_client", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser("purge", help="delete the copy of the feedback from this machine")
    default = Path(os.environ.get("LOOP_DATA_DIR", ".loop"))
    command.add_argument("--data-dir", type=Path, default=default, help="where the copy is (default: %(default)s)")
    return purge(parser.parse_args(arguments).data_dir)


if __name__ == "__main__":
    sys.exit(main())
