"""An open account: its client, its mirror and, without a key, the sandbox in place of Loop."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loop_client import Loop
from loop_client.mirror import Mirror
from loop_client.sandbox.child import LocalSandbox, SandboxError

if TYPE_CHECKING:
    from collections.abc import Callable

    from loop_client.service.config import Config
    from loop_client.service.storage import Storage


@dataclass(slots=True)
class Account:
    """An account opened by `open_account`. `loop` is replaced when the sandbox restarts on another port."""

    loop: Loop
    mirror: Mirror
    sandbox: LocalSandbox | None

    def close(self) -> None:
        """Close the mirror, then the client, and stop the sandbox if this process started it.

        A failure, such as a full disk, does not prevent the other steps.
        """
        try:
            self.mirror.close()
        finally:
            self.disconnect()

    def disconnect(self) -> None:
        """Close the client, and stop the sandbox if this process started it."""
        try:
            self.loop.close()
        finally:
            if self.sandbox is not None:
                self.sandbox.stop()

    def revive_sandbox(self) -> None:
        """Restart the sandbox if it has died, and use it from now on. Errors of the start are not raised."""
        if self.sandbox is None:
            return
        try:
            self.sandbox.ensure()
        except (SandboxError, OSError):
            return  # the sync reports that it cannot be reached; the next run tries again
        if self.sandbox.base_url != self.loop.base_url:  # another program has taken its port
            self.loop.close()
            self.loop = _client(self.sandbox.api_key, self.sandbox.base_url, self.loop.admit)
        self.mirror.reconnect(self.loop, self.sandbox.account)


def open_account(config: Config, storage: Storage, admit: Callable[[bool], None] | None = None) -> Account:
    """Open the configured account, or the sandbox when there is no key; send no request yet.

    A failure leaves nothing open but the storage. `admit`: called before each request, see `Loop.admit`.

    Raises:
        ConfigurationError: The key or the base URL is invalid.
        SandboxError: There is no key, and the sandbox does not start.
        StoreError: The copy of the feedback cannot be opened.
        OSError: Another file cannot be read.
    """
    api_key, base_url, name = config.api_key, config.base_url, None
    sandbox = None if api_key else LocalSandbox(config.folder)
    with ExitStack() as undo:
        if sandbox is not None:
            undo.callback(sandbox.stop)
            sandbox.ensure()
            api_key, base_url, name = sandbox.api_key, sandbox.base_url, sandbox.account
        loop = _client(api_key, base_url, admit)
        undo.callback(loop.close)
        mirror = Mirror(loop, storage.store(), name, config.zone)
        undo.pop_all()
    return Account(loop, mirror, sandbox)


def _client(api_key: str | None, base_url: str | None, admit: Callable[[bool], None] | None) -> Loop:
    loop = Loop(api_key=api_key, base_url=base_url)
    if admit is not None:
        loop.admit = admit
    return loop
