"""The one door to data: the process's client, its copy of the feedback, and what is being submitted.

Everything here is shared by all viewers of the process; nothing here calls `st.*` except to read the secrets file.
"""

from __future__ import annotations

import logging
import os
import threading
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import streamlit as st

from loop_client import APIConnectionError, AuthenticationError, ConfigurationError, Feedback, Loop, LoopError
from loop_client.mirror import Mirror, MirrorClosedError, Snapshot, SyncState
from loop_client.sandbox.child import LocalSandbox, SandboxError

logger = logging.getLogger(__name__)

REFRESH_EVERY = 10.0
"""Seconds between two looks at the head of the list when all goes well."""

REFRESH_AT_LEAST_EVERY = 60.0
"""Seconds between two attempts at most, however long the API has been failing."""

KEPT_SUBMISSIONS = 1000
"""Submissions whose outcome can still be looked up; the oldest are forgotten first."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed into the form. Absent fields are None."""

    user_id: str
    message: str
    sentiment: str | None = None
    source: str | None = None
    tag: str | None = None


@dataclass(slots=True)
class Submission:
    """One draft on its way. `done` is set last: then exactly one of `item` and `error` is there."""

    draft: Draft
    done: threading.Event = field(default_factory=threading.Event)
    item: Feedback | None = None
    error: LoopError | None = None


class Connection:
    """One account: its client, its mirror, the thread that keeps the mirror fresh, and the workers that submit."""

    def __init__(self) -> None:
        """Connect to the configured account, or to the sandbox; ask nothing yet.

        Raises:
            ConfigurationError: The key or the base URL cannot be used.
            SandboxError: There is no key, and the sandbox does not start.
        """
        api_key, base_url = _configured()
        self.sandbox = None if api_key else LocalSandbox(Path(os.environ.get("LOOP_DATA_DIR", ".loop")))
        if self.sandbox is not None:
            self.sandbox.ensure()
            api_key, base_url = self.sandbox.api_key, self.sandbox.base_url
        self.loop = Loop(api_key=api_key, base_url=base_url)
        self.mirror = Mirror(self.loop)
        self._submissions: OrderedDict[str, Submission] = OrderedDict()
        self._submissions_lock = threading.Lock()
        self._workers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="submit")
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._keep_fresh, name="sync", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Let what is being submitted end, then stop the thread and the sandbox that this process started."""
        self._stopped.set()
        self.mirror.close()
        self._workers.shutdown(wait=True)
        self._thread.join()
        self.loop.close()
        if self.sandbox is not None:
            self.sandbox.stop()

    def submit(self, token: str, draft: Draft) -> Submission:
        """Send the draft in a worker. A token sends once: with the same token, the same submission comes back."""
        with self._submissions_lock:
            if token not in self._submissions:
                self._submissions[token] = Submission(draft)
                self._workers.submit(self._create, self._submissions[token])
                while len(self._submissions) > KEPT_SUBMISSIONS:
                    self._submissions.popitem(last=False)
            return self._submissions[token]

    def submission(self, token: str) -> Submission | None:
        """The submission of that token, if this process has one."""
        return self._submissions.get(token)

    def _create(self, submission: Submission) -> None:
        draft = submission.draft
        try:
            submission.item = self.loop.feedback.create(
                user={"id": draft.user_id},
                message=draft.message,
                sentiment=draft.sentiment,
                source=draft.source,
                tag=draft.tag,
            )
            self.mirror.add(submission.item)
        except LoopError as error:
            submission.error = error
        finally:
            submission.done.set()

    def _keep_fresh(self) -> None:
        """Sync until stopped: every 10 s, slower while the API fails, and start a dead sandbox again."""
        failures = 0
        while not self._stopped.is_set():
            try:
                self.mirror.sync()
                failures = 0
            except MirrorClosedError:
                return
            except APIConnectionError:
                failures += 1
                self._revive_sandbox()
            except LoopError:
                failures += 1
            except Exception:
                logger.exception("The sync failed for a reason of its own; trying again")
                failures += 1
            self._stopped.wait(self._pause(failures))

    def _pause(self, failures: int) -> float:
        error = self.mirror.state().error
        if isinstance(error, AuthenticationError):
            return REFRESH_AT_LEAST_EVERY
        if failures == 0:
            return REFRESH_EVERY
        told = getattr(error, "retry_after", None) or 0.0
        return max(told, min(REFRESH_AT_LEAST_EVERY, 2.0**failures))

    def _revive_sandbox(self) -> None:
        if self.sandbox is None or self._stopped.is_set():
            return
        try:
            self.sandbox.ensure()
        except SandboxError:
            return  # the sync's own error says that it cannot be reached; the next round tries again
        if self.sandbox.base_url != self.loop.base_url:  # somebody else took its port meanwhile
            self.loop = Loop(api_key=self.sandbox.api_key, base_url=self.sandbox.base_url)
            self.mirror.reconnect(self.loop)


_lock = threading.Lock()
_connection: Connection | None = None
_startup_error: ConfigurationError | SandboxError | None = None


def start() -> None:
    """Connect and sync until `stop`. What goes wrong is kept for `problem`: the pages say it."""
    global _connection, _startup_error  # noqa: PLW0603 - one connection a process, shared by all its threads
    with _lock:
        if _connection is not None:
            return
        try:
            _connection, _startup_error = Connection(), None
        except (ConfigurationError, SandboxError) as error:
            _startup_error = error


def stop() -> None:
    """End what `start` started."""
    global _connection  # noqa: PLW0603 - see start
    with _lock:
        if _connection is not None:
            _connection.close()
        _connection = None


def snapshot() -> Snapshot:
    """What is held right now, the same object for every viewer; empty when there is no connection."""
    return _connection.mirror.snapshot() if _connection else Snapshot.empty()


def sync_state() -> SyncState:
    """How the sync is doing right now."""
    return _connection.mirror.state() if _connection else SyncState()


def problem() -> Exception | None:
    """Why what is shown is not up to date, as an error whose text is a sentence; None when all is well."""
    return _startup_error if _connection is None else _connection.mirror.state().error


def is_sandbox() -> bool:
    """Whether the items are the sandbox's, not an account's."""
    return _connection is not None and _connection.sandbox is not None


def is_connected() -> bool:
    """Whether there is somebody to submit to."""
    return _connection is not None


def submit(token: str, draft: Draft) -> Submission:
    """Send a draft once per token.

    Raises:
        ConfigurationError: There is no connection.
    """
    if _connection is None:
        raise ConfigurationError("There is no connection to submit to.")
    return _connection.submit(token, draft)


def submission(token: str) -> Submission | None:
    """The submission with that token; None when this process does not know it (any more)."""
    return _connection.submission(token) if _connection else None


def _configured() -> tuple[str | None, str | None]:
    """The key and the base URL: from the environment, else from [loop] in secrets.toml."""
    secrets = st.secrets.get("loop", {}) if st.secrets.load_if_toml_exists() else {}
    return (
        os.environ.get("LOOP_API_KEY") or secrets.get("api_key"),
        os.environ.get("LOOP_BASE_URL") or secrets.get("base_url"),
    )
