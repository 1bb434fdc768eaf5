"""Pictures of every page as a new user sees it, in `screenshots/`, to be looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ROOT, running_dashboard

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

PAGES = {
    "overview": "/",
    "period": "/?last=30+days",
    "inbox": "/inbox",
    "inbox-all": "/inbox?view=all",
    "inbox-search": "/inbox?view=all&text=csv+export",
    "inbox-safe": "/inbox?safe=true",
    "submit": "/submit",
    "nothing-passes": "/?tag=never+seen",
    "bad-link": "/inbox?status=shut&since=yesterday",
}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A dashboard without a key, as `make run` starts it: it runs its own sandbox."""
    with running_dashboard(tmp_path_factory.mktemp("first-run")) as running:
        yield running


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_can_be_looked_at(browser: Browser, address: str, name: str, theme: str, width: int) -> None:
    """The page is drawn whole, without an error of the app or of the browser."""
    context = browser.new_context(
        color_scheme="dark" if theme == "dark" else "light",
        viewport={"width": width, "height": 900 if width > 500 else 844},
    )
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))

    page.goto(address + PAGES[name])
    expect(page.get_by_text("2,400 items · complete back to")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    if name in {"overview", "period"}:
        expect(page.locator("[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg")).to_have_count(5)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(500)  # charts and fonts fade in
    page.screenshot(path=ROOT / "screenshots" / f"{name}-{theme}-{width}.png", full_page=True)

    assert errors == []
    assert page.get_by_test_id("stException").count() == 0
    context.close()
