"""Reviews of the app stores: Google Play's monthly reports."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote_plus

from loop_client.service.formats.description import Format, has


def review_id(link: str) -> str:
    """The id of a review from its link, whose parameters come in any order; a value that is no link is the id."""
    if match := _REVIEW_ID.search(link):
        found = match[1].replace("%3A", ":")
        return unquote_plus(found).strip() if "%" in found or "+" in found else found
    return "" if "://" in link else link


_REVIEW_ID: Final = re.compile(r"[?&]reviewId=([^&#]*)")


GOOGLE_PLAY: Final = Format(
    name="google-play-console",
    source="google-play",
    matches=has("package name", "star rating", "review text", "review link"),
    user_id=("review link",),
    response_ids=frozenset({"review link"}),
    response_id=review_id,
    message=("review title", "review text"),
    rating=("star rating",),
    scale="stars-5",
    date=("review submit date and time", "review submit millis since epoch"),
)
