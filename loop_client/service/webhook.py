"""Posts a text to an incoming webhook, as chats have them.

Its address is a secret: no sentence repeats more of it than the host. The client of the API is not used, so that its
key can never be sent there.
"""

from __future__ import annotations

import ipaddress
import json
import re
import time
from contextlib import closing
from typing import Final

import httpx

from loop_client import LoopError
from loop_client.transport import DeadlineTransport, deadline
from loop_client.version import VERSION

WITHIN: Final = 10.0
"""Seconds for the whole answer."""

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
    request.extensions = {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), WITHIN)}
    deadline.set(time.monotonic() + WITHIN)
    with closing(DeadlineTransport(url)) as transport:
        try:
            with closing(transport.handle_request(request)) as response:
                status = response.status_code
        except httpx.TimeoutException:
            raise WebhookError(f"{host} did not answer within {WITHIN:g} s. The text may have been posted.") from None
        except (httpx.TransportError, UnicodeError):
            raise WebhookError(f"{host} cannot be reached. Look at the address, and post again.") from None
    if not 200 <= status < 300:
        led = " Redirects are not followed." if 300 <= status < 400 else ""
        raise WebhookError(f"{host} refused the text (status {status}).{led} Look at the address, and post again.")


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
