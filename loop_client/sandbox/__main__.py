"""The sandbox from a shell: serve it, or resolve items in its database."""

from __future__ import annotations

import argparse
import math
import os
import secrets
import signal
import socket
import sqlite3
import sys
import threading
from contextlib import closing, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import uvicorn

from loop_client.sandbox.app import Behaviour, sandbox_app
from loop_client.sandbox.cutting import CuttableProtocol
from loop_client.sandbox.damage import DamagedError, StoreError, set_aside
from loop_client.sandbox.handshake import API_KEY, PORT_TAKEN
from loop_client.sandbox.hook import local_address
from loop_client.sandbox.sample import sample_items
from loop_client.sandbox.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line, and return its exit code.

    0: success. 1: the database cannot be used, or an item does not exist. 2: a wrong option. 3: the port is in use.
    """
    options = _options(arguments if arguments is not None else sys.argv[1:])
    try:
        store = _store(options)
    except StoreError as error:
        print(error, file=sys.stderr)
        return 1
    except (OSError, sqlite3.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        print(f"The database {options.db} cannot be used: {reason}.", file=sys.stderr)
        return 1
    with closing(store):
        return _resolve(store, options.ids) if options.command == "resolve" else _serve(store, options)


class _Parser(argparse.ArgumentParser):
    """A parser that reports an error in one sentence."""

    def error(self, message: str) -> NoReturn:
        """Exit with that sentence."""
        self.exit(2, f"{self.prog}: {message}; --help shows the options.\n")


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    folder = Path(os.environ.get("LOOP_DATA_DIR") or ".loop")
    shared = _Parser(add_help=False)
    shared.add_argument("--db", type=Path, default=folder / "sandbox.db", help="database file (%(default)s)")
    if arguments[:1] == ["resolve"]:
        parser = _Parser("python -m loop_client.sandbox resolve", parents=[shared])
        parser.add_argument("ids", nargs="+", metavar="ID", help="items to mark as resolved")
        return parser.parse_args(arguments[1:], argparse.Namespace(command="resolve"))
    parser = _Parser(
        "python -m loop_client.sandbox",
        description="A local server with the rules of the Loop Feedback API, for trying and testing.",
        epilog="`python -m loop_client.sandbox resolve ID…` marks items as resolved, which the API itself cannot do.",
        parents=[shared],
    )
    parser.add_argument("--port", type=_number(int, 0, 65535), default=0, help="0 (the default) for any free one")
    parser.add_argument(
        "--items", type=_number(int, 0, 10_000_000), default=2400, help="sample items in a new database"
    )
    parser.add_argument("--seed", type=int, default=1, help="seed of the sample items")
    key = os.environ.get("LOOP_SANDBOX_API_KEY") or None
    parser.add_argument("--api-key", type=_key, default=key, help="default: LOOP_SANDBOX_API_KEY, or a random key")
    parser.add_argument(
        "--latency-ms", type=_number(float, 0, 60_000), default=0.0, help="milliseconds before each answer"
    )
    parser.add_argument("--rate-limit", type=_number(int, 0, 10**9), help="requests a minute before 429")
    parser.add_argument("--quota", type=_number(int, 0, 10**9), help="items that may be created a month before 429")
    parser.add_argument("--error-rate", type=_number(float, 0, 1), default=0.0, help="share of requests to fail, 0-1")
    parser.add_argument(
        "--lose-answers",
        type=_number(float, 0, 1),
        default=0.0,
        metavar="P",
        help="share of creates that are stored and then get no answer, 0-1",
    )
    parser.add_argument(
        "--webhook", type=_local_address, metavar="URL", help="address on this machine that learns of each create"
    )
    parser.add_argument("--with-parent", action="store_true", help="end when standard input ends")
    return parser.parse_args(arguments, argparse.Namespace(command="serve"))


def _number(kind: type[int | float], least: float, most: float) -> Callable[[str], float]:
    def number(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            value = math.nan
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"must be a number from {least} to {most}")
        return value

    return number


def _local_address(text: str) -> str:
    try:
        return local_address(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _key(text: str) -> str:
    if not API_KEY.fullmatch(text):
        raise argparse.ArgumentTypeError("must be printable ASCII without spaces")
    return text


def _store(options: argparse.Namespace) -> Store:
    if options.command == "resolve" and not options.db.exists():
        raise StoreError(f"There is no database {options.db}.")
    options.db.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(options.db, os.O_RDWR | os.O_CREAT, 0o600))
    try:
        return Store(options.db)
    except DamagedError as error:
        if options.command == "resolve" or not options.with_parent:  # with --db, the file may be anything
            raise
        print(f"{error} It is now {set_aside(options.db).name}, and a new one is created.", file=sys.stderr)
    os.close(os.open(options.db, os.O_RDWR | os.O_CREAT, 0o600))
    return Store(options.db)


def _resolve(store: Store, ids: Sequence[str]) -> int:
    found = store.resolve(item_id for item_id in ids if item_id.isprintable())
    print(f"Resolved {len(found)} of {len(ids)} items.")
    for missing in sorted(set(ids) - set(found)):
        print(f"There is no item {missing}.", file=sys.stderr)
    return 0 if len(found) == len(ids) else 1


def _serve(store: Store, options: argparse.Namespace) -> int:
    if options.items and not len(store):
        store.load(sample_items(options.items, seed=options.seed, now=datetime.now(UTC)))
    api_key = options.api_key or secrets.token_urlsafe(24)
    behaviour = Behaviour(
        options.latency_ms, options.rate_limit, options.quota, options.error_rate, options.lose_answers, options.webhook
    )
    application = sandbox_app(store, api_key, behaviour)
    config = uvicorn.Config(
        application,
        http=CuttableProtocol if behaviour.lose_answers else "auto",
        log_level="warning",
        access_log=False,
        lifespan="off",
        timeout_keep_alive=75,  # closing a connection while a create is sent leaves its outcome unknown
        timeout_graceful_shutdown=2,
    )
    server = uvicorn.Server(config)
    store.on_damage = partial(vars(server).update, should_exit=True)  # the next start sets the file aside
    # asyncio sets TCP_NODELAY only if the protocol is given; without it, every second answer waits 40 ms for an ACK
    with socket.socket(proto=socket.IPPROTO_TCP) as listener, suppress(KeyboardInterrupt):
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # uvicorn shuts down first, then raises it
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", options.port))
            listener.listen()  # two sockets that are only bound could share the port
        except OSError as error:
            print(f"Port {options.port} cannot be used: {error.strerror}.", file=sys.stderr)
            return PORT_TAKEN
        print(f"Loop sandbox on http://127.0.0.1:{listener.getsockname()[1]}/v2", flush=True)
        if not options.api_key:
            print(f"API key {api_key}", flush=True)
        if options.with_parent:
            threading.Thread(target=_end_with_input, args=(server,), daemon=True).start()
        server.run(sockets=[listener])
    return 0


def _end_with_input(server: uvicorn.Server) -> None:
    """Stop the server when standard input ends, that is, when the parent process has ended for any reason."""
    while os.read(0, 4096):
        pass
    server.should_exit = True


if __name__ == "__main__":
    sys.exit(main())
