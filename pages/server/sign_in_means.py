"""What the gate of the sign-in needs of Streamlit, handed in by `app.py`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True)
class Means:
    """Streamlit's cookies, addresses and messages.

    `opened`: the content of a signed cookie among these cookies; None without one that the present secret signed.
    `signed`: the value of a cookie of this name and content. `login`: the address at which Streamlit sends people to a
    provider. `reload`: a message that makes a tab ask for its page again. `now`: seconds since 1970. `longest_line`:
    bytes of cookies above which a server accepts no WebSocket.
    """

    opened: Callable[[Mapping[str, str], str], Mapping[str, Any] | None]
    signed: Callable[[str, Mapping[str, Any]], str]
    login: Callable[[str], str]
    reload: bytes
    now: Callable[[], float]
    longest_line: int
