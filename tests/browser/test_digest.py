"""A digest as an HTML file in a browser: it prints on two pages, loads and runs nothing, and fits a phone."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Final

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from loop_client.report.digest import written
from loop_client.report.digest.lines import outside
from tests.browser.conftest import running_dashboard
from tests.loop_client.report.test_digest import HOSTILE, digest

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

    from loop_client.report.digest import Digest

A4_WIDTH: Final = 688
"""CSS pixels between the margins of the printed page."""

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


def longest() -> Digest:
    """A digest whose summary has as many and as long lines, names, markers and filters as there can be."""
    made = digest(NAME, f"{NAME} and goes on", markers=[(date(2026, 6, 15), f"{number} {NAME}") for number in range(9)])
    numbers, tags, *others = made.sections
    (tag,) = tags.lines
    marked = (
        f"{outside(NAME)} rose to 1,580 items from 160 (9.1 to 10.9 times as many). 1 person wrote 900 of them. 72% of "
    )
    marked += "the items that pass the filters, 12% before. Negative: 84%, 50% before: +34.4 points (+22.2 to +47.0)."
    lines = [replace(tag, marked=marked, facts={**tag.facts, "name": f"{number} {NAME}"}) for number in range(8)]
    cluster, word = (next(one.lines[0] for one in others if one.name == name) for name in ("clusters", "words"))
    resolved = [
        "90 items may have been resolved in this period: last seen open before it ended, first seen resolved later."
    ]
    counted = [line for line in made.summary if line.startswith(("Turned", "Waiting"))]
    several = [*[cluster.marked] * 3, *[marked] * 3, word.marked, *counted, *resolved * 3]
    about = replace(made.about, filters={"tag": [NAME] * 3, "text": "word " * 40}, coverage="all, and then some. " * 8)
    summary = (*(line.marked for line in numbers.lines), *several)
    return replace(made, sections=(numbers, replace(tags, lines=tuple(lines)), *others), about=about, summary=summary)


NAME: Final = "a name of as many letters as fit, which is sixty or nearly"


@pytest.mark.parametrize("is_long", [False, True])
def test_nothing_of_the_printed_summary_is_cut(browser: Browser, tmp_path: Path, *, is_long: bool) -> None:
    """All of the summary is on the first page, what it covers above the numbers, and its charts have some room."""
    file = tmp_path / "changes.html"
    file.write_bytes(written(longest() if is_long else digest(), "html"))
    page = browser.new_page(viewport={"width": A4_WIDTH, "height": 990})
    page.emulate_media(media="print")
    page.goto(file.as_uri())
    summary = page.locator(".summary")
    height, room = summary.evaluate("(one) => [one.scrollHeight, one.clientHeight]")
    covered = summary.locator("p").nth(1).inner_text()
    charts = [chart.bounding_box() for chart in page.locator(".summary svg").all()]
    printed = page.pdf(prefer_css_page_size=True)
    page.close()

    assert "coverage: " in covered
    assert height <= room
    assert [box["height"] > 25 for box in charts if box] == [True, True]
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
