"""What pages say of the outbox as a whole: how many drafts need a person, and why nothing is sent right now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from loop_client import AuthenticationError, QuotaExceededError, RateLimitError
from loop_client.mirror import StoreError
from pages.session import notices, runtime
from pages.session.state import session

if TYPE_CHECKING:
    from collections.abc import Hashable
    from datetime import datetime

    from loop_client import LoopError

TITLE: Final = "Outbox"


def title() -> str:
    """The title of the page, with the number of drafts that need a person, if there are any."""
    outbox = runtime.outbox()
    try:
        count = outbox.undecided() if outbox else 0
    except StoreError:  # the page itself says so
        count = 0
    return f"{TITLE} ({count:,})" if count else TITLE


def version() -> Hashable:
    """Differs when anything that the page shows has changed."""
    outbox = runtime.outbox()
    if outbox is None:
        return None
    pause, problem = outbox.pause(), outbox.problem()
    try:
        return outbox.version(), pause and (str(pause.error), pause.until), str(problem), outbox.news
    except StoreError as error:
        return str(error)


def is_paused() -> bool:
    """Whether nothing is sent right now."""
    outbox = runtime.outbox()
    return outbox is not None and outbox.pause() is not None


def pause() -> None:
    """Say why nothing is sent right now, and until when; nothing where drafts go out."""
    outbox = runtime.outbox()
    if outbox is None:
        return
    if (paused := outbox.pause()) is not None:
        notices.problem(paused.error, _reason(paused.error, paused.until), next_attempt())
    if (problem := outbox.problem()) is not None:
        notices.problem(problem, "Drafts cannot be changed right now", "The dashboard tries again every second.")


def next_attempt() -> str:
    """When sending is tried again, as a sentence; "" where nothing is paused."""
    outbox = runtime.outbox()
    paused = outbox.pause() if outbox else None
    if paused is None:
        return ""
    if isinstance(paused.error, QuotaExceededError):
        return "It is tried once an hour until then, in case the quota is raised."
    return "The next attempt is due." if paused.until <= runtime.now() else f"Next attempt: {_formatted(paused.until)}."


def _reason(error: LoopError, until: datetime) -> str:
    if isinstance(error, QuotaExceededError | RateLimitError):
        return f"Nothing is sent until {_formatted(until)}"
    if isinstance(error, AuthenticationError):
        return "Nothing is sent while Loop rejects the API key"
    return "Nothing is sent while Loop cannot be reached"


def _formatted(moment: datetime) -> str:
    zone = session.snapshot.zone
    is_today = zone.day(moment) == zone.day(runtime.now())
    return zone.formatted(moment, "%H:%M:%S %Z" if is_today else "%-d %b %Y, %H:%M %Z")
