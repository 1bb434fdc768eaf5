"""The protocol between a sandbox and the process that starts it."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Final

API_KEY: Final = re.compile(r"[!-~]+")
"""Printable ASCII without spaces: the characters that an Authorization header allows."""

FIRST_LINE: Final = re.compile(rb"Loop sandbox on http://127\.0\.0\.1:(\d+)/v2\n")
"""Printed by a sandbox once it listens."""

PORT_TAKEN: Final = 3
"""Exit code of a sandbox whose port is in use."""


def proof(api_key: str, challenge: str) -> bytes:
    """The answer to a challenge, which requires the key and does not reveal it."""
    key = hashlib.sha256(b"proof" + api_key.encode()).digest()
    return hmac.digest(key, challenge.encode(), "sha256").hex().encode()
