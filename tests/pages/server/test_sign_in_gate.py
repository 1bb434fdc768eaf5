"""The gate of the sign-in: requests, WebSockets and messages, with Streamlit's own signatures on cookies."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import pytest
from itsdangerous import TimestampSigner
from starlette.requests import HTTPConnection

from loop_client.service import Session, SignIn, SignOuts
from loop_client.service.sign_in import AllowList
from pages.server import news, sign_in_gate, sign_in_pages
from pages.server.sign_in_cookies import LONGEST_PAGE, TOKENS, USER, own_page, recalled, remembered
from pages.server.sign_in_means import Means
from pages.session import sign_in

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, MutableMapping
    from pathlib import Path

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]

HTTP, HTTPS = "http://127.0.0.1:8501", "https://loop.example.com"
LENA: Final = {"email": "lena@example.com", "email_verified": True, "name": "Lena", "sub": "1"}
RELOAD: Final = b"reload"
PAGE: Final = "text/html,*/*"


def cookie_line(cookies: dict[str, str]) -> str:
    """The header of these cookies."""
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


class World:
    """A gate before an application that answers as Streamlit's routes do.

    `now`: of the gate's clock. `host`: that browsers send; by default the one of the set-up.
    """

    def __init__(self, folder: Path, origin: str = HTTP, *entries: str) -> None:
        """A set-up for an address of the dashboard, and for people of these domains."""
        self.now, self.host = 1_000_000.0, ""
        self.set_up = SignIn(
            ("default",), f"{origin}/oauth2callback", AllowList.of(entries or ("example.com",)), hours=1
        )
        self.means = Means(sign_in.opened, sign_in.signed, self.login, RELOAD, lambda: self.now, longest_line=8_000)
        self.sign_outs = SignOuts(folder)
        self.gate = sign_in_gate.Gate(self.application, self.set_up, self.sign_outs, self.means)
        self.reached: list[str] = []
        self.users: list[Any] = []
        self.heard: list[Any] = []
        self.answer: tuple[int, list[tuple[bytes, bytes]]] = (200, [])

    @staticmethod
    def login(provider: str) -> str:
        """Return the address at which Streamlit begins a sign-in."""
        return f"/auth/login?provider={provider}-token"

    async def application(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer, or note what a WebSocket says."""
        self.reached.append(f"{scope['path']}?{scope.get('query_string', b'').decode()}")
        self.users.append(sign_in.opened(HTTPConnection({**scope}).cookies, USER))
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            while (message := await receive())["type"] != "websocket.disconnect":
                self.heard.append(message["text"])
            return
        status, headers = self.answer
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"of the application"})

    def get(
        self, path: str, cookies: dict[str, str] | str | None = None, accept: str = "*/*", method: str = "GET"
    ) -> Answer:
        """The answer to a request."""
        host = self.host or self.set_up.host
        path, _, query = path.partition("?")
        line = cookies if isinstance(cookies, str) else cookie_line(cookies or {})
        headers = [(b"host", host.encode()), (b"accept", accept.encode()), (b"cookie", line.encode("latin-1"))]
        scope = {"type": "http", "method": method, "path": path, "query_string": query.encode(), "headers": headers}
        answer = Answer()

        async def send(message: Message) -> None:
            answer.messages.append(message)

        asyncio.run(self.gate(scope, asyncio.Queue[Any]().get, send))
        return answer

    def cookie(self, began: float | None = None, **others: object) -> dict[str, str]:
        """The cookie of a session."""
        claims = {**LENA, "is_logged_in": True, "origin": self.set_up.origin, **others}
        begun = self.set_up.begun(claims, "n1", self.now if began is None else began)
        return {USER: sign_in.signed(USER, begun)}


class Answer:
    """What was sent."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.messages: list[Any] = []

    @property
    def status(self) -> int:
        """The status."""
        return int(self.messages[0]["status"])

    @property
    def text(self) -> str:
        """The body."""
        return b"".join(message.get("body", b"") for message in self.messages).decode()

    def header(self, name: str) -> list[str]:
        """All values of a header."""
        return [value.decode() for key, value in self.messages[0]["headers"] if key.decode().lower() == name]

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies that it sets."""
        pairs = (line.partition(";")[0].partition("=") for line in self.header("set-cookie"))
        return {name: value for name, _, value in pairs if value.strip('"')}


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A gate for a dashboard on this machine."""
    return World(tmp_path)


CLOSED = [
    "/",
    "/inbox",
    "/export/token",
    "/media/x.png",
    "/_stcore/upload_file/session/file",
    "/_stcore/metrics",
    "/_stcore/script-health-check",
    "/component/x",
    "/app/static/x",
    "/nothing",
    "/Static/x",
    "/static",
    "//static/x",
    "/hooks/loop",
]


@pytest.mark.parametrize("path", CLOSED)
@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS"])
def test_nothing_is_reached_without_a_sign_in(path: str, method: str, world: World) -> None:
    """No page, file, upload or route of ours or of Streamlit's, by any method."""
    answer = world.get(path, method=method)

    assert (answer.status, answer.text, world.reached) == (401, f"{sign_in_pages.SIGN_IN.title}.\n", [])


@pytest.mark.parametrize(
    "path", ["/healthz", "/readyz", "/_stcore/health", "/_stcore/host-config", "/static/js/x.js", "/favicon.ico"]
)
def test_what_says_nothing_about_anybody_is_open(path: str, world: World) -> None:
    """Health checks, and the scripts that everybody can install."""
    assert world.get(path).text == "of the application"


def test_the_webhook_is_open(world: World) -> None:
    """Its address has its own secret."""
    assert world.get("/hooks/loop/x", method="POST").text == "of the application"


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "post"])
def test_nobody_opens_the_address_of_the_webhook(method: str, world: World) -> None:
    """By any method but POST Streamlit would answer with its page."""
    assert (world.get("/hooks/loop/x", method=method).status, world.reached) == (401, [])


@pytest.mark.parametrize("path", CLOSED)
def test_a_session_reaches_everything(path: str, world: World) -> None:
    """Whoever is let in is not asked again."""
    assert world.get(path, world.cookie()).text == "of the application"


def test_a_browser_gets_a_page_that_leads_back(world: World) -> None:
    """The link of the page holds the path and the query that were asked for."""
    text = world.get("/inbox?status=open&text=a%20b", accept=PAGE).text

    assert f"/sign-in?provider=default&amp;to={quote('/inbox?status=open&text=a%20b', '')}" in text


def test_another_name_of_the_dashboard_leads_to_the_providers(world: World) -> None:
    """The provider leads back to one name only, and the cookies of another one are not read there."""
    world.host = "localhost:8501"

    assert f'href="{HTTP}/sign-in?provider=default&amp;to=%2Finbox"' in world.get("/inbox", accept=PAGE).text


STRANGERS: dict[str, Callable[[World], dict[str, str]]] = {
    "another secret": lambda world: {USER: world.cookie()[USER][:-2] + "xx"},
    "no signature": lambda _: {USER: "x"},
    "not by us": lambda world: {
        USER: sign_in.signed(USER, {**LENA, "is_logged_in": True, "origin": world.set_up.origin})
    },
    "another cookie": lambda world: {USER: sign_in.signed(TOKENS, {"x": world.cookie()[USER]})},
    "no object": lambda _: {USER: sign_in.signed(USER, [1])},  # type: ignore[arg-type]
}


@pytest.mark.parametrize("cookie", STRANGERS.values(), ids=STRANGERS)
def test_another_cookie_is_no_session(cookie: Callable[[World], dict[str, str]], world: World) -> None:
    """Only a cookie that the gate itself gave, signed with the present secret, lets in."""
    assert (world.get("/", cookie(world)).status, world.reached) == (401, [])


@pytest.mark.parametrize("second", ["{0}={1}", "{0} ={1}", " {0}\xa0= {1}", '{0}="{1}"', "{0}={1}; {0}=", "{0}=x"])
def test_a_cookie_that_was_sent_twice_is_nobodys(second: str, world: World) -> None:
    """In any spelling: the gate would judge the one, and Streamlit read the other."""
    line = f"{cookie_line(world.cookie())}; {second.format(USER, world.cookie(email='kim@example.com')[USER])}"

    assert (world.get("/", line).status, world.reached) == (401, [])


@pytest.mark.parametrize("line", ["{0}={1}", " {0} = {1} ", '{0}="{1}"', "a=1; {0}={1}; b; c=2"])
def test_the_application_reads_the_person_who_was_judged(line: str, world: World) -> None:
    """Whatever the spelling of the one cookie, and with the cookies of others."""
    assert world.get("/", line.format(USER, world.cookie()[USER])).status == 200
    assert [user["email"] for user in world.users] == ["lena@example.com"]


def test_a_route_that_is_open_to_all_knows_nobody_by_a_doubled_cookie(world: World) -> None:
    """The application gets none of them."""
    line = f"{cookie_line(world.cookie())}; {USER} ={world.cookie(email='kim@example.com')[USER]}"
    world.get("/healthz", line)

    assert world.users == [None]


def test_a_tab_with_a_doubled_cookie_is_turned_away(world: World) -> None:
    """WebSockets are judged by the same rule."""

    async def story() -> bool:
        tab = Tab(world, f"{cookie_line(world.cookie())}; {USER} ={world.cookie(email='kim@example.com')[USER]}")
        is_told = await tab.ended()
        await tab.close()
        return is_told

    assert (asyncio.run(story()), world.reached) == (True, [])


def test_a_session_ends_by_its_own_age(world: World) -> None:
    """After the hours of the set-up, with a page that says so."""
    cookie = world.cookie()
    world.now += 3599
    assert world.get("/", cookie, accept=PAGE).status == 200

    world.now += 1
    answer = world.get("/", cookie, accept=PAGE)
    assert answer.status == 401
    assert sign_in_pages.EXPIRED.title in answer.text


def test_somebody_who_is_off_the_list_by_now_is_told(world: World, tmp_path: Path) -> None:
    """A session of somebody who was taken off the list ends with the next start."""
    answer = World(tmp_path, HTTP, "other.example").get("/", world.cookie(), accept=PAGE)

    assert answer.status == 403
    assert "lena@example.com" in answer.text


def test_a_sign_out_ends_every_copy_of_the_cookie(world: World) -> None:
    """The cookie stays signed, but its session is over, for those who copied it too."""
    cookie = world.cookie()
    world.answer = (302, [(b"location", b"https://id.example.com/out"), (b"set-cookie", b'_streamlit_user=""')])

    answer = world.get("/auth/logout", cookie, accept=PAGE)
    assert (answer.status, answer.header("location")) == (302, ["https://id.example.com/out"])
    assert sign_in_pages.SIGNED_OUT.title in world.get("/", cookie, accept=PAGE).text


def test_a_sign_out_lasts_as_long_as_its_cookie(world: World, tmp_path: Path) -> None:
    """The hours may be raised again after a time with fewer."""
    cookie, later = world.cookie(), World(tmp_path)
    fewer = sign_in_gate.Gate(world.application, replace(world.set_up, hours=0.1), world.sign_outs, world.means)
    world.gate = fewer
    world.get("/auth/logout", cookie)
    later.now = world.now + 1_800
    later.sign_outs.add(Session("n2", "kim@example.com", later.now + 1), later.now)  # forgets what is over

    assert later.get("/", cookie).status == 401


def test_a_sign_out_without_the_provider_leaves_no_cookie(world: World) -> None:
    """Google has no address for it: the page is the gate's, and the cookies go all the same."""
    world.answer = (302, [(b"location", b"/"), (b"set-cookie", b'_streamlit_user=""; Max-Age=0; Path=/')])
    cookies = {**world.cookie(), TOKENS: "t"}
    answer = world.get("/auth/logout", cookies, accept=PAGE)

    assert sign_in_pages.SIGNED_OUT.title in answer.text
    assert kept_after([answer], cookies) == {}


def test_a_sign_out_that_could_not_be_written_down_is_not_called_finished(world: World, tmp_path: Path) -> None:
    """Copies of the cookie may be good elsewhere; in this browser and process the session is over."""
    (tmp_path / "sign_outs.db").mkdir()
    world.answer = (302, [(b"location", b"https://id.example.com/out")])
    cookies = world.cookie()
    answer = world.get("/auth/logout", cookies, accept=PAGE)

    assert answer.status == 500
    assert "in this browser only" in answer.text
    assert kept_after([answer], cookies) == {}
    assert world.get("/", cookies).status == 401


@pytest.mark.parametrize("query", ["error=access_denied&state=s1", "error=x", "code=c&state=old", "state="])
def test_a_callback_that_fails_signs_nobody_out(query: str, world: World) -> None:
    """A link from elsewhere leads somebody who is signed in to a page, and their cookie stays."""
    world.answer = (302, [(b"location", b"/"), (b"set-cookie", b'_streamlit_user=""; Max-Age=0; Path=/')])
    answer = world.get(f"/oauth2callback?{query}", world.cookie(), accept=PAGE)

    assert (answer.status, answer.header("location")) == (302, ["/"])
    assert kept_after([answer], world.cookie()) == world.cookie()


def test_another_person_who_is_refused_signs_nobody_out(world: World) -> None:
    """The page names them, and the session that goes on keeps its cookie."""
    _, coming = sign_in_at(world, "/", world.cookie(), email="mallory@evil.test")

    assert coming.status == 403
    assert USER not in "".join(coming.header("set-cookie"))


def test_a_callback_that_fails_forgets_a_session_that_is_over(world: World) -> None:
    """Its cookie is good for nothing."""
    world.answer = (302, [(b"location", b"/")])
    answer = world.get("/oauth2callback?code=c&state=old", world.cookie(began=0), accept=PAGE)

    assert kept_after([answer], world.cookie(began=0)) == {}


@pytest.mark.parametrize("state", ["", "&state=another"])
def test_what_strangers_call_an_error_is_not_logged(state: str, world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Nobody can fill the log, and Streamlit, which logs all of it, does not see it."""
    world.get(f"/oauth2callback?error={'e' * 5_000}&error_description={'d' * 5_000}{state}")

    assert (caplog.text, world.reached) == ("", [])


def test_the_log_has_the_error_of_a_provider(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Of a sign-in that was begun here, in a hundred characters that a terminal shows as they are."""
    going, _ = sign_in_at(world, "/")
    caplog.clear()
    world.get(f"/oauth2callback?error=access%0Adenied%1B{'e' * 5_000}&state=s1", going.cookies)

    assert "'access\\ndenied\\x1be" in caplog.text
    assert len(caplog.messages[0]) < 200


def test_the_providers_answer_to_a_sign_out_is_a_page(world: World) -> None:
    """The callback without a code is no sign-in that failed."""
    answer = world.get("/oauth2callback", accept=PAGE)

    assert sign_in_pages.SIGNED_OUT.title in answer.text
    assert world.reached == []


def test_somebody_who_is_signed_in_is_not_told_otherwise(world: World) -> None:
    """The address at which a sign-out ends, opened by hand, ends nothing."""
    answer = world.get("/oauth2callback", world.cookie(), accept=PAGE)

    assert (answer.status, answer.header("location")) == (302, ["/"])


def test_each_provider_has_a_button() -> None:
    """Of several, each is named; a single one is not."""
    several = sign_in_pages.page(sign_in_pages.SIGN_IN, {"google": "/g", "okta": "/o"}, "")
    one = sign_in_pages.page(sign_in_pages.SIGN_IN, {"default": "/d"}, "")

    assert (b">Sign in with Google</a>" in several, b">Sign in with Okta</a>" in several) == (True, True)
    assert b">Sign in</a>" in one


@pytest.mark.parametrize(
    ("hours", "words"), [(12, "12 hours"), (1, "1 hour"), (1.5, "1.5 hours"), (0.25, "15 minutes"), (0.001, "1 minute")]
)
def test_a_page_says_how_long_a_sign_in_lasts(hours: float, words: str) -> None:
    """In hours, or minutes below one."""
    assert f"lasts {words}." in sign_in_pages.page(sign_in_pages.EXPIRED, {}, "", hours).decode()


def test_too_many_cookies_are_no_blank_page(world: World) -> None:
    """Above the limit of the WebSocket no page could connect: the browser forgets the cookies of the sign-in."""
    cookies = {**world.cookie(), f"{USER}_1": "x" * 4_000, "other": "y" * 4_000}
    answer = world.get("/", cookies, accept=PAGE)

    assert answer.status == 431
    gone = {line.partition("=")[0] for line in answer.header("set-cookie") if "Max-Age=0" in line}
    assert gone == {USER, f"{USER}_1"}


def test_a_page_without_a_session_leaves_the_sign_in_of_another_tab_alone(world: World) -> None:
    """A browser that restores its tabs opens several while one is with the provider."""
    under_way = {"_streamlit_session": "s", "loop_back_1": "x", USER: "dead"}
    answer = world.get("/", under_way, accept=PAGE)

    assert [line.partition("=")[0] for line in answer.header("set-cookie")] == [USER]


def test_a_tab_that_waited_goes_on_once_another_has_signed_in(world: World) -> None:
    """Its button leads to its page, and not to the provider again."""
    answer = world.get(f"/sign-in?to={quote('/inbox?page=2', '')}", world.cookie(), accept=PAGE)

    assert (answer.status, answer.header("location"), world.reached) == (302, ["/inbox?page=2"], [])


def sign_in_at(world: World, to: str, present: dict[str, str] | None = None, **claims: object) -> tuple[Answer, Answer]:
    """The answers on the way to the provider and back. `present`: cookies that the browser has by then."""
    location = b"https://id.example.com/authorize?client_id=loop&state=s1"
    world.answer = (302, [(b"location", location), (b"set-cookie", b"_streamlit_session=s; Path=/")])
    going = world.get(f"/sign-in?provider=default&to={quote(to, '')}", accept=PAGE)
    said = {**LENA, "is_logged_in": True, "origin": world.set_up.origin, "groups": ["g" * 36] * 120, **claims}
    tokens = {"id_token": token_hex(3_000), "access_token": token_hex(500)}
    given = [f"{USER}={sign_in.signed(USER, said)}; Path=/", f"{TOKENS}={sign_in.signed(TOKENS, tokens)}; Path=/"]
    given += ["_streamlit_session=of-other-tabs; Path=/"]
    world.answer = (302, [(b"location", b"/"), *((b"set-cookie", line.encode()) for line in given)])
    coming = world.get("/oauth2callback?code=c&state=s1", {**going.cookies, **(present or {})}, accept=PAGE)
    return going, coming


def test_a_deep_link_survives_the_sign_in(world: World) -> None:
    """The provider's redirect leads to the page that was asked for, with its query."""
    going, coming = sign_in_at(world, "/inbox?status=open&text=a+b%26c")

    assert world.reached[0] == "/auth/login?provider=default-token"
    assert going.header("location")[0].startswith("https://id.example.com/")
    assert (coming.status, coming.header("location")) == (302, ["/inbox?status=open&text=a+b%26c"])
    assert coming.cookies["_streamlit_session"] == "of-other-tabs"


def test_the_new_session_is_let_in_with_a_small_cookie(world: World) -> None:
    """However many claims and tokens a provider sends, all headers fit into the 4 kB of nginx."""
    _, coming = sign_in_at(world, "/")

    assert world.get("/", coming.cookies).text == "of the application"
    assert sum(len(line) for line in coming.header("set-cookie")) < 1_500
    assert TOKENS not in coming.cookies


def test_a_short_token_is_kept_for_the_sign_out(world: World) -> None:
    """Some providers ask for it before they end their own session. The access token leaves with nobody."""
    sign_in_at(world, "/")
    said = {**LENA, "is_logged_in": True, "origin": HTTP}
    tokens = {"id_token": "t" * 1_000, "access_token": "a"}
    given = [f"{USER}={sign_in.signed(USER, said)}", f"{TOKENS}={sign_in.signed(TOKENS, tokens)}"]
    world.answer = (302, [(b"location", b"/"), *((b"set-cookie", line.encode()) for line in given)])

    cookies = world.get("/oauth2callback?code=c&state=s1", accept=PAGE).cookies
    assert sign_in.opened(cookies, TOKENS) == {"id_token": "t" * 1_000}


@pytest.mark.parametrize(
    ("change", "notice"),
    [
        ({"email": "mallory@evil.test"}, sign_in_pages.NOT_LISTED),
        ({"email_verified": False}, sign_in_pages.NOT_VERIFIED),
        ({"email": None}, sign_in_pages.NO_EMAIL),
    ],
    ids=["not listed", "not verified", "no e-mail"],
)
def test_a_person_who_may_not_in_gets_a_page_and_no_cookie(
    change: dict[str, Any], notice: sign_in_pages.Notice, world: World
) -> None:
    """The page says why and leads to another try; nothing of the session stays in the browser."""
    _, coming = sign_in_at(world, "/inbox?status=open", **change)

    assert coming.status == 403
    assert notice.title in coming.text
    assert quote("/inbox?status=open", "") in coming.text
    assert coming.cookies == {}


def test_what_a_provider_says_is_text(world: World) -> None:
    """What comes from outside is no HTML on the page that shows it, and no field of its sentence."""
    _, coming = sign_in_at(world, "/", email="a&ltb@evil.test")
    world.answer = (302, [(b"location", b"/")])
    denied = world.get(f"/oauth2callback?state=s&error={quote('<script>{hours}')}", accept=PAGE)

    assert "a&amp;ltb@evil.test" in coming.text
    assert "&lt;script&gt;{hours}" in denied.text


def test_a_provider_that_says_no_is_named(world: World) -> None:
    """Denied at the provider: a page with its reason, where Streamlit silently shows the first page again."""
    world.answer = (302, [(b"location", b"/")])
    answer = world.get("/oauth2callback?error=access_denied&state=s1", accept=PAGE)

    assert answer.status == 403
    assert "access_denied" in answer.text


def test_a_provider_that_is_down_is_a_page_with_a_way_back(world: World) -> None:
    """Streamlit answers 400 with two words; the page leads to another try."""
    world.answer = (400, [])
    answer = world.get(f"/sign-in?to={quote('/inbox?status=open', '')}", accept=PAGE)

    assert answer.status == 502
    assert f"to={quote('/inbox?status=open', '')}" in answer.text


def test_an_old_address_of_a_sign_in_is_a_page(world: World) -> None:
    """Streamlit's own address is valid for two minutes; a bookmark of it does not blame the provider."""
    world.answer = (302, [(b"location", b"/")])
    answer = world.get("/auth/login?provider=old", accept=PAGE)

    assert sign_in_pages.INCOMPLETE.title in answer.text


def test_a_sign_in_that_broke_off_is_a_page(world: World) -> None:
    """A stale or failed exchange, after which Streamlit sets no cookie."""
    world.answer = (302, [(b"location", b"/")])

    assert world.get("/oauth2callback?code=c&state=old", accept=PAGE).status == 400


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "//evil.test",
        "/\\evil.test",
        "https://evil.test",
        "/\r\nSet-Cookie: a=b",
        "javascript:alert(1)",
        "/auth/logout",
        "/auth",
        "/%61uth/logout",
        "/%2561uth/logout",
        "/auth%2Flogout",
        "/./auth/logout",
        "/inbox/../auth/logout",
        "/%2e%2E/auth/logout",
        "/inbox/..//auth/logout",
        "/.\\auth\\logout",
        "/sign%2Din?to=/inbox",
        "/\x00",
    ],
)
def test_nobody_is_led_to_another_site(text: str) -> None:
    """A page to come back to is a path of the dashboard, or else the overview."""
    assert own_page(text) == "/"


@pytest.mark.parametrize(
    ("page", "kept"),
    [("/inbox?text=%C3%A9&a=\\", "/inbox?text=%C3%A9&a=%5C"), (f"/inbox?{'a' * LONGEST_PAGE}", "/inbox")],
    ids=["signs", "too long"],
)
def test_a_page_to_come_back_to_survives_its_cookie(page: str, kept: str) -> None:
    """Each sign stays; of a page that is too long for a cookie the path is left."""
    [(_, line)] = remembered({"headers": []}, "state", own_page(page))
    cookie = line.partition(b";")[0]

    assert len(cookie) < 4_096
    assert recalled({"headers": [(b"cookie", cookie)]}, "state") == kept


@pytest.mark.parametrize("page", ["/authors", "/inbox?to=/auth/logout", "/inbox?text=..%2Fauth"])
def test_a_page_whose_name_only_looks_like_a_route_is_one(page: str) -> None:
    """The path counts, and no part of the query."""
    assert own_page(page) == page


def kept_after(answers: Iterable[Answer], cookies: dict[str, str]) -> dict[str, str]:
    """The cookies of a browser after these answers, oldest first."""
    kept = dict(cookies)
    for answer in answers:
        gone = {line.partition("=")[0] for line in answer.header("set-cookie") if "Max-Age=0" in line}
        kept = {name: value for name, value in {**kept, **answer.cookies}.items() if name not in gone}
    return kept


@pytest.mark.parametrize(("length", "pages"), [(1_200, 2), (2_800, 1)])
def test_a_browser_remembers_few_pages_to_come_back_to(length: int, pages: int, world: World) -> None:
    """The newest two, or one that is long: more than 8 kB of cookies let no page connect."""
    kept: dict[str, str] = {}
    for number in range(5):
        world.answer = (302, [(b"location", f"https://id.example.com/?state=s{number}".encode())])
        kept = kept_after([world.get(f"/sign-in?to=/inbox%3F{number}{'a' * length}", kept)], kept)

    assert len(kept) == pages
    assert recalled({"headers": [(b"cookie", cookie_line(kept).encode())]}, "s4").startswith("/inbox?4")


def test_pages_of_tabs_that_began_at_once_are_forgotten_on_arrival(world: World) -> None:
    """None of them knew of the others; one of the rest stays."""
    tabs = [remembered({"headers": []}, f"s{number}", "/inbox?" + "a" * 2_000)[0][1] for number in range(4)]
    kept = dict(line.decode().partition(";")[0].split("=") for line in tabs)
    answer = world.get("/oauth2callback?code=c&state=s0", kept, accept=PAGE)

    assert list(kept_after([answer], kept)) == list(kept)[3:]


def test_a_sign_in_does_not_lead_to_the_page_of_another(world: World) -> None:
    """One whose page is forgotten leads to the overview."""
    going, _ = sign_in_at(world, "/inbox")

    assert recalled({"headers": [(b"cookie", cookie_line(going.cookies).encode())]}, "another") == "/"


@pytest.mark.parametrize(("origin", "is_secure"), [(HTTP, False), (HTTPS, True)])
def test_cookies_are_for_https_where_the_dashboard_is(origin: str, is_secure: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a parameter of the test
    """Streamlit's own cookies too, which it never restricts."""
    world = World(tmp_path, origin)
    going, coming = sign_in_at(world, "/")
    world.answer = (200, [(b"set-cookie", b"_streamlit_xsrf=x; Path=/")])
    lines = [*going.header("set-cookie"), *coming.header("set-cookie")]
    lines += world.get("/_stcore/health").header("set-cookie")

    assert len(lines) >= 4
    assert {("; Secure" in line) for line in lines} == {is_secure}


def test_no_script_and_no_other_site_has_our_cookies(world: World) -> None:
    """Those that are set and those that are removed; other sites' links alone send them along."""
    going, coming = sign_in_at(world, "/inbox")
    _, short = sign_in_at(world, "/", sub="2")
    gone = world.get("/", {USER: "dead"}, accept=PAGE)
    lines = [line for one in (going, coming, short, gone) for line in one.header("set-cookie")]
    ours = [line for line in lines if line.startswith((USER, "loop_back_"))]

    assert len(ours) >= 4
    assert [line for line in ours if not {"HttpOnly", "SameSite=lax", "Path=/"} <= set(line.split("; "))] == []


@pytest.mark.parametrize("accept", [PAGE, "*/*"])
def test_no_notice_is_kept_by_a_cache(accept: str, world: World) -> None:
    """Not in a browser either: after the sign-in the same address is a page."""
    world.answer = (302, [(b"location", b"/")])
    paths = ["/", "/sign-in", "/oauth2callback", "/oauth2callback?error=x", "/auth/logout"]
    answers = [world.get(path, accept=accept) for path in paths]
    answers += [*sign_in_at(world, "/"), world.get("/sign-in?to=/inbox", world.cookie())]

    assert [answer.header("cache-control") for answer in answers] == [["no-store"]] * len(answers)


class Tab:
    """A WebSocket through the gate."""

    def __init__(self, world: World, cookies: dict[str, str] | str, path: str = "/_stcore/stream") -> None:
        """Open it."""
        self.sent: list[Any] = []
        self._world = world
        self._to_gate = asyncio.Queue[Any]()
        self._to_gate.put_nowait({"type": "websocket.connect"})
        line = (cookies if isinstance(cookies, str) else cookie_line(cookies)).encode()
        scope = {"type": "websocket", "path": path, "headers": [(b"cookie", line)]}
        self._task = asyncio.create_task(
            world.gate({**scope, "subprotocols": ["streamlit"]}, self._to_gate.get, self._send)
        )

    async def _send(self, message: Message) -> None:
        self.sent.append(message)

    async def say(self, text: str) -> None:
        """Send a message, and wait until it is handled."""
        self._to_gate.put_nowait({"type": "websocket.receive", "text": text})
        async with asyncio.timeout(10):
            while not self.was_told and text not in self._world.heard:  # noqa: ASYNC110 - nothing tells
                await asyncio.sleep(0.001)

    async def ended(self) -> bool:
        """Wait until the tab is told."""
        async with asyncio.timeout(10):
            while not self.was_told:  # noqa: ASYNC110 - nothing tells
                await asyncio.sleep(0.001)
        return True

    async def close(self) -> None:
        """End the tab."""
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    @property
    def was_told(self) -> bool:
        """Whether the tab was told to ask for its page again."""
        return [message.get("bytes") for message in self.sent if message["type"] == "websocket.send"] == [RELOAD]


def test_a_tab_without_a_session_asks_for_its_page_again(world: World) -> None:
    """Streamlit has no session for it; the page that it gets says why."""

    async def story() -> bool:
        tab = Tab(world, {})
        await tab.say("click")
        await tab.close()
        return tab.was_told

    assert asyncio.run(story())
    assert world.reached == []


def test_strangers_cannot_hold_many_connections(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Above a number at a time they are refused, so that descriptors are left for people who are signed in."""
    monkeypatch.setattr(sign_in_gate, "MOST_LEAVING", 2)

    async def story() -> list[str]:
        tabs = [Tab(world, {}) for _ in range(3)]
        async with asyncio.timeout(10):
            while not all(tab.sent for tab in tabs):  # noqa: ASYNC110 - nothing tells
                await asyncio.sleep(0.001)
        first = [str(tab.sent[0]["type"]) for tab in tabs]
        for tab in tabs:
            await tab.close()
        return first

    assert asyncio.run(story()) == ["websocket.accept", "websocket.accept", "websocket.close"]


def test_strangers_hear_no_news(world: World) -> None:
    """A second WebSocket of a tab is refused at once: the first one says farewell."""

    async def story() -> list[Any]:
        tab = Tab(world, {}, news.PATH)
        async with asyncio.timeout(10):
            while not tab.sent:  # noqa: ASYNC110 - nothing tells
                await asyncio.sleep(0.001)
        return tab.sent

    assert asyncio.run(story()) == [{"type": "websocket.close", "code": 1013}]
    assert world.reached == []


def test_a_tab_that_does_not_leave_is_closed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that is no browser cannot stay connected."""
    monkeypatch.setattr(sign_in_gate, "LEAVES_WITHIN", 0.01)

    async def story() -> None:
        tab = Tab(world, {})
        async with asyncio.timeout(10):
            while not tab.sent or tab.sent[-1]["type"] != "websocket.close":  # noqa: ASYNC110 - nothing tells
                await asyncio.sleep(0.001)

    asyncio.run(story())


@pytest.mark.parametrize(
    ("origin", "warns"),
    [("http://loop.example.com:8501", True), ("https://loop.example.com", False), ("http://localhost:8501", False)],
)
def test_a_sign_in_without_tls_is_warned_of(
    origin: str, *, warns: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Over a network the cookie can be read; on one machine there is nobody on the way."""
    World(tmp_path, origin)

    assert ("is not https" in caplog.text) == warns


def test_a_session_holds_where_a_clock_is_behind(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A signature from the future is refused, and the sign-in may be of another machine."""
    cookies = world.cookie()
    real = TimestampSigner.get_timestamp
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda signer: real(signer) - 9)

    assert sign_in.opened(cookies, USER) is not None


@pytest.mark.parametrize("how", ["expired", "signed out"])
def test_no_click_is_handled_after_the_end_of_a_session(how: str, world: World) -> None:
    """Each message is judged: a fragment or a callback would run before a page could look."""

    async def story() -> Tab:
        tab = Tab(world, world.cookie())
        await tab.say("in time")
        if how == "expired":
            world.now += 3600
        else:
            session = world.set_up.session(sign_in.opened(world.cookie(), USER))
            assert session is not None
            world.sign_outs.add(session, world.now)
        await tab.say("too late")
        await tab.close()
        return tab

    assert asyncio.run(story()).was_told
    assert world.heard == ["in time"]


def test_a_tab_that_only_looks_on_is_told_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It need not send anything."""
    monkeypatch.setattr(sign_in_gate, "LOOK_EVERY", 0.01)

    async def story() -> bool:
        tab = Tab(world, world.cookie())
        await tab.say("in time")
        world.now += 3600
        is_told = await tab.ended()
        await tab.close()
        return is_told

    assert asyncio.run(story())


@pytest.mark.parametrize("path", ["/", "/inbox", "/export/x", "/auth/login", "/static/x"])
def test_a_set_up_that_cannot_work_lets_nobody_in(path: str, world: World) -> None:
    """The page says what to correct, and nothing else is served but the health checks."""
    world.gate = sign_in_gate.Closed(world.application, "[auth] lacks client_id.")  # type: ignore[assignment]
    answer = world.get(path, accept=PAGE)

    assert (answer.status, world.reached) == (503, [])
    assert "[auth] lacks client_id." in answer.text
    assert world.get("/healthz").status == 200


def test_a_page_waits_for_nothing_from_elsewhere(world: World) -> None:
    """No script, no address of another server: the policy of the dashboard holds for the sign-in too."""
    text = world.get("/", accept=PAGE).text

    assert "<script" not in text
    assert "http" not in text.replace("http-equiv", "")
