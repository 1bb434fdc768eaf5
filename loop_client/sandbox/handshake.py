"""What a sandbox and the process that starts it agree upon."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Final

API_KEY: Final = re.compile(r"[!-~]+")
"""Printable ASCII without spaces: what an Authorization header can carry."""

FIRST_LINE: Final = re.compile(rb"Loop sandbox on http://127\.0\.0\.1:(\d+)/v2\n")
"""What a sandbox prints when it listens."""

PORT_TAKEN: Final = 3
"""Its exit code where the port cannot be used."""


def proof(api_key: str, challenge: str) -> bytes:
    """What only a holder of the key can answer to this challenge, and what does not tell the key."""
    key = hashlib.sha256(b"proof" + api_key.encode()).digest()
    return hmac.digest(key, challenge.encode(), "sha256").hex().encode()
