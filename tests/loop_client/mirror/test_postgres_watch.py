"""What other processes store is told of within a second."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from loop_client.mirror.store import Lease, PostgresDatabase, PostgresStore, Watch
from loop_client.models import Feedback, User
from tests.moment import NOW
from tests.waiting import until

if TYPE_CHECKING:
    from loop_client.mirror.store import Seen


def test_what_another_process_stores_is_told(postgres_url: str) -> None:
    """Items, hints and a lease that becomes free are each told once; nothing is told while nothing happens."""
    told: list[tuple[Seen, Seen]] = []
    with (
        closing(PostgresDatabase(postgres_url, "The feedback")) as database,
        closing(PostgresDatabase(postgres_url, "The feedback")) as other,
        closing(Watch(database, lambda before, now: told.append((before, now)))) as watch,
    ):
        lease = Lease(other)
        store = PostgresStore(other, lease)
        assert store.take_lock()
        account, _ = store.new_account("one", [])
        watch.start()
        until(lambda: not told)
        store.upsert(account, "{}", [Feedback(id="fb_1", user=User(id="u_1"), message="It is slow.", created_at=NOW)])
        until(lambda: len(told) == 1)
        assert told[0][1].change == told[0][0].change + 1
        watch.hint()
        until(lambda: len(told) == 2)
        assert told[1][1].hints == 1
        lease.close()
        until(lambda: len(told) == 3)
        assert told[2][1].is_free
        assert not told[2][0].is_free
