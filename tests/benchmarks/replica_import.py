"""Files that the command `import` sends while something happens to the dashboard's processes, on the same database."""

from __future__ import annotations

import csv
from contextlib import contextmanager
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Final

from tests.benchmarks.replica import WITHIN, Process
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.benchmarks.replica_set import ReplicaSet

FILES: Final = 4
"""The command writes the rows of one file down, sends them, and goes on to the next."""

ATTEMPTS: Final = 3
"""How often somebody gives the command until it says that all is stored."""


@dataclass
class Import(Process):
    """The command, with its files. `rows`: their texts. `codes`: of its ends so far, but for those by a signal."""

    files: Mapping[Path, list[str]]

    @property
    def rows(self) -> list[str]:
        """The texts of all files."""
        return [text for texts in self.files.values() for text in texts]

    def command(self) -> list[str]:
        """What comes after `python -m`."""
        mapped = ["--map", "message=text", "--map", "user_id=person"]
        return ["loop_client", "import", *map(str, self.files), *mapped]

    def to_its_end(self) -> None:
        """Wait for the end, and give the command again if it says that not all is stored."""
        for _ in range(ATTEMPTS):
            if self.wait() == 0:
                return
            self.start()
        self.wait()


@contextmanager
def importing(replicas: ReplicaSet, rows: int) -> Iterator[Import]:
    """Begin to import so many rows; the block ends with the command. The files of each import are others."""
    folder = replicas.folder / f"import-{token_urlsafe(6)}"
    folder.mkdir()
    files = {folder / f"file-{number}.csv": _texts(rows // FILES) for number in range(FILES if rows else 0)}
    for file, texts in files.items():
        with file.open("w", newline="") as written:
            csv.writer(written).writerows([("text", "person"), *((text, "u_import") for text in texts)])
    one = Import(folder, replicas.replicas[0].settings | {"LOOP_DATA_DIR": str(folder / "data")}, files)
    if not files:
        yield one
        return
    one.start()
    replicas.others.append(one)
    try:
        until(lambda: not replicas.drafts().keys().isdisjoint(one.rows), WITHIN)
        yield one
        one.to_its_end()
    finally:
        replicas.others.remove(one)
        one.end()


def _texts(count: int) -> list[str]:
    return [f"Row {number} {token_urlsafe(6)}" for number in range(count)]
