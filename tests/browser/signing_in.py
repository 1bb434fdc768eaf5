"""A real OIDC provider on this machine, and dashboards that ask it who people are."""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Final, Self

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.browser.conftest import ROOT, started
from tests.sandboxes import row, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

SECRET: Final = token_hex(20)

PEOPLE: Final = [
    {"sub": "lena", "email": "Lena@example.com", "email_verified": True, "name": "Lena"},
    {"sub": "omar", "email": "omar@example.com", "email_verified": True},
    {"sub": "mallory", "email": "mallory@evil.test", "email_verified": True},
    {"sub": "una", "email": "una@example.com"},
    {
        "sub": "grace",
        "email": "grace@example.com",
        "email_verified": True,
        "groups": [token_hex(18) for _ in range(300)],
    },
]
"""Whom the provider knows; Mallory is not on the list, Una's address is not verified, Grace is in 300 groups."""


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_provider(port: int) -> Iterator[None]:
    """An OIDC provider on this port."""
    people = [part for person in PEOPLE for part in ("--user-claims", json.dumps(person))]
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port), *people]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with suppress(httpx.TransportError):
                httpx.get(f"http://127.0.0.1:{port}/.well-known/openid-configuration")
                break
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


class Place:
    """A data folder with secrets, a sandbox and a provider; dashboards run on it. `port`: of their address."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        """Start the sandbox and the provider."""
        self.folder, self.port, self.provider_port = folder, free_port(), free_port()
        sandbox = stack.enter_context(
            running_sandbox(folder / "sandbox", items=[row(number) for number in range(30, 0, -1)])
        )
        self.provider = stack.enter_context(ExitStack())
        self.provider.enter_context(running_provider(self.provider_port))
        self.environment = {
            "LOOP_API_KEY": sandbox.api_key,
            "LOOP_BASE_URL": sandbox.base_url,
            "LOOP_DATA_DIR": str(folder / "data"),
            "LOOP_ALLOWED_EMAILS": "example.com",
            "HOME": str(folder / "home"),
        }
        self.address = f"http://127.0.0.1:{self.port}"
        self.write_secrets(SECRET)

    def write_secrets(self, secret: str = SECRET) -> None:
        """Write secrets.toml for the address, for the next start."""
        auth = {
            "redirect_uri": f"{self.address}/oauth2callback",
            "cookie_secret": secret,
            "client_id": "loop",
            "client_secret": "secret",
            "server_metadata_url": f"http://127.0.0.1:{self.provider_port}/.well-known/openid-configuration",
        }
        file = self.folder / "home" / ".streamlit" / "secrets.toml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(["[auth]", *(f"{name} = {json.dumps(value)}" for name, value in auth.items())]))

    @contextmanager
    def dashboard(self, port: int = 0, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
        """A dashboard on this port; by default on that of the address."""
        log = self.folder / f"log-{port}"
        log.mkdir(exist_ok=True)
        settings: Any = {**self.environment, **environment}
        with started(Path("app.py"), log, ROOT, port or self.port, **settings) as (_, process):
            yield process

    def log(self) -> str:
        """What the dashboard on the port of the address has logged."""
        return (self.folder / "log-0" / "dashboard.log").read_text()


@contextmanager
def place_in(folder: Path) -> Iterator[Place]:
    """A place without a dashboard yet."""
    with ExitStack() as stack:
        yield Place(folder, stack)


def sign_in(page: Page, person: str) -> None:
    """Click through the sign-in, from the page that asks for it."""
    page.get_by_role("main").get_by_role("link").first.click()
    page.get_by_role("button", name=person, exact=True).click()


def certificate(folder: Path) -> Path:
    """A file with a key and a certificate for this machine, which no browser trusts."""
    key, file = ec.generate_private_key(ec.SECP256R1()), folder / "tls.pem"
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    signed = builder.not_valid_before(begin).not_valid_after(begin + timedelta(days=4_000)).sign(key, hashes.SHA256())
    form = serialization.PrivateFormat.PKCS8
    pem = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    file.write_bytes(pem + signed.public_bytes(serialization.Encoding.PEM))
    return file


class Forwarder:
    """One address for several dashboards, as a proxy has it: new connections go to `target`, a port.

    `certificate`: of a proxy that speaks TLS.
    """

    def __init__(self, port: int, target: int, certificate: Path | None = None) -> None:
        """Listen."""
        self.target, self._tls = target, None
        if certificate:
            self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            self._tls.load_cert_chain(certificate)
        self._listener = socket.create_server(("127.0.0.1", port))
        self._open: list[socket.socket] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def __enter__(self) -> Self:
        """Go on listening."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, and cut all connections."""
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """Cut all connections, as a proxy does whose backend has gone."""
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        with suppress(OSError):
            client = self._tls.wrap_socket(client, server_side=True) if self._tls else client
            server = socket.create_connection(("127.0.0.1", self.target))
            self._open += [client, server]
            threading.Thread(target=self._copy, args=(client, server), daemon=True).start()
            self._copy(server, client)

    @staticmethod
    def _copy(one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while piece := one.recv(65_536):
                other.sendall(piece)
            other.shutdown(socket.SHUT_WR)
