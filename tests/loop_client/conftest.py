"""An outbox for tests of everything that has one: in files, and in a PostgreSQL server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from tests.outboxes import in_database, in_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.outboxes import AnyDrafts

BOTH: Final = (
    "mirror.test_drafts",
    "mirror.test_imports",
    "service.test_imports",
    "service.test_outbox",
    "service.test_own_outbox",
    "service.test_sender",
)
"""Modules whose tests run with both kinds of outbox, but for those that are about files."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the tests of some modules with both kinds of outbox."""
    is_about_files = metafunc.definition.get_closest_marker("files") is not None
    if "opened" in metafunc.fixturenames and metafunc.module.__name__.endswith(BOTH):
        kinds = ["sqlite"] if is_about_files else ["sqlite", "postgresql"]
        metafunc.parametrize("opened", kinds, indirect=True)


@pytest.fixture
def opened(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[[], AnyDrafts]]:
    """A function that opens one outbox, each time as another process does."""
    if getattr(request, "param", "sqlite") == "sqlite":
        with in_files(tmp_path) as function:
            yield function
    else:
        with in_database(request.getfixturevalue("postgres_url")) as function:
            yield function
