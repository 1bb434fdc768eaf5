"""Fixtures of the pages on a real sandbox: the process's connection, and AppTest from pages/frame.py."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from loop_client.query import ALL_TIME
from loop_client.report.clusters import LatestClusters
from pages.server import downloads
from pages.session import runtime
from tests.sandboxes import row, running_sandbox
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.sandboxes import RunningSandbox

ROWS = [
    row(5, status="resolved"),
    row(4, sentiment=None, tag=None),
    row(3, sentiment="positive", tag="search", user_id="u_2"),
    row(2, message="**bold** ![x](http://example.invalid/x.png) $1 and $2"),
    row(1, message="The newest"),
]

FRAME = Path(__file__).parents[2] / "pages" / "frame.py"


@pytest.fixture(scope="session", autouse=True)
def _scan_once() -> None:
    """Look for components among the installed packages once: AppTest does so for each app, 0.4 s (Streamlit 1.67)."""
    manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[..., None]]:
    """A function that connects the process to a sandbox and waits for walk and clusters; disconnects at the end."""
    monkeypatch.setattr(runtime, "CLUSTERS", LatestClusters())  # ids of accounts differ, but not those of tests

    def connected(sandbox: RunningSandbox, **environment: str) -> None:
        settings = {"LOOP_API_KEY": sandbox.api_key, "LOOP_BASE_URL": sandbox.base_url, "LOOP_DATA_DIR": str(tmp_path)}
        for name, value in {**settings, **environment}.items():
            monkeypatch.setenv(name, value)
        runtime.start()
        until(lambda: runtime.snapshot().coverage.complete or runtime.problem() is not None)
        if len(runtime.snapshot().frame) and runtime.problem() is None:
            until(lambda: runtime.clustered(runtime.snapshot()).clusters is not None)

    yield connected
    runtime.stop()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[RunningSandbox]:
    """A sandbox with five items."""
    with running_sandbox(tmp_path / "loop", items=ROWS) as sandbox:
        yield sandbox


@pytest.fixture
def account(small: RunningSandbox, connect: Callable[..., None]) -> str:
    """The name of the account that the process is connected to; five items, with the tags exports and search."""
    connect(small)
    connection = runtime.SERVICE.connection
    assert connection is not None
    sender = connection._sender  # noqa: SLF001 - until it has looked once, it takes drafts that are sent for lost ones
    until(lambda: sender is not None and sender._is_recovered)  # noqa: SLF001
    return connection.account.mirror.account


def page(name: str = "overview", **query: str | list[str]) -> AppTest:
    """A page in a new browser, opened by this link; the overview, whose bare address shows a period, with all time."""
    app = AppTest.from_file(FRAME, default_timeout=30)
    app.query_params.update(query or ({"last": ALL_TIME} if name == "overview" else {}))
    return app.switch_page(f"{name}.py").run()


def number(app: AppTest, label: str) -> str:
    """The value of a KPI card."""
    return next(metric.value for metric in app.metric if metric.label == label)


def exported(app: AppTest, form: str) -> downloads.File:
    """The file that the link in the open menu downloads."""
    app.session_state["export"] = True
    app.run()
    (link,) = (button.proto.url for button in app.get("link_button") if button.key == f"export-{form}")
    file = downloads.offered.take(link.removeprefix(f"{downloads.PATH}/"))
    assert file is not None
    return file


def texts(app: AppTest) -> list[str]:
    """All plain texts and Markdown of the page."""
    return [element.value for element in (*app.text, *app.markdown, *app.caption)]
