"""A real nginx for tests, with the configuration that deployments copy: on loopback, in a folder of its own."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT: Final = Path(__file__).parents[1]
HOW_TO_GET_ONE: Final = "no nginx found; on Debian: sudo apt-get install nginx-light"
START_SECONDS: Final = 20.0
TEMPORARY: Final = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
"""What nginx keeps temporary files of, each in a folder that must be there."""


def program() -> str | None:
    """The path of nginx on this machine, which is not always on the PATH of a user; None without one."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


@dataclass(frozen=True, slots=True)
class Place:
    """Where an nginx runs. `replicas`: the ports of the dashboard's processes. `more`: servers besides ours."""

    folder: Path
    port: int
    replicas: Sequence[int]
    certificate: Path | None = None
    """A file with certificate and key; None for plain HTTP."""
    more: str = ""
    down: Sequence[int] = ()
    """The ports of processes that get no requests."""

    def prepared(self) -> list[str]:
        """Write the files, and return the command."""
        found = program()
        assert found is not None, HOW_TO_GET_ONE
        for name in TEMPORARY:
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        temporary = "\n".join(f"    {name}_temp_path {self.folder / name};" for name in TEMPORARY)
        user = "user root;\n" if os.geteuid() == 0 else ""  # the folder is for its owner only
        (self.folder / "loop.conf").write_text(self._site())
        (self.folder / "main.conf").write_text(
            f"{user}daemon off;\nworker_processes 1;\npid {self.folder / 'nginx.pid'};\n"
            "events { worker_connections 2048; }\n"
            f"http {{\n{temporary}\n    access_log off;\n    include {self.folder / 'loop.conf'};\n{self.more}\n}}\n"
        )
        return [
            found,
            "-p",
            str(self.folder),
            "-e",
            str(self.folder / "start.log"),
            "-c",
            str(self.folder / "main.conf"),
        ]

    def _site(self) -> str:
        """The configuration of docs/deploy with the paths and ports of this place, and otherwise as it is."""
        text = (ROOT / "docs" / "deploy" / "nginx.conf").read_text().replace("/var/log/nginx/", f"{self.folder}/")
        ours = "".join(
            f"    server 127.0.0.1:{port}{' down' if port in self.down else ''}\\2\n" for port in self.replicas
        )
        text = re.sub(r"( +server 127\.0\.0\.1:\d+( .*)\n)+", ours, text)
        text = text.replace("server_name loop.example.com;", "server_name localhost;")
        if self.certificate is None:
            text = re.sub(r"^ +ssl_certificate(_key)? .*\n", "", text, flags=re.MULTILINE).replace("; Secure", "")
            return text.replace("listen 443 ssl;", f"listen 127.0.0.1:{self.port};")
        text = re.sub(r"/etc/ssl/loop\.(pem|key)", str(self.certificate), text)
        return text.replace("listen 443 ssl;", f"listen 127.0.0.1:{self.port} ssl;")


class Nginx:
    """One nginx with its workers, which can be killed, reloaded and started again."""

    def __init__(self, place: Place) -> None:
        """Start nothing yet."""
        self.place = place
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers. It ends with the thread that started it."""
        with_parent = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
        command = [*with_parent, *self.place.prepared()]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
        deadline = time.monotonic() + START_SECONDS
        while self._process.poll() is None and time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.place.port)) == 0:
                    return
            time.sleep(0.02)
        raise AssertionError(f"nginx did not start:\n{(self.place.folder / 'start.log').read_text()}")

    def kill(self) -> None:
        """End it and its workers at once: a worker alone would go on to answer."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(timeout=START_SECONDS)

    def reload(self, place: Place | None = None) -> None:
        """Let it read its files again, as after a change. `place`: what they say from now on."""
        self.place = place or self.place
        self.place.prepared()
        assert self._process is not None
        self._process.send_signal(signal.SIGHUP)

    def stop(self) -> None:
        """End it, if it runs."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=START_SECONDS)


@contextmanager
def running_nginx(place: Place) -> Iterator[Nginx]:
    """An nginx that runs until the block ends, or until the thread that started it does."""
    nginx = Nginx(place)
    try:
        nginx.start()
        yield nginx
    finally:
        nginx.stop()
