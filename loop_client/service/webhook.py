"""Posts a text to an incoming webhook, as chats have them.

Its address is a secret: no sentence repeats more of it than the host. The client of the API is not used, so that its
key can never be sent there.
"""

from __future__ import annotations

import ipaddress
import json
import queue
import re
import socket
import threading
import time
from contextlib import closing
from typing import Final

import httpx

from loop_client import LoopError
from loop_client.transport import DeadlineTransport, deadline
from loop_client.version import VERSION

WITHIN: Final = 10.0
"""Seconds for everything: the look-up of the host's name, the connection and the whole answer."""

WRONG: Final = "An incoming webhook has an address that begins with https://, or with http:// on this very machine."


class WebhookError(LoopError):
    """The text could not be posted, or nobody knows whether it was."""


def is_usable(url: str) -> bool:
    """Whether a text may be posted to this address: by https, or by http to this machine, and without credentials."""
    try:
        parsed = httpx.URL(url) if re.fullmatch(r"[\x21-\x7e]+", url) else httpx.URL()
        host, port = parsed.host, parsed.port
    except (httpx.InvalidURL, ValueError):
        return False
    if not host or parsed.userinfo or (port is not None and not 0 < port <= 65535):
        return False
    return parsed.scheme == "https" or (parsed.scheme == "http" and _is_this_machine(host))


def post(url: str, text: str) -> None:
    """Post a text, once, within 10 s. Redirects are not followed.

    Raises:
        WebhookError: The address cannot be used, does not answer in time, or answers with another status than 2xx.
    """
    if not is_usable(url):
        raise WebhookError(WRONG)
    host = httpx.URL(url).host
    content = json.dumps({"text": text}).encode()
    headers = {"Content-Type": "application/json", "User-Agent": f"loop-dashboard/{VERSION}", "Accept": "*/*"}
    request = httpx.Request("POST", url, headers=headers, content=content)
    deadline.set(time.monotonic() + WITHIN)
    with closing(DeadlineTransport(url)) as transport:
        try:
            status = _status(transport, request)
        except httpx.TimeoutException as error:
            is_sent = not isinstance(error, httpx.ConnectTimeout)
            then = "The text may have been posted." if is_sent else "Nothing was posted."
            raise WebhookError(f"{host} did not answer within {WITHIN:g} s. {then}") from None
        except (httpx.TransportError, UnicodeError):
            raise WebhookError(f"{host} cannot be reached. Look at the address, and post again.") from None
    if not 200 <= status < 300:
        led = " Redirects are not followed." if 300 <= status < 400 else ""
        raise WebhookError(f"{host} refused the text (status {status}).{led} Look at the address, and post again.")


def _status(transport: DeadlineTransport, request: httpx.Request) -> int:
    """The status of the answer from the first address that can be reached, each within its share of the time left."""
    name, timeouts = request.url.host, dict.fromkeys(("read", "write", "pool"), WITHIN)
    addresses = _addresses(name, deadline.get() - time.monotonic())
    for left in range(len(addresses), 0, -1):
        share = max(deadline.get() - time.monotonic(), 0) / left
        request.url = request.url.copy_with(host=addresses[-left])  # the header Host stays
        request.extensions = {"timeout": {**timeouts, "connect": share}, "sni_hostname": name}
        try:
            with closing(transport.handle_request(request)) as response:
                return response.status_code
        except (httpx.ConnectError, httpx.ConnectTimeout):
            if left == 1:
                raise
    raise httpx.ConnectError(f"{name} has no address")


def _addresses(name: str, within: float) -> list[str]:
    """The addresses of a host, looked up in a thread of its own: the system has no deadline for it."""
    found: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            rows = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
            found.put([*dict.fromkeys(str(address[0]) for *_, address in rows)])
        except Exception as error:  # noqa: BLE001 - raised below
            found.put(error)

    threading.Thread(target=look_up, name="look-up", daemon=True).start()
    try:
        answer = found.get(timeout=within)
    except queue.Empty:
        raise httpx.ConnectTimeout("the name was not looked up in time") from None
    if isinstance(answer, OSError):
        raise httpx.ConnectError(str(answer)) from answer
    if isinstance(answer, Exception):
        raise answer
    return answer


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
