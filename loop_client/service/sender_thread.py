"""The thread that sends: when it takes the next step, and that nothing but `request_stop` ends it."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Final

from loop_client.mirror import StoreError
from loop_client.service.sender import WRITTEN_AGAIN_EVERY

if TYPE_CHECKING:
    from loop_client.service.sender import Sender

AFTER_A_FAULT: Final = 5.0
"""Seconds until the next step after one that failed unexpectedly."""

logger = logging.getLogger(__name__)


class SenderThread:
    """Takes the steps of a sender, each as soon as it is due or somebody wakes it."""

    def __init__(self, sender: Sender) -> None:
        """Start nothing yet."""
        self._sender = sender
        self._wake, self._stopped = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="send", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def wake(self) -> None:
        """Have it look at once for what there is to do."""
        self._wake.set()

    def request_stop(self) -> None:
        """Let the thread end once what it sends has an outcome."""
        self._sender.is_stopping = True
        self._stopped.set()
        self._wake.set()

    def join(self, seconds: float) -> bool:
        """Wait until the thread has ended; whether it has within these seconds."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._wake.clear()
            self._wake.wait(self._step())

    def _step(self) -> float:
        """Take a step; seconds until the next one."""
        try:
            left = self._sender.step()
        except StoreError as error:
            self._sender.problem = error
            left = WRITTEN_AGAIN_EVERY
        except BaseException:  # whatever it is: a thread that ends here leaves every draft waiting
            logger.exception("The outbox failed unexpectedly; trying again")
            left = AFTER_A_FAULT
        else:
            self._sender.problem = None
            return left
        self._sender.recover()
        return left
