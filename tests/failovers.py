"""Three failures of a database with a synchronous standby, each with the promotion of the standby."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from tests.waiting import until

if TYPE_CHECKING:
    from tests.postgres import Server

WAITING: Final = "select 1 from pg_stat_activity where wait_event = 'SyncRep'"
"""Has rows while a commit waits for the standby."""


def kill(primary: Server, standby: Server) -> float:
    """The primary is gone, and somebody promotes the standby 1.5 s later; when."""
    primary.kill()
    time.sleep(1.5)
    return promoted(standby)


def stray(primary: Server, standby: Server) -> float:
    """The standby goes away before the primary, which comes back once: what waits for the standby is visible then."""
    standby.kill()
    until(lambda: primary.ask(WAITING))
    time.sleep(0.5)
    primary.kill()
    primary.start()
    time.sleep(2.5)
    primary.kill()
    standby.start()
    return promoted(standby)


def freeze(primary: Server, standby: Server) -> float:
    """The primary stops and answers nothing, the standby is promoted, and the primary goes on."""
    primary.freeze()
    time.sleep(1.5)
    moment = promoted(standby)
    time.sleep(6)
    primary.wake()
    time.sleep(2)
    return moment


def promoted(standby: Server) -> float:
    """Promote it; when."""
    standby.promote()
    return time.monotonic()
