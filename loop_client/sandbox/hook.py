"""Fires `feedback.created` at an address on this machine, as Loop's webhook does after each create."""

from __future__ import annotations

import http.client
import logging
import threading
from contextlib import closing, suppress
from queue import Full, Queue
from typing import Final
from urllib.parse import urlsplit

logger = logging.getLogger(__name__)

PAUSES: Final = (1.0, 4.0)
"""Seconds before the second and the third attempt."""

WITHIN: Final = 5.0
"""Seconds for an answer."""

WAITING: Final = 1_000
"""Most events that wait; more are dropped, since an event says no more than that there is something new."""

LOCAL: Final = frozenset({"127.0.0.1", "localhost"})


def local_address(text: str) -> str:
    """The address, if it is http on this machine.

    Raises:
        ValueError: It is not.
    """
    parts = urlsplit(text)
    try:
        is_local = parts.scheme == "http" and parts.hostname in LOCAL and bool(parts.port) and "@" not in parts.netloc
    except ValueError:  # the port is no number
        is_local = False
    if not is_local:
        raise ValueError("must be an address such as http://127.0.0.1:8501/hooks/loop/SECRET")
    return text


class Hook:
    """A thread that posts events one after the other, each up to three times."""

    def __init__(self, url: str, pauses: tuple[float, ...] = PAUSES) -> None:
        """Start the thread. `url`: see `local_address`."""
        self._url, self._pauses = urlsplit(local_address(url)), pauses
        self._events = Queue[bytes](WAITING)
        threading.Thread(target=self._run, name="hook", daemon=True).start()

    def created(self, item: str) -> None:
        """Fire the event of a created item, given as JSON; returns at once."""
        with suppress(Full):
            self._events.put_nowait(f'{{"type":"feedback.created","data":{item}}}'.encode())

    def _run(self) -> None:
        while True:
            event = self._events.get()
            for pause in (*self._pauses, None):
                if self._is_taken(event) or pause is None:
                    break
                threading.Event().wait(pause)

    def _is_taken(self, event: bytes) -> bool:
        """Whether the address answers with 2xx."""
        address = self._url
        try:
            with closing(
                http.client.HTTPConnection(address.hostname or "", address.port, timeout=WITHIN)
            ) as connection:
                connection.request("POST", address.path, event, {"Content-Type": "application/json"})
                status = connection.getresponse().status
        except (OSError, http.client.HTTPException):
            logger.warning("The webhook was not answered")
            return False
        if not 200 <= status < 300:
            logger.warning("The webhook was answered with %d", status)
        return 200 <= status < 300
