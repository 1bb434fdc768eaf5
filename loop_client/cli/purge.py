"""The command `purge`: deletes the copy from this machine."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING

from loop_client import LoopError
from loop_client.mirror import purging

if TYPE_CHECKING:
    import argparse


def purge(options: argparse.Namespace) -> int:
    """Delete the copy, and the outbox if requested; refused while a dashboard uses them. 0 also without a copy."""
    folder = options.data_dir
    try:
        deleted = purging.purge(folder, outbox=options.outbox)
    except LoopError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Deleted in {folder}: {', '.join(deleted)}." if deleted else f"There is no copy in {folder}.")
    if others := purging.left(folder):
        print(f"Left, because this program did not make them: {', '.join(map(shlex.quote, others))}.")
    if any((folder / name).exists() for name in ("outbox.db", "outbox.second.db")):
        print("Left, because it cannot be fetched again: outbox.db with what was submitted, and its second copy.")
        print("--outbox deletes it too; `python -m loop_client outbox` lists what is not stored yet.")
    for name, content in (("views.db", "saved views"), ("markers.db", "markers")):
        if (folder / name).exists():
            print(f"Left, because it cannot be fetched again: {name} with the {content}, and its second copy.")
    return 0
