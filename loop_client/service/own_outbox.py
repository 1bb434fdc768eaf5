"""The outbox as one person sees it who is signed in: with their own drafts, and those that nobody owns."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from loop_client.mirror import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from loop_client.mirror.store import DraftState
    from loop_client.service.drafts import Draft, Submission
    from loop_client.service.outbox import Outbox
    from loop_client.service.outcomes import Pause


class OwnOutbox:
    """An `Outbox` without the drafts of others, whose tokens are as good as unknown. Its methods are the same."""

    def __init__(self, outbox: Outbox, owner: str | None) -> None:
        """`owner`: whoever is signed in; None without a sign-in, where everybody sees all drafts."""
        self._outbox, self._owner = outbox, owner

    @property
    def news(self) -> str | None:
        """See `Outbox`."""
        return self._outbox.news

    @property
    def pause(self) -> Callable[[], Pause | None]:
        """See `Outbox`."""
        return self._outbox.pause

    @property
    def problem(self) -> Callable[[], StoreError | None]:
        """See `Outbox`."""
        return self._outbox.problem

    def version(self) -> Hashable:
        """Differs after each change of a draft, whoever owns it; see `Outbox`."""
        return self._outbox.version()

    def submit(self, token: str, draft: Draft) -> Submission:
        """Write a draft down; under another token if somebody else has a draft with this one. See `Outbox`."""
        free = token if self._is_seen(token) else secrets.token_urlsafe(16)
        return self._outbox.submit(free, draft, self._owner)

    def submission(self, token: str) -> Submission | None:
        """The draft with that token; None also where it is somebody else's."""
        return self._outbox.submission(token) if self._is_seen(token) else None

    def wait(self, token: str, seconds: float) -> Submission | None:
        """The draft with that token after its outcome or these seconds; None also where it is somebody else's."""
        return self._outbox.wait(token, seconds) if self._is_seen(token) else None

    def pending(self, first: int, most: int) -> list[Submission]:
        """What is left to do, as of `Outbox`."""
        return self._outbox.pending(first, most, self._owner)

    def undecided(self) -> int:
        """How many drafts need a person, as of `Outbox`."""
        return self._outbox.undecided(self._owner)

    def counts(self) -> dict[DraftState, int]:
        """How many drafts there are in each state."""
        return self._outbox.counts(self._owner)

    def discard(self, token: str) -> None:
        """Give a draft up; StoreError also where it is somebody else's."""
        self._outbox.discard(self._seen(token))

    def send_again(self, token: str, draft: Draft | None = None) -> Submission:
        """Send a draft again; StoreError also where it is somebody else's."""
        return self._outbox.send_again(self._seen(token), draft, self._owner)

    def repeat_of(self, token: str) -> Submission | None:
        """The draft that was sent in the place of another one; None also where either is somebody else's."""
        row = self._outbox.repeat_of(token) if self._is_seen(token) else None
        return None if row is None else self.submission(row.token)

    def _seen(self, token: str) -> str:
        if not self._is_seen(token):
            raise StoreError("There is no such draft any more.")
        return token

    def _is_seen(self, token: str) -> bool:
        """Whether no draft of somebody else has that token."""
        row = None if self._owner is None else self._outbox.row(token)
        return row is None or row.is_seen_by(self._owner)
