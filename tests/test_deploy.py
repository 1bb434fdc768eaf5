"""What `docs/deploy/` installs and copies is what the project has."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import subprocess
import sys
import threading
import tomllib
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from packaging.requirements import Requirement
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from websockets.sync.client import connect

from tests.browser.signing_in import certificate, free_port
from tests.nginx import HOW_TO_GET_ONE, Place, program, running_nginx
from tests.served import served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request
    from starlette.websockets import WebSocket

ROOT = Path(__file__).parents[1]
LOCK = (ROOT / "requirements.lock").read_text()
ENTRY = re.compile(r"^([\w.-]+)==([^ ;\\]+)[^\\\n]*((?: \\\n +--hash=sha256:[0-9a-f]{64})*)$", re.MULTILINE)


def spelt(name: str) -> str:
    """A package's name in its one spelling."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_lock_has_the_packages_that_the_tests_ran_with() -> None:
    """Each version is that of constraints.txt, and all that the dashboard and its extras ask for is there."""
    locked = {spelt(name): version for name, version, _ in ENTRY.findall(LOCK)}
    pinned = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text().split())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    asked = project["dependencies"] + extras["auth"] + extras["postgres"]

    ran = {spelt(name): version for name, version in pinned.items()}
    assert {name: ran.get(name) for name in locked if name in ran} == {
        name: locked[name] for name in locked if name in ran
    }
    assert {spelt(re.split("[><=]", one)[0]) for one in asked} <= locked.keys()


def test_the_versions_of_the_lock_are_in_the_ranges_of_the_project() -> None:
    """A range that was raised without a new lock is noticed."""
    locked = {spelt(name): version for name, version, _ in ENTRY.findall(LOCK)}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    asked = [Requirement(one) for one in project["dependencies"] + extras["auth"] + extras["postgres"]]

    assert [str(one) for one in asked if locked[spelt(one.name)] not in one.specifier] == []


def test_each_package_of_the_lock_has_a_hash() -> None:
    """Nothing but packages with hashes is in it, and no address."""
    entries = ENTRY.findall(LOCK)

    assert all(hashes for _, _, hashes in entries)
    assert ENTRY.sub("", LOCK).strip() == ""


def test_what_the_container_copies_is_there() -> None:
    """Each file and folder is one of the project, and everything that a page needs is among them."""
    copied = re.findall(r"^COPY (?!--from)(\S+) ", (ROOT / "docs/deploy/Containerfile").read_text(), re.MULTILINE)

    assert all((ROOT / one).exists() for one in copied)
    assert {"app.py", "pages", "loop_client", ".streamlit/config.toml"} <= {*copied}
    assert ".streamlit" not in copied  # its secrets stay out of an image


ASKED = """
from starlette.testclient import TestClient
import app
reader = TestClient(app.app, base_url="http://localhost:8501", client=("10.89.0.1", 50_000))
print(reader.get("/healthz").status_code)
"""
"""Asks as a browser on the machine does through the port that the engine publishes."""


def test_the_composed_container_answers_to_its_machine() -> None:
    """Its readers come from the engine's network, which is not its own machine, under the name localhost."""
    text = (ROOT / "docs/deploy/compose.yaml").read_text()
    given = {name: value for name, value in os.environ.items() if not name.startswith("LOOP_")}
    given |= dict(re.findall(r"^ +(LOOP_\w+): \$\{\1:-(.*)\}$", text, re.MULTILINE))
    asked = subprocess.run(
        [sys.executable, "-c", ASKED], cwd=ROOT, env=given, capture_output=True, text=True, check=True
    )

    assert asked.stdout.split() == ["200"]


def test_the_composed_container_passes_all_settings() -> None:
    """Those of the table in docs/configuration.md, but for what the image sets, a file, and the sandbox's key."""
    table = (ROOT / "docs/configuration.md").read_text().partition("\n## Secrets")[0]
    settings = {*re.findall(r"^\| `(LOOP_\w+)`", table, re.MULTILINE)}
    assert len(settings) > 8
    passed = re.findall(r"^ +(LOOP_\w+):", (ROOT / "docs/deploy/compose.yaml").read_text(), re.MULTILINE)
    assert {*passed} == settings - {"LOOP_DATA_DIR", "LOOP_ALIASES", "LOOP_SANDBOX_API_KEY"}


def test_the_composed_container_finds_the_secrets() -> None:
    """Where they are looked for, and with the settings of a sign-in."""
    text = (ROOT / "docs/deploy/compose.yaml").read_text()
    folder = re.findall(r"^WORKDIR (\S+)$", (ROOT / "docs/deploy/Containerfile").read_text(), re.MULTILINE)[-1]

    assert {"LOOP_ALLOWED_EMAILS", "LOOP_SIGN_IN_HOURS"} <= set(re.findall(r"^ +(LOOP_\w+):", text, re.MULTILINE))
    assert f":{folder}/.streamlit/secrets.toml:ro" in text


@pytest.fixture
def nginx(request: pytest.FixtureRequest) -> str:
    """The path of nginx; without one the test is skipped, or fails under --require-nginx."""
    found = program()
    if found is None:
        (pytest.fail if request.config.getoption("--require-nginx") else pytest.skip)(HOW_TO_GET_ONE)
    return found


def replica(name: str) -> Route:
    """A process of the dashboard that answers with its name and what it was sent."""

    async def answered(request: Request) -> PlainTextResponse:
        size = len(await request.body())
        forwarded = [request.headers.get(f"x-forwarded-{one}", "") for one in ("for", "proto")]
        host = request.headers["host"].partition(":")[0]
        return PlainTextResponse(" ".join([name, host, *forwarded, str(size)]))

    return Route("/{path:path}", answered, methods=["GET", "POST", "PUT"])


@contextmanager
def behind_nginx(folder: Path, replicas: int = 3) -> Iterator[str]:
    """The address of an nginx with our configuration and TLS before this many processes."""
    with ExitStack() as stack:
        addresses = [stack.enter_context(served(replica(f"replica-{number}"))) for number in range(replicas)]
        ports = [int(address.rpartition(":")[2]) for address in addresses]
        place = Place(folder, free_port(), ports, certificate(folder))
        stack.enter_context(running_nginx(place))
        yield f"https://localhost:{place.port}"


@pytest.fixture
def proxy(nginx: str, tmp_path: Path) -> Iterator[str]:
    """The address of an nginx before three processes."""
    assert nginx
    with behind_nginx(tmp_path) as address:
        yield address


def browser(address: str, **options: Any) -> httpx.Client:  # noqa: ANN401 - passed on
    """A browser with cookies of its own, which trusts any certificate."""
    return httpx.Client(base_url=address, verify=False, **options)  # noqa: S501 - our own, made a moment ago


def test_nginx_takes_the_configuration(nginx: str, tmp_path: Path) -> None:
    """`nginx -t` finds nothing to complain about, once paths and ports are those of this test."""
    command = Place(tmp_path, 8443, [8501, 8502, 8503], certificate(tmp_path)).prepared()
    tried = subprocess.run([nginx, *command[1:], "-t"], capture_output=True, text=True, check=False)

    assert (tried.returncode, [line for line in tried.stderr.splitlines() if "[" in line]) == (0, [])


def test_a_browser_stays_with_its_process(proxy: str) -> None:
    """All requests of a browser go to one process, those of many browsers to all of them."""
    seen = []
    for _ in range(24):
        with browser(proxy) as one:
            seen.append({one.get(path).text.split()[0] for path in ("/", "/inbox", "/_stcore/health", "/media/x.png")})

    assert {len(names) for names in seen} == {1}
    assert set.union(*seen) == {"replica-0", "replica-1", "replica-2"}


def test_the_cookie_is_for_https_and_no_script(proxy: str) -> None:
    """A browser gets the cookie once, and no page's script can read it."""
    with browser(proxy) as one:
        first, second = one.get("/"), one.get("/")

    assert first.headers["set-cookie"].partition("; ")[2] == "Path=/; HttpOnly; SameSite=Lax; Secure"
    assert "set-cookie" not in second.headers


def test_a_browser_whose_process_is_away_gets_another(nginx: str, tmp_path: Path) -> None:
    """While a process does not answer, all its browsers still get pages."""
    assert nginx
    with served(replica("there")) as address:
        place = Place(tmp_path, free_port(), [int(address.rpartition(":")[2]), free_port(), free_port()])
        with running_nginx(place):
            answers = [httpx.get(f"http://localhost:{place.port}/") for _ in range(12)]

    assert [(one.status_code, one.text.split()[0]) for one in answers] == [(200, "there")] * 12


def test_a_browser_waits_little_for_a_process_that_starts(nginx: str, tmp_path: Path) -> None:
    """A process that takes connections and does not answer yet is passed over after two seconds, and then at once."""
    assert nginx
    with ExitStack() as stack:
        silent = [stack.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1] for _ in range(2)]
        answering = int(stack.enter_context(served(replica("there"))).rpartition(":")[2])
        place = Place(tmp_path, free_port(), [*silent, answering])
        stack.enter_context(running_nginx(place))
        answers = [httpx.get(f"http://localhost:{place.port}/", timeout=8) for _ in range(12)]

    assert [one.status_code for one in answers] == [200] * 12
    assert (
        sum(one.elapsed.total_seconds() > 1 for one in answers) <= 4
    )  # each silent process is tried again once at most


@pytest.mark.parametrize(("method", "path"), [("PUT", "/_stcore/upload_file/session/file"), ("GET", "/export/link")])
def test_files_pass_by_a_process_that_is_away(nginx: str, tmp_path: Path, method: str, path: str) -> None:
    """An upload or a download whose process does not run goes to one that does."""
    assert nginx
    with served(replica("there")) as address:
        place = Place(tmp_path, free_port(), [int(address.rpartition(":")[2]), free_port(), free_port()])
        with running_nginx(place):
            answers = [
                httpx.request(method, f"http://localhost:{place.port}{path}", content=bytes(1 << 20)) for _ in range(6)
            ]

    assert [(one.status_code, one.text.split()[0]) for one in answers] == [(200, "there")] * 6


@pytest.mark.parametrize("path", ["/sign-in", "/auth/login"])
def test_the_way_to_a_slow_provider_passes(nginx: str, tmp_path: Path, path: str) -> None:
    """A process that asks the provider for three seconds is waited for, and no other one is asked as well."""
    assert nginx
    asked = []

    async def answered(request: Request) -> PlainTextResponse:
        asked.append(request.url.path)
        await asyncio.sleep(3)
        return PlainTextResponse("to the provider")

    with ExitStack() as stack:
        ports = [int(stack.enter_context(served(Route("/{path:path}", answered))).rpartition(":")[2]) for _ in range(2)]
        place = Place(tmp_path, free_port(), ports)
        stack.enter_context(running_nginx(place))
        answer = httpx.get(f"http://localhost:{place.port}{path}", timeout=15)

    assert (answer.status_code, asked) == (200, [path])


def test_a_post_is_sent_once(nginx: str, tmp_path: Path) -> None:
    """A POST whose process breaks off after it was sent goes to no other process."""
    assert nginx
    taken = []

    def breaks_off(listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection:
                    taken.append(connection.recv(65_536))

    with ExitStack() as stack:
        listeners = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(3)]
        for listener in listeners:
            threading.Thread(target=breaks_off, args=(listener,), daemon=True).start()
        place = Place(tmp_path, free_port(), [listener.getsockname()[1] for listener in listeners])
        with running_nginx(place):
            answer = httpx.post(f"http://localhost:{place.port}/hooks/loop/secret", content=b"{}")

    assert answer.status_code == 503
    assert len(taken) == 1


@pytest.mark.parametrize("path", ["_stcore/stream", "news"])
def test_a_tab_stays_connected_while_nothing_happens(nginx: str, tmp_path: Path, path: str) -> None:
    """A WebSocket on which nothing is said for longer than a page may take stays open."""
    assert nginx

    async def silent(tab: WebSocket) -> None:
        await tab.accept()
        await asyncio.sleep(3)
        await tab.send_text("still there")
        await tab.receive()

    with served(WebSocketRoute(f"/{path}", silent)) as address:
        place = Place(tmp_path, free_port(), [int(address.rpartition(":")[2])])
        with running_nginx(place), connect(f"ws://localhost:{place.port}/{path}", proxy=None) as tab:
            assert tab.recv(timeout=10) == "still there"


@pytest.mark.parametrize(("size", "status"), [(25 << 20, 200), (27 << 20, 413)], ids=["largest", "too large"])
def test_the_largest_upload_passes(proxy: str, size: int, status: int) -> None:
    """A file of the size that the dashboard takes passes, and a larger one is refused."""
    with browser(proxy, timeout=60) as one:
        assert one.put("/_stcore/upload_file/session/file", content=bytes(size)).status_code == status


def test_large_cookies_of_others_reach_the_dashboard(proxy: str) -> None:
    """A line of cookies above nginx' own limit passes, so that the dashboard can say what is wrong."""
    with browser(proxy) as one:
        assert one.get("/", headers={"Cookie": f"other={'x' * 16_000}"}).status_code == 200


def test_a_process_learns_the_viewers_address_and_tls(proxy: str) -> None:
    """What a browser claims about its own address is dropped."""
    with browser(proxy) as one:
        answer = one.get("/", headers={"X-Forwarded-For": "10.1.2.3", "X-Forwarded-Proto": "http"})

    assert answer.text.split()[1:4] == ["localhost", "127.0.0.1", "https"]


@pytest.mark.parametrize("replicas", [3, 0], ids=["running", "none running"])
def test_no_log_of_nginx_has_a_secret(nginx: str, tmp_path: Path, replicas: int) -> None:
    """Neither log has the code of a sign-in or the secret of the webhook, also where no process answers."""
    assert nginx
    with ExitStack() as stack:
        addresses = [stack.enter_context(served(replica("there"))) for _ in range(replicas)]
        ports = [int(address.rpartition(":")[2]) for address in addresses] or [free_port()]
        place = Place(tmp_path, free_port(), ports)
        with running_nginx(place):
            address = f"http://localhost:{place.port}"
            httpx.get(f"{address}/oauth2callback?code=one-time-code&state=x")
            httpx.post(f"{address}/hooks/loop/secret-of-the-webhook", content=bytes(2 << 20))
            httpx.get(f"{address}/inbox?q=typed-search")
    logs = "".join(file.read_text() for file in tmp_path.glob("*.log"))

    assert "/inbox" in logs
    assert not re.findall("one-time-code|secret-of-the-webhook", logs)
