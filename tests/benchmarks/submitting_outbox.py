"""Our way to submit texts to Loop, for `submitting`: by the outbox of a service, in a process that may be killed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from loop_client.mirror.store import DraftState
from loop_client.service import Config, Draft, Service
from tests.benchmarks.submitting_ways import KEY, USER, Job, main

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

AT_A_TIME: Final = 10
"""Texts that `ours` writes down at once: one by a form, and the others as an import."""

LOOKS: Final = 2
"""Syncs after which a draft that is still unknown counts as unknown for ever."""


def ours(job: Job) -> None:
    """Write the texts down in an outbox whose service sends them, and note that they are written down.

    The next process writes down the texts without a note, under the same tokens, as a person who got no answer clicks
    again; for all others it has only the outbox. It ends once no draft waits, and unknown ones were looked for.
    """
    settings = Config(KEY, job.base_url, job.folder / "data", calls_per_minute=1_000_000)
    service = Service(lambda: settings)
    service.start()
    try:
        _wait(service.is_connected)
        for texts in _tens(job.left()):
            _write_down(service, texts)
            job.note(*((text, "written down") for text in texts))
            _wait(lambda: _count(service, DraftState.WAITING) <= AT_A_TIME)
        _wait(lambda: not _count(service, DraftState.WAITING, DraftState.SENDING))
        for _ in range(LOOKS):
            if _count(service, DraftState.UNKNOWN):
                _look(service)
    finally:
        service.stop()


def _tens(texts: list[str]) -> Iterator[list[str]]:
    return (texts[start : start + AT_A_TIME] for start in range(0, len(texts), AT_A_TIME))


def _write_down(service: Service, texts: list[str]) -> None:
    outbox, imports = service.outbox(), service.imports()
    assert outbox is not None
    assert imports is not None
    outbox.submit(texts[0], Draft(USER, texts[0]))
    if rows := {row: Draft(USER, text) for row, text in enumerate(texts[1:], 1)}:
        imports.write(f"after {texts[0]}", "texts.txt", "", rows, {})


def _look(service: Service) -> None:
    """Wait for one more sync that succeeds, and for the sender, which it wakes."""
    before = service.sync_state().checked_at
    service.check_now()
    _wait(lambda: service.sync_state().checked_at not in {None, before})
    time.sleep(1)


def _count(service: Service, *states: DraftState) -> int:
    outbox = service.outbox()
    assert outbox is not None
    counts = outbox.counts()
    return sum(counts[state] for state in states)


def _wait(holds: Callable[[], bool]) -> None:
    """Wait for as long as it takes: `submitting` ends what does not end by itself."""
    while not holds():
        time.sleep(0.02)


if __name__ == "__main__":
    main({"ours": ours})
