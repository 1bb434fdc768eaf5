"""What Chromium lets the pages load and run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import running_dashboard
from tests.sandboxes import row, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A dashboard of a few items."""
    rows = [row(number) for number in range(60, 0, -1)]
    with (
        running_sandbox(tmp_path_factory.mktemp("sandbox"), items=rows) as sandbox,
        running_dashboard(
            tmp_path_factory.mktemp("dashboard"), LOOP_API_KEY=sandbox.api_key, LOOP_BASE_URL=sandbox.base_url
        ) as running,
    ):
        yield running


POLICY = (
    "default-src 'self'; script-src 'self' …; style-src 'self' 'unsafe-inline'; font-src 'self' data:; "
    "img-src 'self' data: blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)


def test_every_answer_has_the_headers(address: str) -> None:
    """The page, its files and our own routes have the security headers."""
    for path in ("/", "/inbox", "/healthz", "/_stcore/health", "/nothing"):
        headers = httpx.get(address + path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Frame-Options"] == "DENY"
        assert re.sub(r"( 'sha256-[\w+/=]{44}')+;", " …;", headers["Content-Security-Policy"]) == POLICY


@pytest.mark.parametrize("path", ["/", "/inbox", "/submit"])
def test_the_pages_need_nothing_that_the_policy_forbids(browser: Browser, address: str, path: str) -> None:
    """Each page draws completely, charts too, without a violation of the policy."""
    page = browser.new_page()
    violations: list[str] = []
    page.on("console", lambda said: violations.append(said.text) if "Content Security Policy" in said.text else None)
    page.goto(address + path)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    if path == "/":
        expect(page.locator(".vega-embed svg, .vega-embed canvas").first).to_be_visible()
    page.wait_for_load_state("networkidle")

    assert violations == []
    page.close()


def test_what_is_injected_does_not_run(browser: Browser, address: str) -> None:
    """Inline scripts, event handlers, evaluated strings and foreign frames are refused."""
    page = browser.new_page()
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.evaluate(
        """() => {
            const script = document.createElement('script'); script.textContent = 'window.ran = 1';
            const image = document.createElement('div'); image.innerHTML = '<img src=x onerror="window.ran = 2">';
            document.body.append(script, image);
            setTimeout('window.ran = 3', 0);
        }"""
    )
    page.wait_for_timeout(500)

    assert page.evaluate("window.ran") is None
    page.close()
