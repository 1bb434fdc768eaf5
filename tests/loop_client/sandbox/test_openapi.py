"""The sandbox matches its description: schemathesis makes valid and invalid requests, and checks the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig
from schemathesis.specs.openapi.checks import positive_data_acceptance

from loop_client.sandbox.app import sandbox_app
from loop_client.sandbox.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemathesis import BaseSchema, Case

KEY = "k"
load_all_checks()


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BaseSchema]:
    """The description that the sandbox serves."""
    generation = GenerationConfig(deterministic=True, with_security_parameters=False)
    project = ProjectConfig(generation=generation)
    store = Store(tmp_path_factory.mktemp("described") / "sandbox.db")
    application = sandbox_app(store, KEY)
    config = SchemathesisConfig(projects=ProjectsConfig(default=project), seed=1)
    yield schemathesis.openapi.from_asgi("/openapi.json", application, config=config)
    store.close()


METHODS = pytest.mark.parametrize("method", ["GET", "POST"])
MODES = pytest.mark.parametrize("mode", GenerationMode, ids=lambda mode: mode.value)
EXPECTED = {
    ("GET", GenerationMode.POSITIVE): 200,
    ("POST", GenerationMode.POSITIVE): 201,
    ("GET", GenerationMode.NEGATIVE): 400,
    ("POST", GenerationMode.NEGATIVE): 400,
}
"""Answers that must occur; with a wrong key, for example, all others would pass too."""


def judge(case: Case[Any]) -> int:
    """The status of the sandbox's answer, after all of schemathesis's checks."""
    headers = {"Authorization": f"Bearer {KEY}"}
    excluded: list[Any] = []
    if case.query and "cursor" in case.query:  # a schema cannot say that a cursor must come from a page
        excluded = [positive_data_acceptance]
    return int(case.call_and_validate(headers=headers, excluded_checks=excluded).status_code)


@METHODS
@MODES
def test_the_description_is_true_of_random_requests(described: BaseSchema, method: str, mode: GenerationMode) -> None:
    """Valid requests are accepted and invalid ones refused, each with a described answer."""

    @settings(max_examples=150, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=described["/v2/feedback"][method].as_strategy(generation_mode=mode))
    def every_answer_is_described(case: Case[Any]) -> None:
        statuses.add(judge(case))

    statuses: set[int] = set()
    every_answer_is_described()
    assert EXPECTED[method, mode] in statuses


@METHODS
@MODES
def test_the_description_is_true_at_its_bounds(described: BaseSchema, method: str, mode: GenerationMode) -> None:
    """The same holds at each bound, just beyond it, and with each field missing or mistyped."""
    operation = described["/v2/feedback"][method]
    generation = GenerationConfig(modes=[mode], deterministic=True, with_security_parameters=False)
    cases = list(described.iter_coverage_cases(operation, generation_modes=[mode], generation_config=generation))
    assert EXPECTED[method, mode] in {judge(case) for case in cases}


def test_every_check_is_made() -> None:
    """The checks include authentication, methods, valid and invalid data, and the answer's schema."""
    assert {
        "ignored_auth",
        "unsupported_method",
        "positive_data_acceptance",
        "negative_data_rejection",
        "response_schema_conformance",
        "status_code_conformance",
        "not_a_server_error",
    } <= {check.__name__ for check in CHECKS.get_all()}
