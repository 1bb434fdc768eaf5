"""Sandboxes for tests: the real server, on a thread of the test process."""

from __future__ import annotations

import secrets
import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import uvicorn

from loop_client.sandbox.app import Behaviour, sandbox_app
from loop_client.sandbox.cutting import CuttableProtocol
from loop_client.sandbox.store import Store
from tests.moment import NOW

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path


def row(number: int, **values: str | None) -> dict[str, str | None]:
    """A stored item, `number` hours old."""
    return {
        "id": f"fb_{number}",
        "user_id": "u_1",
        "message": f"Message {number}",
        "sentiment": "negative",
        "source": "email",
        "tag": "exports",
        "status": "open",
        "created_at": (NOW - timedelta(hours=number)).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        **values,
    }


@dataclass(frozen=True, slots=True)
class RunningSandbox:
    """The address, key and store of a running sandbox."""

    base_url: str
    api_key: str
    store: Store


@contextmanager
def running_sandbox(
    folder: Path,
    *,
    items: Iterable[Mapping[str, str | None]] = (),
    port: int = 0,
    api_key: str | None = None,
    **behaviour: Any,  # noqa: ANN401 - the fields of Behaviour
) -> Iterator[RunningSandbox]:
    """A sandbox with a database in `folder` and these items, running until the block ends."""
    folder.mkdir(parents=True, exist_ok=True)
    store = Store(folder / "sandbox.db")
    store.load(items)
    api_key = api_key or secrets.token_hex(8)
    with socket.socket(proto=socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        config = uvicorn.Config(
            sandbox_app(store, api_key, Behaviour(**behaviour)),
            http=CuttableProtocol,
            log_level="warning",
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=2,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive(), "the sandbox did not start"
            time.sleep(0.005)
        try:
            yield RunningSandbox(f"http://127.0.0.1:{listener.getsockname()[1]}/v2", api_key, store)
        finally:
            server.should_exit = True
            thread.join(timeout=10)
            store.close()
