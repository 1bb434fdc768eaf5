"""Pages over a PostgreSQL database: what is saved is shared, and is shown while the database is down."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from loop_client.service.postgres_records import READ_EVERY
from pages.session import runtime
from tests.moment import NOW
from tests.pages.conftest import page
from tests.postgres import running_server

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandboxes import RunningSandbox


def views_on(page_name: str) -> list[str]:
    """The names of the saved views on a page, which raises nothing."""
    app: Any = page(page_name)
    assert not app.exception
    saved = (pills for pills in app.button_group if pills.key == "saved")
    return [str(label).split()[0] for pills in saved for label in pills.options]


def test_pages_show_what_they_know_while_the_database_is_down(
    small: RunningSandbox, connect: Callable[..., None]
) -> None:
    """Items, saved views and markers stay, and pages answer; afterwards a view can be saved again."""
    with running_server() as server:
        connect(small, LOOP_STORE_URL=server.new_database())
        views, markers = runtime.saved_views(), runtime.markers()
        assert views is not None
        assert markers is not None
        views.save("Ours", "view=all", 5)
        marker = markers.add((NOW - timedelta(days=1)).date(), "v4.2")
        before = views_on("inbox")
        server.stop()
        time.sleep(READ_EVERY)
        begun = time.monotonic()
        down = views_on("inbox"), views_on("overview"), markers.all(), len(runtime.snapshot().frame)
        took = time.monotonic() - begun
        server.start()
        views.save("Theirs", "view=all", 5)
        after = views_on("inbox")
        runtime.stop()

    assert before == ["Ours"]
    assert down == (["Ours"], [], (marker,), 5)
    assert took < 10
    assert after == ["Ours", "Theirs"]
