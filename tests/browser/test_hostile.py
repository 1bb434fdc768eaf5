"""Hostile texts in every element that shows them, in Chromium: nothing is fetched, run or broken."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ROOT, running_dashboard, serving
from tests.sandboxes import row, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

PAYLOADS = (
    "![]({sink})",
    '<img src="{sink}/1.png">',
    '<img src=x onerror="document.title=1">',
    '<script src="{sink}/2.js"></script>',
    "<script>window.ran=1</script>",
    '<svg onload="window.ran=1"></svg>',
    '<iframe src="{sink}/3"></iframe>',
    '<object data="{sink}/4"></object>',
    '<link rel="stylesheet" href="{sink}/5.css">',
    '<style>@import "{sink}/6.css"; * {{ background: url({sink}/7.png) }}</style>',
    '<base href="{sink}/">',
    '<meta http-equiv="refresh" content="0;url={sink}/8">',
    '<form action="{sink}/9"><button autofocus formaction="{sink}/9b">x</button></form>',
    '<video src="{sink}/10.mp4" autoplay></video>',
    '<a href="javascript:window.ran=1">x</a>',
    "![x]({sink}/11.png)",
    "[![x]({sink}/12.png)]({sink}/12)",
    "[x](javascript:window.ran=1)",
    "[x]: {sink}/13\n![x][x]",
    "![x]({sink}/14.png 'title')",
    "{sink}/15 www.example.invalid mailto:a@example.invalid",
    "| a | b |\n|---|---|\n| ![x]({sink}/16.png) | y |",
    "# heading\n- list\n> quote\n```\ncode",
    ":material/home: :red[red] :smile: :streamlit:",
    ":material/nonsense_icon:",
    "$x^2$ $$\\frac{{1}}{{2}}$$ \\(y\\)",
    "$\\href{{{sink}/17}}{{x}}$ $\\includegraphics{{{sink}/18.png}}$",
    "datum.items || window.open('{sink}/19')",
    '{{"signal": "open(\'{sink}/20\')"}} {{{{constructor.constructor("window.ran=1")()}}}}',
    '=HYPERLINK("{sink}/21", "x")',
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-1",
    "@SUM(1)",
    "\t=1+1",
    "\uff1d1+1",
    "\u202egnp.exe\u202c \u2066hidden\u2069",
    "nul \x00 bell \x07 escape \x1b[31m",
    "\ud800 lone",
    "e\u0301\u0301\u0301\u0301 Z\u0351\u036b\u0343\u036a\u0302 zalgo",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 emoji",
    "مرحبا بالعالم שלום",
    "日本語のテキスト",
    "x" * 1_000_000,
    "word " * 3_000,
    "\n" * 500 + "far below",
    "   ",
    "null",
    "undefined NaN Infinity",
    "' or 1=1; drop table items; --",
    "../../../etc/passwd %00 %2e%2e",
)


class Sink(ThreadingHTTPServer):
    """A foreign server, which must not receive a request."""

    def __init__(self) -> None:
        """Listen on any port."""
        self.heard: list[str] = []
        super().__init__(("127.0.0.1", 0), _Listener)

    @property
    def address(self) -> str:
        """The URL at which it listens."""
        return f"http://127.0.0.1:{self.server_port}"

    @classmethod
    @contextmanager
    def listening(cls) -> Iterator[Sink]:
        """A sink that listens until the block ends."""
        with cls() as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            yield server
            server.shutdown()
            thread.join()


class _Listener(BaseHTTPRequestHandler):
    server: Sink

    def do_GET(self) -> None:
        """Record the request."""
        self.server.heard.append(self.path)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture(scope="module")
def sink() -> Iterator[Sink]:
    """A foreign server that records requests."""
    with Sink.listening() as server:
        yield server


def rendered(payload: str, address: str) -> str:
    """A payload that would call a foreign server at this address."""
    return payload.replace("{{", "{").replace("}}", "}").replace("{sink}", address).encode("utf-8", "replace").decode()


def rows(address: str) -> list[dict[str, str | None]]:
    """Each payload as a message, and, if short enough, as person, tag and source."""
    made = []
    for number, payload in enumerate(PAYLOADS, start=1):
        text = rendered(payload, address)
        short = text[:150].strip() or None
        made.append(row(number, message=text, tag=short, source=short, user_id=short or "u_1"))
    return made[::-1]


@pytest.mark.parametrize("without_policy", [True, pytest.param(False, marks=pytest.mark.long)])
def test_nothing_of_it_is_fetched_or_run(
    browser: Browser,
    sink: Sink,
    tmp_path: Path,
    without_policy: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """No payload is fetched or run on any page that shows items, in the pane, the filters or the form.

    The content security policy is a second defence; the first one must hold without it.
    """
    items = rows(sink.address)
    assert len(items) >= 40
    with (
        running_sandbox(tmp_path / "sandbox", items=items) as sandbox,
        running_dashboard(tmp_path, LOOP_API_KEY=sandbox.api_key, LOOP_BASE_URL=sandbox.base_url) as address,
    ):
        page = browser.new_page(viewport={"width": 1440, "height": 900}, bypass_csp=without_policy)
        said: list[str] = []
        page.on("dialog", lambda dialog: said.append(dialog.message))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: said.append(request.url) if str(sink.server_port) in request.url else None)
        person = urlencode({"person": str(items[0]["user_id"])})
        paths = ("/", "/?last=7 days&bucket=day", "/submit", "/inbox?view=untagged", "/inbox?safe=true")
        for path in (*paths, "/changes?last=7 days", f"/people?{person}"):
            complete(page, address + path)
        page.goto(f"{address}/inbox?view=all&single=true")
        for number in range(1, len(items) + 1):
            expect(page.get_by_text(f"{number} of {len(items)}", exact=True)).to_be_visible(timeout=30_000)
            complete(page)
            if number < len(items):
                page.locator(".st-key-step-j button").click()

        assert page.evaluate("window.ran") is None
        assert page.title() == "Loop feedback"
    assert said == []
    assert sink.heard == []


REPLACED = (
    *(
        "a -- b",
        "-- a",
        "a --",
        "a -> b",
        "a <- b",
        "a <-> b",
        "a >= b",
        "a <= b",
        "a ~= b",
        "-> -> ->",
        "http://a.b -- c",
    ),
    *(
        ":streamlit:",
        ":material/home:",
        ":material_home:",
        ":smile:",
        ":+1:",
        ":red[a]",
        ":small[a]",
        "$a$ $$b$$",
        "~~a~~",
    ),
    *(
        "- a",
        "1. a",
        "# a",
        "> a",
        "www.example.com",
        "anna@example.com",
        "*a* _b_ `c`",
        "[a](b) ![c](d)",
        "&amp; &copy;",
    ),
    *(
        "(c) (tm) ... 1/2 +-",
        "[^1]",
        "a | b",
        "<b>a</b> <!-- b -->",
        r"\( a \) \-- b",
        "at 14:30",
        "log-in: a",
        "x:streamlit:y",
    ),
)
"""What Streamlit or Markdown would draw as something else."""

LABELS_APP = f"""
import streamlit as st
from pages.session import displayed
other = st.Page(lambda: st.text("other"), title="other", url_path="other")
def first():
    for text in {REPLACED!r}:
        st.page_link(other, label=displayed.label(text))
        st.subheader(displayed.heading(text), anchor=False)
st.navigation([st.Page(first, default=True), other], position="hidden").run()
"""
"""An app that draws each of them as the label of a link, and as a heading. A script for `streamlit run`."""


def test_a_label_is_shown_as_it_is(browser: Browser, tmp_path: Path) -> None:
    """No part of a text from outside becomes an icon, an arrow or another sign in the label of a link."""
    (tmp_path / "labels_app.py").write_text(LABELS_APP)
    with serving(tmp_path / "labels_app.py", tmp_path, PYTHONPATH=str(ROOT)) as address:
        page = browser.new_page()
        page.goto(address)
        links, headings = page.get_by_test_id("stPageLink-NavLink"), page.get_by_role("heading")
        expect(links).to_have_count(len(REPLACED), timeout=30_000)
        expect(headings).to_have_count(len(REPLACED))

        assert links.all_text_contents() == [*REPLACED]
        assert headings.locator("img, [role=img]").count() == links.locator("img, [role=img]").count() == 0


def complete(page: Page, url: str | None = None) -> None:
    """The page is there, and no part of it failed."""
    if url:
        page.goto(url)
        page.wait_for_load_state("networkidle")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.get_by_test_id("stException").count() == 0
