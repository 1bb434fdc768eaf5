"""People who use the dashboard while something happens to it: some click, and some submit feedback."""

from __future__ import annotations

import asyncio
import random
import re
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Final
from urllib.parse import quote_plus

from streamlit.proto.WidgetStates_pb2 import WidgetState

from tests.benchmarks.page import CHOICES
from tests.benchmarks.tabs import Tab

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.benchmarks.tabs import Run

TAKEN: Final = ("Stored by Loop", "Sending to Loop", "In the outbox")
"""What the form says once a text is written down."""


@dataclass
class Crowd:
    """How many people there are, and what they saw. `clicks`: seconds until each answer. `said`: notices, how often."""

    address: str
    clicking: int
    submitting: int = 0
    every: float = 2.0
    clicks: list[float] = field(default_factory=list)
    losses: int = 0
    refused: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    said: Counter[str] = field(default_factory=Counter)
    taken: dict[str, bool] = field(default_factory=dict)
    """Text → whether the page said that it is written down."""
    written: list[tuple[int, float]] = field(default_factory=list)
    """Who had a text written down, and when, by the monotonic clock."""
    _ended: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Let them use it until the block ends, on another thread: programs end with the thread that started them."""
        with ThreadPoolExecutor(1) as threads:
            people = threads.submit(asyncio.run, self._all())
            try:
                yield
            finally:
                self._ended.set()
            people.result()

    def writing_again(self, since: float) -> float | None:
        """Seconds after which each person who submits had a text written down; None while somebody still waits."""
        first: dict[int, float] = {}
        for number, at in self.written:
            if at > since:
                first.setdefault(number, at - since)
        return max(first.values()) if len(first) == self.submitting else None

    async def _all(self) -> None:
        clicking = [self._click(number) for number in range(self.clicking)]
        await asyncio.gather(*clicking, *(self._submit(number) for number in range(self.submitting)))

    async def _click(self, number: int) -> None:
        chance = random.Random(number)  # noqa: S311 - no secret
        async with Tab(self.address, query="last=all+time") as tab:
            widget = self._noted(tab, await tab.run()).widget("multiselect", "sentiment")
            assert widget is not None, "the page has no filter of sentiments"
            await asyncio.sleep(self.every * chance.random())
            while not self._ended.is_set():
                state = WidgetState(id=widget)
                state.string_array_value.data.extend(chance.choice(CHOICES))
                run = self._noted(tab, await tab.run(state))
                self.clicks.append(run.waited)
                await asyncio.sleep(max(0.0, self.every - run.waited))
            self.refused += tab.refused

    async def _submit(self, number: int) -> None:
        count = 0
        while not self._ended.is_set():
            count += 1
            text = f"Text {number}-{count} {token_urlsafe(6)}"
            self.taken[text] = False
            link = f"draft={token_urlsafe(16)}&draft_user_id=u_{number}&draft_message={quote_plus(text)}"
            async with Tab(self.address, "submit", link) as tab:
                self.taken[text] = await self._is_taken(tab)
                if self.taken[text]:
                    self.written.append((number, time.monotonic()))
                self.refused += tab.refused
            await asyncio.sleep(self.every)

    async def _is_taken(self, tab: Tab) -> bool:
        """Click until the page says that the text is written down, as a person does who sees the form still there."""
        run = self._noted(tab, await tab.run())
        for _ in range(60):
            if any(words in text for text in run.texts() for words in TAKEN):
                return True
            button = run.widget("button", "send")
            run = self._noted(tab, await tab.run(*([WidgetState(id=button, trigger_value=True)] if button else [])))
            if not any(words in text for text in run.texts() for words in TAKEN):
                await asyncio.sleep(1)
        return False

    def _noted(self, tab: Tab, run: Run) -> Run:
        """Note what a run has shown."""
        assert tab.address == self.address
        self.losses += run.losses
        self.errors.update(run.errors())
        notices = (re.match(r":material/(?:info|cloud_off): \*\*(.+)\*\*$", text) for text in run.texts())
        self.said.update(found[1] for found in notices if found)
        return run
