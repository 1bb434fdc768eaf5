"""The sending half of the command `import`: the account, the thread that sends, and Ctrl-C."""

from __future__ import annotations

import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

from loop_client import LoopError
from loop_client.cli.account import NoKeyError, configured, store_url
from loop_client.cli.sending import NOTHING_SENT, SOME_NOT, Sending
from loop_client.service import Config, Connection, SandboxError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping

    from loop_client.service import Draft


def send(
    options: argparse.Namespace, name: str, digest: str, drafts: Mapping[int, Draft], skipped: Mapping[int, str]
) -> int:
    """Send the rows of a file once each, and return the exit code: 0 all stored, 1 some are not, 2 nothing was sent.

    `options`: `data_dir` and `sandbox`. `name`: of the file. `digest`: SHA-256 of its content, in hexadecimal digits.
    `drafts`: row → what to send. `skipped`: row → reason. Rows that an earlier import of the same content has sent or
    will send are left out. Where a dashboard syncs the folder, it sends; otherwise this process does. What is not sent
    when it ends waits in the outbox.

    Raises:
        InterruptedSendingError: Ctrl-C was pressed.
    """
    stopped = threading.Event()
    with ThreadPoolExecutor(1, "import") as threads, set_by_interrupt(stopped):
        try:
            return threads.submit(_send, options, stopped, (name, digest, drafts, skipped)).result()
        except BaseException:  # as a SIGTERM: what runs is ended, not cut
            stopped.set()
            raise


@contextmanager
def set_by_interrupt(event: threading.Event) -> Iterator[None]:
    """Have each Ctrl-C set an event, and raise nothing.

    The statements that wait for the event are in another thread: in the main thread, ADBC takes the signal for itself
    while it runs a statement, and may then use memory that is freed.
    """
    before = signal.signal(signal.SIGINT, lambda *_: event.set())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _send(
    options: argparse.Namespace, stopped: threading.Event, file: tuple[str, str, Mapping[int, Draft], Mapping[int, str]]
) -> int:
    """Send a file, as `send` does, until `stopped` is set."""
    sending, code = None, None
    try:
        with connection(options) as connected:
            if options.sandbox:
                print("The rows go to the sandbox.", file=sys.stderr)
            sending = Sending(connected, stopped, *file)
            code = sending.run()
    except (LoopError, SandboxError) as error:
        print(error, file=sys.stderr)
    except OSError as error:
        print(f"{error.filename or 'The output'}: {error.strerror or error}.", file=sys.stderr)
    if code is not None:
        return code
    if sending is None or not sending.is_begun:
        return NOTHING_SENT
    print("What is written down stays in the outbox: `python -m loop_client outbox` lists it.", file=sys.stderr)
    return SOME_NOT


@contextmanager
def connection(options: argparse.Namespace) -> Iterator[Connection]:
    """The account to which rows are sent, with its threads, as a dashboard has it.

    Raises:
        NoKeyError: There is no key, and --sandbox was not given.
    """
    config = Config(folder=options.data_dir, store_url=store_url()) if options.sandbox else configured(options.data_dir)
    if not config.api_key and not options.sandbox:
        raise NoKeyError("send to the sandbox")
    opened = Connection(config)
    opened.start()
    try:
        yield opened
    finally:
        opened.stop()
