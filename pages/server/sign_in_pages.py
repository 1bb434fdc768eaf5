"""The pages of the sign-in: people who are not let in read why, and what to do. Without scripts, in both themes."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, replace
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

ICON: Final = Path(__file__).parents[1] / "icon.png"


@dataclass(frozen=True, slots=True)
class Notice:
    """A reason, with its HTTP status. `text`: may have `{about}` and `{hours}`. `button`: what its links say.

    `forgets`: whether the browser forgets the cookies of the sign-in.
    """

    status: int
    title: str
    text: str
    button: str = "Try again"
    forgets: bool = True


SIGN_IN: Final = Notice(
    401,
    "Sign in to Loop feedback",
    "This dashboard is for people who are on its list. After signing in you see the page that you asked for.",
    "Sign in",
)
SIGNED_OUT: Final = Notice(
    401,
    "You are signed out",
    "All tabs of this browser are signed out, within a minute.",
    "Sign in again",
    forgets=False,
)
LEFT: Final = replace(SIGNED_OUT, forgets=True)
SIGNED_OUT_HERE: Final = Notice(
    500,
    "You are signed out in this browser only",
    "The sign-out could not be written down. A copy of your cookie may still be good in another process of the "
    "dashboard, or after its next start, and you are still signed in with the provider. Tell whoever runs the "
    "dashboard: the log has the reason.",
    "Sign in again",
)
EXPIRED: Final = Notice(
    401,
    "Your sign-in has expired",
    "A sign-in lasts {hours}. Sign in again to go on where you were; what you typed into the form is still there.",
    "Sign in again",
    forgets=False,
)
DENIED: Final = Notice(
    403, "You were not signed in", "The sign-in provider did not let you in, or you cancelled. Its reason: {about}."
)
PROVIDER_DOWN: Final = Notice(
    502,
    "The sign-in provider does not answer",
    "The dashboard runs, but the service that signs people in cannot be reached, or refuses to talk to it. Try again "
    "in a few minutes. If it lasts, tell whoever runs the dashboard: the log has the reason.",
    forgets=False,
)
INCOMPLETE: Final = Notice(
    400,
    "The sign-in was not completed",
    "It took too long, was opened twice, or the provider stopped answering half way. Your account is fine.",
)
NOT_LISTED: Final = Notice(
    403,
    "You are not on the list",
    "The provider knows you as {about}, but this address is not on the list of this dashboard. Ask whoever runs it to "
    "add you, or use another account.",
    "Use another account",
)
NOT_VERIFIED: Final = Notice(
    403,
    "Your e-mail address is not verified",
    "The provider does not say that {about} is really yours. Verify the address there, then sign in again. If it is "
    "verified, the provider has to be set up to say so: tell whoever runs the dashboard.",
    "Sign in again",
)
NO_EMAIL: Final = Notice(
    403,
    "The provider gave no e-mail address",
    "The dashboard lets people in by their e-mail address, and the provider named none. Use another account, or tell "
    "whoever runs the dashboard.",
    "Use another account",
)
TOO_LARGE: Final = Notice(
    431,
    "This browser sends too many cookies",
    "The cookies for this address are too large, so no page can open a connection. Those of the sign-in are deleted "
    "now. If this page comes back, delete all cookies of this address in the browser's settings.",
    "Sign in again",
)
NOT_SET_UP: Final = Notice(503, "The sign-in is not set up", "{about} Then start the dashboard again.")

STYLE: Final = """
:root{color-scheme:light dark;--page:#F5F6F8;--card:#FFFFFF;--text:#141822;--soft:#565E6C;--line:#DDE1E8;--key:#2F5FD0}
@media(prefers-color-scheme:dark){
:root{--page:#12161F;--card:#1B212D;--text:#E8EBF1;--soft:#A9B1C0;--line:#313948;--key:#4470E0}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1.25rem;background:var(--page);color:var(--text);
font:1rem/1.55 "Source Sans","Source Sans Pro",system-ui,sans-serif}
main{width:100%;max-width:27rem;padding:2rem;background:var(--card);border:1px solid var(--line);border-radius:.75rem}
.name{display:flex;align-items:center;gap:.6rem;margin:0 0 1.5rem;color:var(--soft);font-weight:600}
h1{margin:0 0 .6rem;font-size:1.45rem;line-height:1.25;font-weight:650}
p{margin:0 0 1.5rem;color:var(--soft);overflow-wrap:anywhere}
b{color:var(--text);font-weight:600}
a{display:block;margin-top:.6rem;padding:.65rem 1rem;border-radius:.5rem;background:var(--key);color:#FFF;
font-weight:600;text-align:center;text-decoration:none}
a:hover{filter:brightness(1.1)}
a:focus-visible{outline:3px solid var(--key);outline-offset:2px}
""".replace("\n", "")


def page(notice: Notice, targets: Mapping[str, str], about: str, hours: float = 0) -> bytes:
    """The page of a notice, as HTML. `targets`: provider → where its button leads. `about`: as in the notice's text."""
    labels = {name: f" with {name[:1].upper()}{name[1:]}" if len(targets) > 1 else "" for name in targets}
    links = "".join(
        f'<a href="{escape(target)}">{escape(notice.button + labels[name])}</a>' for name, target in targets.items()
    )
    text = escape(notice.text).format(about=f"<b>{escape(about)}</b>", hours=duration(hours))
    if notice is NOT_SET_UP:
        text = escape(notice.text.format(about=about))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex">'
        f"<title>{escape(notice.title)}</title>"
        f'<link rel="icon" href="{icon()}"><style>{STYLE}</style></head><body><main>'
        f'<div class="name"><img src="{icon()}" width="28" height="28" alt="">Loop feedback</div>'
        f"<h1>{escape(notice.title)}</h1><p>{text}</p>{links}</main></body></html>"
    ).encode()


@cache
def icon() -> str:
    """The dashboard's icon as an address."""
    return f"data:image/png;base64,{b64encode(ICON.read_bytes()).decode()}"


def duration(hours: float) -> str:
    """A number of hours in words."""
    number, unit = (hours, "hour") if hours >= 1 else (max(1, round(hours * 60)), "minute")
    return f"{number:g} {unit}{'' if number == 1 else 's'}"
