"""Every page as people see it: complete, without layout shift, and accessible."""

from __future__ import annotations

import re
import shutil
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.browser import looking
from tests.browser.conftest import ROOT, serving
from tests.browser.states import STATES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Route

pytestmark = pytest.mark.browser

STILL = 0.1
"""Sum of layout shifts up to which a page counts as stable, https://web.dev/articles/cls."""

LINKS = {
    "overview": ("sample", "/"),
    "period": ("sample", "/?last=30+days&sentiment=negative"),
    "nothing-passes": ("sample", "/?tag=never+seen"),
    "changes": ("sample", "/changes"),
    "changes-around": ("sample", "/changes?compare=around+a+day&around=2026-06-10&safe=true"),
    "changes-other-days": ("sample", "/changes?compare=other+days"),
    "inbox": ("sample", "/inbox"),
    "item": ("sample", "/inbox?view=all&page=3&sort=oldest+first&safe=true"),
    "opened": ("sample", "/inbox?item=fb_7933417146b4"),
    "people": ("sample", "/people"),
    "person": ("sample", "/people?person=u_41ce"),
    "companies": ("sample", "/people?group_by=company&safe=true"),
    "bad-link": ("sample", "/inbox?status=shut&since=yesterday"),
    "submit": ("sample", "/submit"),
    "outbox": ("outbox", "/outbox"),
    "quota": ("quota", "/outbox"),
    "empty-outbox": ("empty", "/outbox"),
    "import": ("sample", "/import"),
    "running-import": ("outbox", "/import?importing=running"),
    "empty-overview": ("empty", "/"),
    "empty-changes": ("empty", "/changes"),
    "empty-inbox": ("empty", "/inbox"),
    "empty-people": ("empty", "/people"),
    "unreachable-overview": ("unreachable", "/"),
    "unreachable-inbox": ("unreachable", "/inbox"),
    "unreachable-submit": ("unreachable", "/submit"),
}
"""Name → state and link."""

OF_STREAMLIT = {
    ("color-contrast", "stButtonGroup selected"),
    ("color-contrast", "stPopoverButton"),  # of the opened element
    ("color-contrast", "stWidgetLabel"),  # of disabled elements
    ("svg-img-alt", "metric_chart_highlighted_points_marks"),
    ("svg-img-alt", "brush_brush"),
    ("svg-img-alt", "brush_brush_bg"),
}
"""Serious and critical findings of axe in an app without our code."""


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """A function that returns the address of the dashboard in a state, started when first used."""
    running: dict[str, str] = {}
    with ExitStack() as stack:

        def address(state: str) -> str:
            if state not in running:
                running[state] = stack.enter_context(STATES[state](tmp_path_factory.mktemp(state)))
            return running[state]

        yield address


@pytest.fixture
def view(browser: Browser, addresses: Callable[[str], str]) -> Iterator[Callable[..., Page]]:
    """A function that opens a page of a state, and closes its window at the end."""
    pages: list[Page] = []

    def opened(state: str, link: str, width: int = 1440) -> Page:
        pages.append(looking.opened(browser, addresses(state) + link, width))
        return pages[-1]

    yield opened
    for page in pages:
        page.close()


@pytest.mark.parametrize("name", LINKS)
def test_a_page_arrives_complete_and_readable_for_all(view: Callable[..., Page], name: str) -> None:
    """A page has no error, no layout shift, and no serious finding of axe beyond Streamlit's own."""
    page = view(*LINKS[name])

    assert page.get_by_test_id("stException").count() == 0
    assert looking.shifted(page) < STILL
    assert ours(page) == {}
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(700)
    assert ours(page, *OF_THE_THEME) == {}


OF_THE_THEME = ("color-contrast", "link-in-text-block")
"""The rules of axe that read colours; all others find the same in both themes."""


def ours(page: Page, *rules: str) -> dict[tuple[str, str], str]:
    """The findings of axe that are not Streamlit's own. `rules`: to try only these."""
    return {found: html for found, html in looking.violations(page, *rules).items() if found not in OF_STREAMLIT}


@pytest.mark.parametrize(
    "name",
    [
        "overview",
        "period",
        "changes",
        "inbox",
        "item",
        "opened",
        "people",
        "person",
        "companies",
        "submit",
        "outbox",
        "empty-outbox",
        "import",
        "running-import",
        "bad-link",
    ],
)
def test_a_page_has_no_layout_shift_on_a_phone(view: Callable[..., Page], name: str) -> None:
    """At 390 pixels a page has no layout shift and no sideways scrolling."""
    page = view(*LINKS[name], width=390)

    assert looking.shifted(page) < STILL
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


WIDGETS = re.compile(r"/static/js/(ButtonGroup|DataFrame|PageLink|Pagination|Selectbox|TextArea|TextInput)\.")
"""Scripts that Streamlit loads when it first draws that kind of widget."""


@pytest.mark.parametrize("link", ["/submit", "/inbox"])
def test_room_is_reserved_for_what_a_slow_phone_draws_late(
    browser: Browser, addresses: Callable[[str], str], link: str
) -> None:
    """A placeholder stands for each kind of widget until its script has come, at the same height."""
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.add_init_script(looking.WATCH)
    late: list[Route] = []
    page.route(WIDGETS, lambda script: late.append(script))  # noqa: PLW0108 - Playwright takes no method of a list
    page.goto(addresses("sample") + link, wait_until="commit")
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=60_000)
    page.wait_for_timeout(2_000)
    assert page.get_by_test_id("stSkeleton").count() > 3
    for script in late:
        script.continue_()
    page.unroute_all()
    looking.settled(page)

    assert looking.shifted(page) < STILL / 2
    page.close()


@pytest.mark.parametrize("link", ["/", "/inbox?view=all"])
def test_a_changed_filter_causes_no_layout_shift(view: Callable[..., Page], link: str) -> None:
    """A changed filter causes no layout shift beyond the click's own."""
    page = view("sample", link)
    page.evaluate("unshifted()")
    page.get_by_label("Sentiment", exact=True).first.click()
    page.get_by_role("option", name="negative").click()
    page.wait_for_url(re.compile("sentiment=negative"))
    looking.settled(page)

    assert looking.shifted(page) < STILL


@pytest.mark.parametrize("width", [1440, 390])
def test_a_page_without_filters_keeps_no_sidebar_of_the_page_before(view: Callable[..., Page], width: int) -> None:
    """Submit, Import and Outbox have no sidebar and no button for one, and a page with filters has it again."""
    page = view("sample", "/inbox", width)
    filters = page.get_by_test_id("stSidebar" if width > 500 else "stExpandSidebarButton")
    expect(filters).to_be_visible()
    page.evaluate("unshifted()")
    for name in ("Submit", "Import", "Outbox"):
        for to, count in ((name, 0), ("Inbox", 1)):
            page.get_by_role("link", name=to, exact=True).click()
            expect(page.get_by_role("heading", level=1, name=to)).to_be_visible()
            looking.settled(page)
            expect(filters.filter(visible=True)).to_have_count(count)

    assert looking.shifted(page) < STILL


@pytest.mark.parametrize(
    ("link", "button"),
    [
        ("/", "Details"),
        ("/", "Sample data"),
        ("/", "Tags as a table"),
        ("/", "Markers"),
        ("/inbox", "Export"),
        ("/inbox", "Copy"),
        ("/inbox", "Shortcuts"),
    ],
)
def test_what_opens_is_open_to_all(view: Callable[..., Page], link: str, button: str) -> None:
    """What a button opens has no serious finding of axe beyond Streamlit's own."""
    page = view("sample", link)
    press(page, button)

    assert ours(page) == {}
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(700)
    assert ours(page, *OF_THE_THEME) == {}


def press(page: Page, button: str) -> None:
    """Click the button with this label, and wait for what it opens."""
    page.get_by_role("button", name=re.compile(rf"\b{button}\b")).first.click()
    expect(page.get_by_test_id("stPopoverBody").or_(page.get_by_role("dialog")).first).to_be_visible()
    page.wait_for_timeout(400)  # it fades in


def test_what_is_of_streamlit_is_still_so(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> None:
    """An app without our code has all findings that are ignored above."""
    folder = tmp_path_factory.mktemp("plain")
    shutil.copy(ROOT / "tests" / "browser" / "plain_app.py", folder)
    with serving(folder / "plain_app.py", folder) as address:
        page = looking.opened(browser, address)
        assert looking.shifted(page, all_of_it=True) - looking.shifted(page) > STILL, "the sidebar moves nothing now"
        press(page, "Opened")
        found = set(looking.violations(page))
        page.emulate_media(color_scheme="dark")
        page.wait_for_timeout(700)

        assert found | set(looking.violations(page)) == OF_STREAMLIT
        page.close()


CONTRAST = """
(element) => {
  const parts = (colour) => colour.match(/[0-9.]+/g).map(Number);
  const light = ([red, green, blue]) => [red, green, blue]
    .map((one) => one / 255).map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4))
    .reduce((sum, one, place) => sum + one * [0.2126, 0.7152, 0.0722][place], 0);
  const grounds = [];
  for (let one = element; one; one = one.parentElement) grounds.unshift(parts(getComputedStyle(one).backgroundColor));
  const ground = grounds.reduce((under, [red, green, blue, alpha = 1]) =>
    [red, green, blue].map((one, place) => one * alpha + under[place] * (1 - alpha)), [255, 255, 255]);
  const [one, other] = [light(parts(getComputedStyle(element).color)), light(ground)].sort((a, b) => b - a);
  return (one + 0.05) / (other + 0.05);
}
"""
"""The contrast of an element's text with its background."""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_is_open_or_chosen_can_be_read(view: Callable[..., Page], theme: str) -> None:
    """An open popover's label, the chosen period and the chosen bucket have a contrast of 4.5:1 in both themes."""
    page = view("sample", "/?last=30+days")
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    page.wait_for_timeout(700)
    press(page, "Details")
    shown = [page.locator("[aria-expanded=true][data-testid=stPopoverButton]").first]
    shown += page.locator("[data-testid=stButtonGroup] [aria-checked=true]").all()

    found = {one.inner_text(): one.evaluate(CONTRAST) for one in shown}

    assert len(found) >= 4
    assert {name: round(ratio, 1) for name, ratio in found.items() if ratio < 4.5} == {}
