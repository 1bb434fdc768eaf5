"""Sign-in through a real OIDC provider, as people see it."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Literal

import httpx
import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import expect

from tests.browser.signing_in import Forwarder, Place, certificate, free_port, place_in, sign_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.browser

DEEP = "/inbox?status=open&text=%22The+message%22&sort=oldest+first&view=all"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A provider and a data folder, for dashboards."""
    with place_in(tmp_path) as made:
        yield made


@pytest.fixture
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that was never here."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    yield context
    context.close()


def violations(page: Page) -> list[list[str]]:
    """What axe finds on a page: rule and example."""
    page.evaluate(AXE_SCRIPT)  # by the debugger, which the page's policy does not affect
    found = page.evaluate("axe.run().then((result) => result.violations.map((one) => [one.id, one.nodes[0].html]))")
    return [list(one) for one in found]


def account(page: Page) -> None:
    """Wait until the page shows that somebody is signed in."""
    expect(page.get_by_role("button", name="Account")).to_be_visible()


def test_a_person_gets_in_and_out(place: Place, visitor: BrowserContext) -> None:
    """A deep link leads through the sign-in to its page; another tab goes along, in and within a minute out."""
    with place.dashboard():
        page, said = visitor.new_page(), []
        page.on("console", lambda one: said.append(one.text))
        page.goto(place.address + DEEP)
        expect(page.get_by_role("heading", name="Sign in to Loop feedback")).to_be_visible()
        for path in ("/", "/export/x", "/_stcore/metrics", "/media/x", "/_stcore/upload_file/a/b"):
            assert httpx.get(place.address + path).status_code == 401
        page.get_by_role("link", name="Sign in").click()
        other = visitor.new_page()
        other.goto(f"{place.address}/people")
        expect(other.get_by_role("heading", name="Sign in to Loop feedback")).to_be_visible()
        page.get_by_role("button", name="lena", exact=True).click()
        account(page)
        assert page.url == place.address + DEEP
        other.get_by_role("link", name="Sign in").click()
        account(other)
        page.get_by_role("button", name="Account").click()
        expect(page.get_by_text("lena@example.com")).to_be_visible()
        page.get_by_role("button", name="Sign out").click()
        page.get_by_role("button", name="End session").click()
        expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
        expect(other.get_by_role("heading", name=re.compile("[Ss]ign"))).to_be_visible(timeout=60_000)
        assert other.url.startswith(f"{place.address}/people")
        assert {cookie["name"] for cookie in visitor.cookies(place.address)} == {"_streamlit_xsrf"}
    assert [line for line in said if "Content Security Policy" in line] == []
    assert "Traceback" not in place.log()


def test_people_who_may_not_in_are_told_why(place: Place, visitor: BrowserContext) -> None:
    """Not on the list, not verified, denied, provider down: each a page with a way to another try, which works."""
    with place.dashboard():
        page = visitor.new_page()
        page.goto(place.address + DEEP)
        for person, title in (
            ("mallory", "You are not on the list"),
            ("una", "Your e-mail address is not verified"),
            ("Deny", "You were not signed in"),
        ):
            sign_in(page, person)
            expect(page.get_by_role("heading", name=title)).to_be_visible()
        sign_in(page, "omar")
        account(page)
        assert page.url == place.address + DEEP

        visitor.clear_cookies()
        place.provider.close()
        page.goto(place.address + DEEP)
        page.get_by_role("link", name="Sign in").click()
        expect(page.get_by_role("heading", name="The sign-in provider does not answer")).to_be_visible()
        expect(page.get_by_role("link", name="Try again")).to_have_attribute("href", re.compile("to=%2Finbox%3Fstatus"))
    assert "Refused to sign in 'mallory@evil.test': not listed" in place.log()


def test_a_person_in_many_groups_gets_in(place: Place, visitor: BrowserContext) -> None:
    """300 groups would be cookies of 20 kB, and no page could connect; the gate leaves them out."""
    with place.dashboard():
        page = visitor.new_page()
        page.goto(place.address)
        sign_in(page, "grace")
        account(page)
        assert sum(len(cookie["value"]) for cookie in visitor.cookies(place.address)) < 2_000


def test_cookies_of_other_programs_are_no_blank_page(place: Place, visitor: BrowserContext) -> None:
    """Under one name programs share their cookies; above the limit the page says so, where none could connect."""
    with place.dashboard():
        page = visitor.new_page()
        page.goto(place.address)
        sign_in(page, "lena")
        account(page)
        others = [{"name": f"other{number}", "value": "x" * 4_000, "url": place.address} for number in range(3)]
        visitor.add_cookies(others)  # type: ignore[arg-type]  # of Playwright's own type
        page.goto(place.address)
        expect(page.get_by_role("heading", name="This browser sends too many cookies")).to_be_visible()


def test_the_sign_in_can_be_used_by_everybody(place: Place, browser: Browser) -> None:
    """No page shuts people out, in either theme; the button is reached by the keyboard and fits a phone."""
    with place.dashboard():
        schemes: list[Literal["light", "dark"]] = ["light", "dark"]
        for scheme in schemes:
            context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme=scheme)
            page = context.new_page()
            page.goto(place.address + DEEP)
            assert violations(page) == []
            page.keyboard.press("Tab")
            expect(page.get_by_role("link", name="Sign in")).to_be_focused()
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
            sign_in(page, "mallory")
            expect(page.get_by_role("heading", name="You are not on the list")).to_be_visible()
            assert violations(page) == []
            context.close()


def test_a_session_expires_in_an_open_tab(place: Place, visitor: BrowserContext) -> None:
    """The tab shows by itself that the sign-in has expired, and comes back to where it was."""
    with place.dashboard(LOOP_SIGN_IN_HOURS="0.006"):
        page = visitor.new_page()
        page.goto(place.address + DEEP)
        sign_in(page, "lena")
        account(page)
        expect(page.get_by_role("heading", name="Your sign-in has expired")).to_be_visible(timeout=60_000)
        assert page.url == place.address + DEEP
        sign_in(page, "lena")
        account(page)


def test_a_new_secret_signs_everybody_out(place: Place, visitor: BrowserContext) -> None:
    """An open tab asks for a sign-in once the process is back with another secret, and dead cookies harm nobody."""
    with place.dashboard():
        page = visitor.new_page()
        page.goto(place.address + DEEP)
        sign_in(page, "lena")
        account(page)
    place.write_secrets("another-secret-another-secret-another-secret")
    with place.dashboard():
        expect(page.get_by_role("heading", name="Sign in to Loop feedback")).to_be_visible(timeout=60_000)
        assert page.url == place.address + DEEP
        sign_in(page, "lena")
        account(page)


def test_behind_tls_all_cookies_are_for_https(place: Place, browser: Browser, tmp_path: Path) -> None:
    """People sign in through a proxy that speaks TLS, and no cookie would ever leave by http."""
    inner = free_port()
    place.address = f"https://127.0.0.1:{place.port}"
    place.write_secrets()
    with place.dashboard(inner), Forwarder(place.port, inner, certificate(tmp_path)):
        context = browser.new_context(ignore_https_errors=True)
        page = context.new_page()
        page.goto(place.address + DEEP)
        sign_in(page, "lena")
        account(page)
        assert page.url == place.address + DEEP
        cookies = context.cookies(place.address)
        assert {"_streamlit_user", "_streamlit_xsrf"} <= {cookie["name"] for cookie in cookies}
        assert {cookie["secure"] for cookie in cookies} == {True}
        context.close()


def test_two_processes_share_sign_ins_and_sign_outs(place: Place, visitor: BrowserContext) -> None:
    """A sign-in that begins in one process ends in the other; a sign-out in one reaches a tab of the other."""
    ports = free_port(), free_port()
    with place.dashboard(ports[0]), place.dashboard(ports[1]), Forwarder(place.port, ports[0]) as proxy:
        page = visitor.new_page()
        page.goto(place.address + DEEP)
        page.get_by_role("link", name="Sign in").click()
        proxy.target = ports[1]
        proxy.cut()
        page.get_by_role("button", name="lena", exact=True).click()
        account(page)
        assert page.url == place.address + DEEP

        proxy.target = ports[0]
        other = visitor.new_page()
        other.goto(f"{place.address}/people")
        account(other)
        cookies = {one["name"]: one["value"] for one in visitor.cookies(place.address)}
        proxy.target = ports[1]
        begun = time.monotonic()
        httpx.get(f"http://127.0.0.1:{ports[1]}/auth/logout", cookies=cookies)
        expect(other.get_by_role("heading", name="You are signed out")).to_be_visible(timeout=60_000)
        assert time.monotonic() - begun < 60
        assert httpx.get(f"http://127.0.0.1:{ports[0]}/inbox", cookies=cookies).status_code == 401
