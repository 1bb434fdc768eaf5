"""Measure several processes behind nginx: faults, a rolling restart, API calls, clicks, the webhook, and idle tabs.

`python -m tests.benchmarks.replicas [--only faults failover rolling fresh growth] [--fault WORDS]` starts three
processes, one PostgreSQL, or a primary and a standby for each failover, the sandbox with a rate limit, and nginx with
docs/deploy/nginx.conf, all on loopback, see `replica_set`.
With `--serve` (`make replicas`) it only starts them, prints the address, and ends them on Ctrl-C.
"""

# ruff: noqa: T201 - a command prints
from __future__ import annotations

import argparse
import signal
import sys
from contextlib import suppress
from dataclasses import replace

from tests import nginx, postgres
from tests.benchmarks import replica_failover, replica_faults, replica_load
from tests.benchmarks.replica_set import Setup, running

PARTS = ("faults", "failover", "rolling", "fresh", "growth")


def serve(setup: Setup) -> None:
    """Run until Ctrl-C or SIGTERM."""
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell lets what it runs in the background ignore the first
        signal.signal(number, signal.default_int_handler)
    with suppress(KeyboardInterrupt), running(setup) as replicas:
        print(f"Starting {setup.replicas} processes …", flush=True)
        replicas.wait_until_ready()
        print(f"Open {replicas.address}; Ctrl-C ends everything", flush=True)
        for one in replicas.replicas:
            print(f"  process {one.number}, id {one.process}: {one.address}", flush=True)
        print(f"  database: {replicas.server.url}\n  files and logs: {replicas.folder}", flush=True)
        signal.pause()


def main() -> int:
    """Print the tables; returns 2 where a program is missing."""
    parser = argparse.ArgumentParser("python -m tests.benchmarks.replicas", description=__doc__)
    parser.add_argument("--serve", action="store_true", help="only start them, for a person to try")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="these parts alone")
    parser.add_argument("--fault", nargs="+", default=[], help="the faults alone whose names have these words")
    parser.add_argument("--items", type=int, default=20_000, help="of the account whose calls and clicks are counted")
    parser.add_argument("--rows", type=int, default=400, help="of the import during each fault")
    options = parser.parse_args()
    for found, how in ((nginx.program(), nginx.HOW_TO_GET_ONE), (postgres.programs(), postgres.HOW_TO_GET_ONE)):
        if found is None:
            print(how, file=sys.stderr)
            return 2
    setup = Setup(calls_per_minute=1_200)
    if options.serve:
        serve(setup)
        return 0
    if {*options.only} - {"growth", "failover"}:
        with running(setup) as replicas:
            replicas.wait_until_ready()
            replicas.wait_until_complete()
            if "faults" in options.only:
                replica_faults.measure(replicas, options.rows, options.fault)
            if "rolling" in options.only:
                replica_faults.measure_rolling(replicas)
            if "fresh" in options.only:
                replica_load.measure_freshness(replicas, 8)
    if "failover" in options.only:
        replica_failover.measure(replace(setup, standby=True), options.rows, options.fault)
    if "growth" in options.only:
        replica_load.measure_growth(options.items, 24.0)
    return 0


if __name__ == "__main__":
    sys.exit(main())
