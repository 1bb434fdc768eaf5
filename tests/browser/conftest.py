"""Chromium and a running dashboard, for what only a browser shows."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright
from playwright.sync_api import Error as PlaywrightError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

ROOT = Path(__file__).parents[2]
CHROMIUMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""Programs to use, first the headless build, which has the same engine without windows."""
HOW_TO_GET_ONE = "no Chromium found; on Debian: sudo apt-get install chromium-headless-shell"
HEADLESS = ["--server.headless", "true", "--server.address", "127.0.0.1", "--browser.gatherUsageStats", "false"]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]

expect.set_options(timeout=30_000)  # ms; the machine may have other work


def chromium() -> str | None:
    """The path of a Chromium on this machine."""
    return next(filter(None, map(shutil.which, CHROMIUMS)), None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Report what each open page shows when a test fails."""
    report = yield
    browser = getattr(item, "funcargs", {}).get("browser")
    if report.failed and report.when == "call" and isinstance(browser, Browser) and browser.is_connected():
        for page in (page for context in browser.contexts for page in context.pages):
            with suppress(PlaywrightError):
                report.sections.append((page.url, page.locator("body").aria_snapshot(timeout=5_000)))
    return report


@pytest.fixture(scope="module")
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """A headless Chromium of this machine; without one the test is skipped, or fails under --require-browser."""
    found = chromium()
    if found is None:
        (pytest.fail if request.config.getoption("--require-browser") else pytest.skip)(HOW_TO_GET_ONE)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def cache(browser: Browser) -> Iterator[BrowserContext]:
    """A browser context that a file's windows share, so that Streamlit's scripts load once; a first visit differs."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    yield context
    context.close()


@pytest.fixture
def window(cache: BrowserContext) -> Iterator[BrowserContext]:
    """A context in which a test opens pages, closed at its end."""
    yield cache
    for page in cache.pages:
        page.close()
    cache.clear_cookies()


@contextmanager
def running_dashboard(folder: Path, port: int = 0, /, **environment: str) -> Iterator[str]:
    """`streamlit run app.py` with these settings and this data folder; yields its base URL.

    `port`: where an earlier one ran; 0 for any free port.
    """
    with serving(Path("app.py"), folder, ROOT, port, LOOP_DATA_DIR=str(folder), **environment) as address:
        yield address


@contextmanager
def serving(
    script: Path, folder: Path, within: Path | None = None, port: int = 0, /, **environment: str
) -> Iterator[str]:
    """`streamlit run` of any script in the folder `within`, with its settings; yields its base URL."""
    with started(script, folder, within, port, **environment) as (address, _):
        yield address


@contextmanager
def started(
    script: Path, folder: Path, within: Path | None = None, port: int = 0, /, **environment: str
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The same, with the process, which a test may end by itself."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
        port = probe.getsockname()[1]
    log = (folder / "dashboard.log").open("w")
    settings = {name: value for name, value in os.environ.items() if not name.startswith("LOOP_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", script, "--server.port", str(port), *HEADLESS],
        cwd=within or folder,
        env={**settings, **environment},
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_until_healthy(address, process)
        yield address, process
    finally:
        process.terminate()
        process.wait(timeout=20)
        log.close()


def _wait_until_healthy(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(f"the dashboard ended with {process.returncode}")
        try:
            if httpx.get(f"{address}/_stcore/health", timeout=2).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    pytest.fail("the dashboard did not answer within 60 s")
