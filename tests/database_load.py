"""A process that uses a database as the app does: `python -m tests.database_load <url> <name>`.

One thread syncs while it has the lease, two write drafts down, one reads. Each line that it prints is a JSON object
about what has happened already: what the store has acknowledged before the line is there must never be lost.
"""

from __future__ import annotations

import json
import sys
import threading
import time
import traceback
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from loop_client.mirror import StoreError
from loop_client.mirror.store import Lease, LeaseLostError, PostgresDatabase, PostgresDrafts, PostgresStore
from loop_client.models import Feedback, User
from tests.drafts import draft_row

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE: Final = 5
"""Items that are stored together."""
PAUSE: Final = 0.01
BEGAN: Final = datetime(2026, 1, 1, tzinfo=UTC)

_printing = threading.Lock()


def say(kind: str, **facts: Any) -> None:  # noqa: ANN401 - whatever JSON takes
    """Print what has happened, and when."""
    line = json.dumps({"kind": kind, "thread": threading.current_thread().name, "at": time.monotonic(), **facts})
    with _printing:
        print(line, flush=True)  # noqa: T201 - read by a test


def page(number: int) -> list[Feedback]:
    """The items of a page. All of a number are the same in each process."""
    numbers = range(number * PAGE, (number + 1) * PAGE)
    return [
        Feedback(
            id=f"fb_{one}",
            user=User(id="u_1"),
            message=f"Message {one}",
            status="open",
            created_at=BEGAN + timedelta(seconds=one),
        )
        for one in numbers
    ]


def sync(store: PostgresStore, lease: Lease) -> Callable[[], None]:
    """A step of a sync: stores the page after the last one that the state names."""

    def step() -> None:
        if not store.take_lock():
            say("follows")
            time.sleep(0.2)
            return
        number = lease.number
        account, state = store.account("account") or store.new_account("account", ())
        done = int(json.loads(state).get("page", -1)) + 1
        say("begins", lease=number)  # a line without acknowledgement: from here on it may be stopped
        store.upsert(account, json.dumps({"page": done}), page(done))
        say("page", number=done, lease=number)

    return step


def submit(drafts: PostgresDrafts, name: str) -> Callable[[], None]:
    """A step of a person who submits one draft after the other, each until it is written down."""
    count = 0

    def step() -> None:
        nonlocal count
        token = f"{name} {count}"
        (stored,) = drafts.add([draft_row(token, "account")])
        say("draft", token=token, number=stored.number)
        count += 1

    return step


def read(database: PostgresDatabase) -> Callable[[], None]:
    """A step of a process that follows what is stored."""

    def step() -> None:
        with database.reading() as view:
            say("seen", drafts=view.number("select count(*) from drafts"))
        time.sleep(0.05)

    return step


def keep_on(step: Callable[[], None]) -> None:
    """Do it again and again, whatever the store says. An error of another kind is a fault."""
    while True:
        try:
            step()
        except LeaseLostError:
            say("lost")
        except StoreError as error:
            say("error", sentence=str(error))
        except Exception:  # noqa: BLE001 - reported
            say("fault", error=traceback.format_exc())
            return
        time.sleep(PAUSE)


def main(url: str, name: str) -> None:
    """Work until the input ends."""
    with closing(PostgresDatabase(url, "The feedback")) as database:
        lease, drafts = Lease(database), PostgresDrafts(database)
        steps = {
            "sync": sync(PostgresStore(database, lease), lease),
            "reader": read(database),
            **{who: submit(drafts, f"{name} {who}") for who in ("first", "second")},
        }
        for who, step in steps.items():
            threading.Thread(target=keep_on, args=(step,), name=who, daemon=True).start()
        sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
