"""Dashboards in every state of a page, each on a real sandbox."""

from __future__ import annotations

import time
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx

from loop_client import Loop
from loop_client.mirror.store import ImportState
from loop_client.sandbox.sample import sample_items
from tests.browser.conftest import running_dashboard
from tests.drafts import REFUSED, draft_row, in_each_state, write_down, write_import
from tests.sandboxes import row, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

QUICK = {"LOOP_CALLS_PER_MINUTE": "6000"}

LINES = "First line\nSecond line\nThird line\nFourth line\nFifth line"
WORD = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen" * 3

AWKWARD = (
    row(9, tag=None, sentiment=None, source=None, status="resolved"),
    row(8, message="\N{RIGHT-TO-LEFT OVERRIDE}gnp.exe مرحبا بالعالم 日本語のテキスト \N{WAVING HAND SIGN}" * 20),
    row(7, message="Twice the same sentence, more or less.", user_id="u_2"),
    row(6, message="Twice the same sentence, more or less!", user_id="u_3"),
    row(5, message="\n" * 30 + "far below", sentiment="mixed", status="snoozed"),
    row(4, message="<img src=x> **bold** :material/home: $x^2$ " * 30, tag="**bold** $x$", source="![x](y)"),
    row(3, message=WORD * 20, tag=WORD[:150], user_id=WORD[:150], source=WORD[:150]),
    row(2, message=LINES * 3, tag=LINES, source=LINES),
    row(1, message="megabyte " * 120_000, user_id="someone.with.a.long.address@department.example.org"),
)
"""Items that are hard to lay out, oldest first."""


def sample(folder: Path) -> AbstractContextManager[str]:
    """The sample account of `make run` without a key."""
    return running_dashboard(folder)


@contextmanager
def account_with(folder: Path, items: Iterable[Mapping[str, str | None]], **behaviour: Any) -> Iterator[str]:  # noqa: ANN401 - the sandbox's
    """An account with these items, oldest first, with this behaviour of its API."""
    with (
        running_sandbox(folder / "sandbox", items=items, **behaviour) as sandbox,
        running_dashboard(folder, LOOP_API_KEY=sandbox.api_key, LOOP_BASE_URL=sandbox.base_url, **QUICK) as address,
    ):
        yield address


@contextmanager
def unreachable(folder: Path) -> Iterator[str]:
    """An account whose API cannot be reached."""
    with running_sandbox(folder / "sandbox") as gone:
        settings = {"LOOP_API_KEY": gone.api_key, "LOOP_BASE_URL": gone.base_url}
    with running_dashboard(folder, **settings) as address:
        yield address


@contextmanager
def cut_off(folder: Path) -> Iterator[str]:
    """An account whose API became unreachable after everything was loaded."""
    with ExitStack() as api:
        sandbox = api.enter_context(running_sandbox(folder / "sandbox", items=_sample(600)))
        settings = {"LOOP_API_KEY": sandbox.api_key, "LOOP_BASE_URL": sandbox.base_url, **QUICK}
        with running_dashboard(folder, **settings) as address:
            _loaded(address)
        api.close()
        with running_dashboard(folder, **settings) as address:
            yield address


def _loaded(address: str) -> None:
    deadline = time.monotonic() + 60
    while httpx.get(f"{address}/readyz").status_code != httpx.codes.OK:
        assert time.monotonic() < deadline, "the items were not loaded in time"
        time.sleep(0.2)
    time.sleep(2)  # one of six pages may have arrived


def _sample(count: int) -> Iterator[dict[str, str | None]]:
    return sample_items(count, now=datetime.now(UTC))


@contextmanager
def outbox(folder: Path, **behaviour: Any) -> Iterator[str]:  # noqa: ANN401 - the sandbox's
    """An outbox with a draft in each state, a very long one, more than a page of bulk rows, and two imports."""
    with running_sandbox(folder / "sandbox", items=[row(1)], **behaviour) as sandbox:
        settings = {"LOOP_API_KEY": sandbox.api_key, "LOOP_BASE_URL": sandbox.base_url, **QUICK}
        with closing(Loop(api_key=sandbox.api_key, base_url=sandbox.base_url)) as loop:
            account = loop.account
        bulk = (draft_row(f"bulk-{number}", account, is_bulk=1) for number in range(30))
        long = draft_row("long", account, state=REFUSED, message=WORD * 20, user_id=WORD, tag=WORD, source=LINES)
        write_down(folder, [*in_each_state(account), long, *bulk])
        write_import(folder, "running", account, 500, name=f"{WORD}.csv")
        write_import(folder, "paused", account, 1, state=ImportState.PAUSED)
        with running_dashboard(folder, **settings) as address:
            _loaded(address)
            yield address


@contextmanager
def quota(folder: Path) -> Iterator[str]:
    """An outbox that waits for next month's quota."""
    with running_sandbox(folder / "sandbox", items=[row(1)], quota=0) as sandbox:
        settings = {"LOOP_API_KEY": sandbox.api_key, "LOOP_BASE_URL": sandbox.base_url}
        with closing(Loop(api_key=sandbox.api_key, base_url=sandbox.base_url)) as loop:
            write_down(folder, [draft_row(f"{number}", loop.account, not_before=0) for number in range(3)])
        with running_dashboard(folder, **settings) as address:
            _loaded(address)
            yield address


STATES: dict[str, Callable[[Path], AbstractContextManager[str]]] = {
    "sample": sample,
    "empty": lambda folder: account_with(folder, ()),
    "one": lambda folder: account_with(folder, [row(1)]),
    "many": lambda folder: account_with(folder, _sample(50_000)),
    "awkward": lambda folder: account_with(folder, AWKWARD),
    "loading": lambda folder: account_with(folder, _sample(2_400), latency_ms=600_000),
    "partly": lambda folder: account_with(folder, _sample(50_000), latency_ms=2_500),
    "unreachable": unreachable,
    "cut-off": cut_off,
    "outbox": outbox,
    "quota": quota,
}
"""Name → the dashboard in that state."""
