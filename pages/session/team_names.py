"""People as the team knows them, wherever one is shown in full."""

from __future__ import annotations

from loop_client.report import people_columns
from pages.session import runtime, share_safe


def person(user_id: str) -> str:
    """A person's id, with name and company where `people.csv` has them; with share-safe on, a pseudonym alone."""
    called = () if share_safe.is_on() else people_columns.called(runtime.people().table, user_id)
    return " · ".join([share_safe.person(user_id), *called])
