"""A digest as an HTML file in a browser: it prints on two pages, loads and runs nothing, and fits a phone."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from loop_client.report.digest import written
from tests.browser.conftest import running_dashboard
from tests.loop_client.report.test_digest import HOSTILE, digest

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("text", ["new", *HOSTILE])
def test_a_digest_prints_on_two_pages_and_runs_nothing(browser: Browser, tmp_path: Path, text: str) -> None:
    """The file is two printed pages; whatever text it quotes, it asks for nothing and reports no violation."""
    file = tmp_path / "changes.html"
    made = replace(digest(text, text), base="https://dashboard.example")
    file.write_bytes(written(made, "html"))
    page = browser.new_page(viewport={"width": 390, "height": 800})
    asked, said = list[str](), list[str]()
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.goto(file.as_uri())
    width = page.evaluate("document.documentElement.scrollWidth")
    printed = page.pdf(prefer_css_page_size=True)
    page.close()

    assert (asked, said, width) == ([file.as_uri()], [], 390)
    assert len(re.findall(rb"/Type /Page\b", printed)) == 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_digest_can_be_read_by_all(browser: Browser, tmp_path: Path, scheme: str) -> None:
    """Axe finds nothing in the file, in light and dark."""
    file = tmp_path / "changes.html"
    page_text = written(replace(digest(), base="https://dashboard.example"), "html").decode()
    file.write_text(
        re.sub('<meta http-equiv="Content-Security-Policy"[^>]*>', "", page_text), "utf-8"
    )  # axe is a script
    page = browser.new_page(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(file.as_uri())
    page.evaluate(AXE_SCRIPT)  # by the debugger, which the page's policy does not affect
    found = page.evaluate("axe.run().then((result) => result.violations.map((one) => [one.id, one.nodes[0].html]))")
    page.close()

    assert found == []


def test_a_file_taken_from_the_page_links_to_this_dashboard(browser: Browser, tmp_path: Path) -> None:
    """What is copied as Markdown from Changes leads to the rows, under the address that the reader's browser has."""
    with running_dashboard(tmp_path) as address:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{address}/changes?last=30+days")
        page.get_by_role("button", name="Report").click()
        text = page.locator("code", has_text="# What changed").inner_text()
        page.close()

    assert f"[Rows]({address}/inbox?view=all&only=" in text
