"""The form preserves every typed letter, however its reader leaves it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

import pytest
from playwright.sync_api import expect

from tests.browser import looking
from tests.browser.conftest import running_dashboard
from tests.pages.components.overview.test_colours import contrast
from tests.sandboxes import row, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Locator, Page

    from tests.sandboxes import RunningSandbox

pytestmark = pytest.mark.browser

SOCKETS = """
window.sockets = [];
window.WebSocket = class extends WebSocket {
  constructor(...all) { super(...all); if (this.url.includes("/_stcore/")) window.sockets.push(this); }
  send(data) { super.send(data); window.sent = new TextDecoder().decode(data); window.sends = (window.sends ?? 0) + 1; }
};
"""
"""Records the connections and the last message, and counts messages."""

LATE = """
from streamlit.runtime import runtime
runtime.MESSAGE_FLUSH_INTERVAL_SECS = 0.2
"""
"""A `sitecustomize` for a process that is too busy to send soon what a run has drawn."""


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    """A sandbox with one item."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), items=[row(1)]) as running:
        yield running


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, sandbox: RunningSandbox) -> Iterator[str]:
    """A dashboard with that sandbox."""
    settings = {"LOOP_API_KEY": sandbox.api_key, "LOOP_BASE_URL": sandbox.base_url}
    with running_dashboard(tmp_path_factory.mktemp("dashboard"), **settings) as running:
        yield running


@pytest.fixture(scope="module")
def cache(browser: Browser) -> Iterator[BrowserContext]:
    """A browser context with a touch screen."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, has_touch=True)
    yield context
    context.close()


@pytest.fixture
def page(window: BrowserContext, address: str) -> Page:
    """The form, opened from the inbox."""
    return reached(window.new_page(), address)


def reached(page: Page, address: str) -> Page:
    """The form in a tab that opened it from the inbox."""
    page.add_init_script(SOCKETS)
    page.add_init_script(looking.WATCH)
    page.goto(f"{address}/inbox")
    expect(page.get_by_text("complete back to")).to_be_visible(timeout=60_000)
    looking.settled(page)
    _link(page, "Submit").click()
    expect(message(page)).to_be_visible()
    looking.settled(page)
    return page


def person(page: Page) -> Locator:
    """The field of the person's id."""
    return page.get_by_role("textbox", name="Person (required)")


def combobox(page: Page, name: str) -> Locator:
    """The form's combobox; while the inbox is left, the filter of that name stands beside it for a moment."""
    return page.get_by_test_id("stMainBlockContainer").get_by_role("combobox", name=name)


def message(page: Page) -> Locator:
    """The field of the message."""
    return page.get_by_role("textbox", name="Message (required)")


def submit(page: Page) -> Locator:
    """The submit button."""
    return page.get_by_role("button", name="Submit", exact=True)


def _link(page: Page, name: str) -> Locator:
    return page.get_by_role("link", name=name, exact=True).first


def passed_on(page: Page, text: str) -> None:
    """Wait until the server has received this from a field that still has the focus."""
    page.wait_for_function("text => window.sent?.includes(text)", arg=text)


def by_a_link(page: Page) -> None:
    """Go to another page and back, by links."""
    _link(page, "Inbox").click()
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
    _link(page, "Submit").click()


def by_a_tap(page: Page) -> None:
    """The same by touch, with all events of a tap at once."""
    _link(page, "Inbox").tap()
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
    _link(page, "Submit").tap()


def by_a_step_back(page: Page) -> None:
    """Go a step back and one forward, which take the focus from no field."""
    page.go_back()
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
    page.go_forward()


def by_a_dropped_connection(page: Page) -> None:
    """Drop the connection and reconnect; then go to another page and back."""
    before = page.evaluate("window.sockets.length")
    page.evaluate("window.sockets.at(-1).close()")
    page.wait_for_function("n => window.sockets.length > n && window.sockets.at(-1).readyState === 1", arg=before)
    expect(message(page)).to_be_enabled()
    by_a_link(page)


@pytest.mark.parametrize("leave", [by_a_link, by_a_tap, by_a_step_back, by_a_dropped_connection])
def test_what_was_typed_is_there_again(page: Page, leave: Callable[[Page], None]) -> None:
    """All typed text is there again, although the last field still had the focus."""
    page.get_by_text("negative", exact=True).click()
    for name in ("Tag", "Source"):
        combobox(page, name).fill(f"new {name}")
        page.keyboard.press("Tab")
    person(page).fill("u_42")
    message(page).press_sequentially("Half a sent")
    passed_on(page, "Half a sent")

    leave(page)

    expect(message(page)).to_have_value("Half a sent")
    expect(person(page)).to_have_value("u_42")
    expect(page.get_by_role("radio", name="negative")).to_have_attribute("aria-checked", "true")
    for name in ("Tag", "Source"):
        expect(combobox(page, name)).to_have_value(f"new {name}")


@pytest.mark.parametrize("name", ["Tag", "Person", "Message"])
def test_a_link_may_be_clicked_at_once(page: Page, name: str) -> None:
    """A link clicked right after typing neither loses text nor empties the new page."""
    field = combobox(page, name) if name == "Tag" else page.get_by_role("textbox", name=f"{name} (required)")
    field.press_sequentially("the last word")

    page.locator("[data-testid=stPageLink] a", has_text="Inbox").first.click()
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
    looking.settled(page)
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
    expect(page.get_by_text("1 item", exact=True)).to_be_visible()
    _link(page, "Submit").click()

    expect(field).to_have_value("the last word")


@pytest.mark.parametrize("name", ["Person", "Message"])
def test_a_step_back_may_be_made_at_once(page: Page, name: str) -> None:
    """A step back right after typing loses no text."""
    field = page.get_by_role("textbox", name=f"{name} (required)")
    field.press_sequentially("the last word")

    by_a_step_back(page)

    expect(field).to_have_value("the last word")


@pytest.mark.parametrize("wait", ["while it is typed", "just after it was sent"])
def test_a_step_back_arrives_in_a_browser_that_cannot_wait(window: BrowserContext, address: str, wait: str) -> None:
    """Without the Navigation API a step back shows the inbox, and loses no letter."""
    tab = window.new_page()
    tab.add_init_script("Object.defineProperty(window, 'navigation', { value: undefined });")
    page = reached(tab, address)
    page.evaluate(
        """(event) => addEventListener(event, ({ target: { value }, isTrusted }) => {
      if (window.left || value !== "the last word" || isTrusted !== (event === "input")) return;
      window.left = true;
      history.back();
    })""",
        {"while it is typed": "input", "just after it was sent": "keydown"}[wait],
    )
    tab.context.new_cdp_session(tab).send("Emulation.setCPUThrottlingRate", {"rate": 6})
    message(page).press_sequentially("the last word")

    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
    looking.settled(page)
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
    page.go_forward()

    expect(message(page)).to_have_value("the last word")


@pytest.mark.parametrize("leave", [by_a_link, by_a_step_back])
def test_the_person_is_there_again(page: Page, leave: Callable[[Page], None]) -> None:
    """The person is there again, even if its field still had the focus."""
    person(page).press_sequentially("u_42")
    passed_on(page, "u_42")

    leave(page)

    expect(person(page)).to_have_value("u_42")


def test_what_is_added_after_a_refusal_is_there_again(page: Page) -> None:
    """Text added after a refusal is there again with the reason, which disappears once it is fixed."""
    person(page).fill("u" * 201)
    message(page).fill("Refused")
    submit(page).click()
    expect(page.get_by_test_id("stText").filter(has_text="Loop refused this")).to_be_visible()
    message(page).press_sequentially(", and more", delay=20)
    passed_on(page, ", and more")

    by_a_link(page)

    expect(message(page)).to_have_value("Refused, and more")
    expect(page.get_by_test_id("stText").filter(has_text="Loop refused this")).to_be_visible()
    person(page).fill("u_42")
    expect(page.get_by_test_id("stText").filter(has_text="Loop refused this")).to_have_count(0)


def test_a_text_that_is_typed_on_stays_where_it_is(page: Page) -> None:
    """While one types, the page neither moves nor takes focus or letters, and sends no more often than allowed."""
    page.evaluate("unshifted()")
    before = page.evaluate("window.sends")
    message(page).press_sequentially("A longer text, typed as fast as people do. " * 3, delay=15)

    expect(message(page)).to_be_focused()
    expect(message(page)).to_have_value("A longer text, typed as fast as people do. " * 3)
    assert looking.shifted(page) < 0.01
    assert 0 < page.evaluate("window.sends") - before <= 15  # of 132 letters in two seconds, or a little more


@pytest.mark.parametrize("held", [0, 800])
def test_a_click_sends_the_last_letter_too(page: Page, sandbox: RunningSandbox, held: int) -> None:
    """A click on submit straight from the message sends its last letter, and the button does not move."""
    submit(page).click()
    expect(page.get_by_text("Enter what they said.")).to_be_visible()
    person(page).fill("u_42")
    message(page).press_sequentially(f"Pressed {held} ms")
    box = submit(page).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 20, box["y"] + 4)
    page.mouse.down()
    page.wait_for_timeout(held)
    page.mouse.up()

    expect(page.get_by_text("Stored by Loop, and in the inbox now")).to_be_visible()
    stored, _ = sandbox.store.page({}, 100, None)  # the clock is set back before each test: the newest may be another's
    assert f"Pressed {held} ms" in {json.loads(item)["message"] for item in stored}


def test_keys_send_nothing_by_themselves(page: Page, sandbox: RunningSandbox) -> None:
    """Neither Enter in a line nor Ctrl+Enter in the text submits."""
    before = len(sandbox.store)
    message(page).fill("Half a sent")
    message(page).press("Control+Enter")
    person(page).fill("u_42")
    person(page).press("Enter")
    looking.settled(page)

    assert len(sandbox.store) == before
    assert "submission" not in page.url
    expect(page.get_by_text("Press Ctrl+Enter")).to_have_count(0)


def test_the_next_form_is_empty(page: Page) -> None:
    """After an item is stored the form is empty, for the browser too."""
    person(page).fill("u_42")
    message(page).fill("The first of two")
    page.get_by_text("negative", exact=True).click()
    submit(page).click()
    page.get_by_role("button", name="Submit another").click()

    expect(message(page)).to_have_value("")
    expect(person(page)).to_have_value("")
    expect(page.get_by_role("radio", name="negative")).to_have_attribute("aria-checked", "false")
    by_a_link(page)
    expect(message(page)).to_have_value("")


def test_typing_goes_on_while_items_come(browser: Browser, tmp_path: Path) -> None:
    """During the first walk the page follows, and typing loses neither focus nor letters."""
    (tmp_path / "late").mkdir()
    (tmp_path / "late" / "sitecustomize.py").write_text(LATE)
    rows = [row(number) for number in range(1200, 0, -1)]
    with running_sandbox(tmp_path / "slow", items=rows, latency_ms=700) as slow:
        settings = {"LOOP_API_KEY": slow.api_key, "LOOP_BASE_URL": slow.base_url}
        with running_dashboard(tmp_path, PYTHONPATH=str(tmp_path / "late"), **settings) as address:
            page = browser.new_page()
            page.goto(f"{address}/submit")
            expect(page.get_by_text("loading, back to")).to_be_visible(timeout=60_000)
            field = message(page).element_handle()
            message(page).press_sequentially("Typed while it loads. " * 8, delay=30)
            expect(page.get_by_text("1,200 items · complete back to")).to_be_visible(timeout=60_000)
            expect(message(page)).to_have_value("Typed while it loads. " * 8)
            expect(message(page)).to_be_focused()
            assert field.evaluate("field => field.isConnected")
            page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_button_is_blue_and_can_be_read(page: Page, scheme: Literal["light", "dark"]) -> None:
    """The button has a contrast of 4.5:1 on it and 3:1 against the page, in both themes."""
    page.emulate_media(color_scheme="dark" if scheme == "light" else "light")
    page.emulate_media(color_scheme=scheme)
    page.wait_for_timeout(500)  # colours fade in
    inner, ground, text = (
        _hex(submit(page), "backgroundColor"),
        _hex(page.get_by_test_id("stApp"), "backgroundColor"),
        _hex(submit(page), "color"),
    )

    assert contrast(inner, text) >= 4.5
    assert contrast(inner, ground) >= 3
    submit(page).hover()
    page.wait_for_timeout(500)
    assert contrast(_hex(submit(page), "backgroundColor"), _hex(submit(page), "color")) >= 4.5


def _hex(element: Locator, name: str) -> str:
    """A colour of an element as #rrggbb."""
    said = element.evaluate("(element, name) => getComputedStyle(element)[name]", name)
    return "#" + "".join(f"{int(part):02x}" for part in said[said.index("(") + 1 : -1].split(",")[:3])
