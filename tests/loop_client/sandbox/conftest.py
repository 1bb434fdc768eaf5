"""A plain HTTP client of the sandbox, without our own code between test and answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from loop_client.sandbox.child import LocalSandbox
from tests.sandboxes import running_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.sandboxes import RunningSandbox


def client(sandbox: RunningSandbox) -> httpx.Client:
    """A client with the sandbox's key."""
    headers = {"Authorization": f"Bearer {sandbox.api_key}"}
    return httpx.Client(base_url=sandbox.base_url, headers=headers, timeout=10)


@pytest.fixture
def api(sandbox: RunningSandbox) -> Iterator[httpx.Client]:
    """A client of a sandbox without items."""
    with client(sandbox) as api:
        yield api


@pytest.fixture(scope="module")
def any_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of a sandbox that the tests of a file share, for tests that do not depend on its items."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as sandbox, client(sandbox) as api:
        yield api


@pytest.fixture
def local(tmp_path: Path) -> Iterator[LocalSandbox]:
    """A sandbox in its own folder, stopped after the test."""
    local = LocalSandbox(tmp_path / "loop")
    yield local
    local.stop()
