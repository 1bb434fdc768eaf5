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
    """Delete the copy, its Arrow file and damaged files; refused while a dashboard uses it. 0 also without a copy."""
    folder = options.data_dir
    try:
        deleted = purging.purge(folder)
    except LoopError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Deleted in {folder}: {', '.join(deleted)}." if deleted else f"There is no copy in {folder}.")
    if others := purging.left(folder):
        print(f"Left, because this program did not make them: {', '.join(map(shlex.quote, others))}.")
    if (folder / "views.db").exists():
        print("Left, because it cannot be fetched again: views.db with the saved views, and its second copy.")
    return 0
