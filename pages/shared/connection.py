"""The process's connection to one account: its client, its copy of the feedback, and what is being submitted.

Shared by all viewers of the process; nothing here calls `st.*` except to read the secrets file.
"""

from __future__ import annotations

import logging
import os
import threading
from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import streamlit as st

from loop_client import AuthenticationError, ConfigurationError, CreateOutcomeUnknown, Feedback, Loop, LoopError
from loop_client.mirror import Budget, Mirror, MirrorClosedError, SavedViews, StoreError, Zone
from loop_client.sandbox.child import LocalSandbox, SandboxError

logger = logging.getLogger(__name__)

REFRESH_EVERY = 10.0
"""Seconds between two looks at the head of the list when all goes well."""

REFRESH_AT_LEAST_EVERY = 60.0
"""Seconds between two attempts at most, however long the API has been failing, unless it asks for longer."""

CALLS_PER_MINUTE = 60
"""Calls of the process to the API, unless LOOP_CALLS_PER_MINUTE says otherwise."""

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
            ConfigurationError: The key, the base URL or another setting cannot be used.
            SandboxError: There is no key, and the sandbox does not start.
            StoreError: The copy of the feedback cannot be opened.
        """
        (api_key, base_url), zone = _configured(), _time_zone()
        folder = Path(os.environ.get("LOOP_DATA_DIR", ".loop"))
        self._stopped, self._wake = threading.Event(), threading.Event()
        self.budget = Budget(_calls_per_minute(), self._stopped.wait)
        self.sandbox = None if api_key else LocalSandbox(folder)
        if self.sandbox is not None:
            self.sandbox.ensure()
            api_key, base_url = self.sandbox.api_key, self.sandbox.base_url
        self.loop = self._client(api_key, base_url)
        account = f"sandbox:{(folder / 'sandbox.db').resolve()}" if self.sandbox else None
        try:
            self.mirror = Mirror(self.loop, f"sqlite:///{folder / 'mirror.db'}", account, zone)
        except StoreError:
            if self.sandbox is not None:
                self.sandbox.stop()
            raise
        self.saved_views = SavedViews(folder / "views.db")
        self._submissions: OrderedDict[str, Submission] = OrderedDict()
        self._submissions_lock = threading.Lock()
        self._workers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="submit")
        self.failure: LoopError | None = None
        """Why the last sync failed; None after one that succeeded."""
        self._thread = threading.Thread(target=self._keep_fresh, name="sync", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Let what is being submitted end, then stop the thread and the sandbox that this process started."""
        self._workers.shutdown(wait=True)
        self._stopped.set()
        self._wake.set()
        self.mirror.close()
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

    def check_now(self) -> None:
        """Have the sync thread look now instead of in some seconds."""
        self._wake.set()

    def _client(self, api_key: str | None, base_url: str | None) -> Loop:
        loop = Loop(api_key=api_key, base_url=base_url)
        loop.admit = lambda urgent: self.budget.take(urgent=urgent)
        return loop

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
            submission.error = None if submission.item else error
        except Exception:
            logger.exception("A submission failed for a reason of its own")
            if submission.item is None:
                text = "The dashboard failed while it sent this: it may have been stored, or not."
                submission.error = CreateOutcomeUnknown(text)
        finally:
            submission.done.set()

    def _keep_fresh(self) -> None:
        """Sync until stopped: every 10 s, slower while the API fails, and start a dead sandbox again."""
        failures = 0
        threading.Thread(target=self._check, name="check", daemon=True).start()
        while not self._stopped.is_set():
            try:
                self.mirror.sync()
                failures, self.failure = 0, None
            except MirrorClosedError:
                return
            except LoopError as error:
                failures += 1
                self.failure = error
                self._revive_sandbox()
            except Exception:
                failures += 1
                logger.exception("The sync failed for a reason of its own; trying again")
                self.failure = LoopError("The sync failed for a reason of its own; the log has it. Trying again.")
            self._wake.wait(self._pause(failures))
            self._wake.clear()

    def _check(self) -> None:
        """Read the stored copy through once: what is broken is set aside, and the next sync begins anew."""
        try:
            self.mirror.check()
        except Exception:
            logger.exception("The stored copy could not be checked")

    def _pause(self, failures: int) -> float:
        if isinstance(self.failure, AuthenticationError):
            return REFRESH_AT_LEAST_EVERY
        if failures == 0:
            return REFRESH_EVERY
        told = getattr(self.failure, "retry_after", None) or 0.0
        return max(told, min(REFRESH_AT_LEAST_EVERY, 2.0 ** min(failures, 6)))

    def _revive_sandbox(self) -> None:
        if self.sandbox is None or self._stopped.is_set():
            return
        try:
            self.sandbox.ensure()
        except SandboxError:
            return  # the sync's own error says that it cannot be reached; the next round tries again
        if self.sandbox.base_url != self.loop.base_url:  # somebody else took its port meanwhile
            self.loop.close()
            self.loop = self._client(self.sandbox.api_key, self.sandbox.base_url)
            self.mirror.reconnect(self.loop)


def _calls_per_minute() -> float:
    text = os.environ.get("LOOP_CALLS_PER_MINUTE", str(CALLS_PER_MINUTE))
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise ConfigurationError("LOOP_CALLS_PER_MINUTE must be a whole number from 1 on.")
    return float(text)


def _time_zone() -> Zone:
    """The zone whose days the team counts."""
    name = os.environ.get("LOOP_TIME_ZONE") or "UTC"
    try:
        return Zone(name)
    except (ValueError, OSError, KeyError):
        text = f"LOOP_TIME_ZONE is {name[:60]!r}, which is no time zone. Name one as in Europe/Berlin, or unset it."
        raise ConfigurationError(text) from None


def _configured() -> tuple[str | None, str | None]:
    """The key and the base URL: from the environment, else from [loop] in secrets.toml."""
    secrets: Any = {}
    if any(Path(file).exists() for file in st.get_option("secrets.files")):
        if not st.secrets.load_if_toml_exists():
            raise ConfigurationError("secrets.toml cannot be read. Correct it, or remove it to try the sandbox.")
        secrets = st.secrets.get("loop", {})
    values: list[Any] = [secrets.get(name) if isinstance(secrets, Mapping) else 0 for name in ("api_key", "base_url")]
    if not all(isinstance(value, str | None) for value in values):
        raise ConfigurationError("[loop] in secrets.toml must hold api_key and base_url as text in quotes.")
    return os.environ.get("LOOP_API_KEY") or values[0], os.environ.get("LOOP_BASE_URL") or values[1]
