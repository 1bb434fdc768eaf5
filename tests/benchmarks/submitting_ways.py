"""Two ways to submit texts to Loop as one writes them first, for `submitting`; each process may be killed.

A process gets a list of texts and a folder, and knows nothing else of those that were killed before it. This module
imports httpx alone, so that starting such a process again costs little.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

KEY: Final = "benchmark"

USER: Final = "u_1"

TRIES: Final = 5
"""Requests for one text of `naive_retry` at most."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a process is told: the sandbox's address, its folder, and how many texts there are."""

    base_url: str
    folder: Path
    creates: int

    def texts(self) -> list[str]:
        """All texts; each is there once, so that its items can be counted."""
        return [f"Text {number}" for number in range(self.creates)]

    def notes(self) -> dict[str, str]:
        """Text → the last note about it; without those of which there is none."""
        file = self.folder / "notes"
        lines = file.read_text().splitlines() if file.exists() else []
        return dict(json.loads(line) for line in lines)

    def note(self, *notes: tuple[str, str]) -> None:
        """Write notes at the end of the file, all or none: a kill does not divide a write."""
        file = os.open(self.folder / "notes", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(file, "".join(json.dumps(note) + "\n" for note in notes).encode())
        finally:
            os.close(file)

    def left(self) -> list[str]:
        """The texts without a note, in order."""
        noted = self.notes()
        return [text for text in self.texts() if text not in noted]


def _client() -> httpx.Client:
    return httpx.Client(headers={"Authorization": f"Bearer {KEY}"}, trust_env=False)


def _posted(client: httpx.Client, job: Job, text: str) -> str:
    """What a single request makes of a text: "stored", "refused" by a status, or "unknown" without an answer."""
    try:
        client.post(f"{job.base_url}/feedback", json={"user": {"id": USER}, "message": text}).raise_for_status()
    except httpx.HTTPStatusError:
        return "refused"
    except httpx.HTTPError:
        return "unknown"
    return "stored"


def naive_retry(job: Job) -> None:
    """Send a text again after any error, and note its outcome afterwards.

    Its file of notes is its only memory: the next process begins with the first text without a note, and so sends the
    text again that the killed one was sending.
    """
    with _client() as client:
        for text in job.left():
            for attempt in range(TRIES):
                if (outcome := _posted(client, job, text)) == "stored":
                    break
                time.sleep(0.05 * 2**attempt)
            job.note((text, outcome))


def never_retry(job: Job) -> None:
    """Note that a text is sent, send it once, and note its outcome.

    The next process begins with the first text without a note, and so leaves out the one that the killed process was
    sending.
    """
    with _client() as client:
        for text in job.left():
            job.note((text, "sent"))
            job.note((text, _posted(client, job, text)))


def main(ways: Mapping[str, Callable[[Job], None]]) -> None:
    """Submit in the way that the command line names, followed by the parts of the job."""
    way, base_url, folder, creates = sys.argv[1:]
    ways[way](Job(base_url, Path(folder), int(creates)))


if __name__ == "__main__":
    main({"naive retry": naive_retry, "never retry": never_retry})
