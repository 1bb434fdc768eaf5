"""One draft of the outbox as a row: what somebody wrote, and what became of it."""

from __future__ import annotations

import json
import zlib
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, Self

import pyarrow as pa

from loop_client.feedback import as_stored

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loop_client.models import Text


class DraftState(StrEnum):
    """Where a draft is on its way to Loop."""

    WAITING = "waiting"
    """Written down, and not sent; or sent and provably not stored."""
    SENDING = "sending"
    """Loop may be storing it now."""
    STORED = "stored"
    """Loop has it, as `item_id`."""
    REFUSED = "refused"
    """Loop refused it, and says why."""
    UNKNOWN = "unknown"
    """Loop's answer was lost: it may have been stored, or not."""
    DISCARDED = "discarded"
    """A person gave it up."""


SETTLED = (DraftState.STORED, DraftState.DISCARDED)
"""States in which nothing is left to do for anybody."""


class DraftRow(NamedTuple):
    """One draft. Times are µs since 1970, UTC, by Loop's clock as far as it is known.

    `token`: its name, unguessable. `account`: the one that it was written for, as the mirror names accounts.
    `created`: when it was written down; `changed`: last. `sent_from`, `sent_until`: between these Loop may have stored
    it; `sent_until` is None while it is being sent. `known`: the ids, as a JSON array, of equal items that were in the
    list before it was sent. `item_created`: when Loop stored the item. `is_matched`: the item
    was found in the list, and no answer named it. `error`: what went wrong last, as a sentence; `said`: Loop's own
    words in it. `tries`: how often it was sent. `not_before`: when it may be sent again. `repeats`: the token of the
    draft that a person sends again with this one. `owner`: who wrote it, if somebody was
    signed in. `number`: in which order drafts were written down, from 1; `change`:
    the number of the last change, in all drafts together; the store sets both.
    """

    token: str
    account: str
    user_id: str
    message: str
    sentiment: Text
    source: Text
    tag: Text
    is_bulk: int
    state: str
    created: int
    changed: int
    sent_from: int | None = None
    sent_until: int | None = None
    known: Text = None
    item_id: Text = None
    item_created: int | None = None
    is_matched: int = 0
    error: Text = None
    said: Text = None
    tries: int = 0
    not_before: int = 0
    repeats: Text = None
    number: int = 0
    change: int = 0
    owner: Text = None

    @property
    def texts(self) -> tuple[str, ...]:
        """The five fields as Loop's items are compared with them."""
        return as_stored(self.user_id, self.message, self.sentiment, self.source, self.tag)

    @property
    def known_ids(self) -> list[str]:
        """The ids in `known`."""
        return list(json.loads(self.known)) if self.known else []

    def is_seen_by(self, person: str | None) -> bool:
        """Whether a person may see it who is signed in; None without a sign-in, where everybody may see all."""
        return person is None or self.owner in {None, person}

    def knowing(self, item_ids: Sequence[str]) -> Self:
        """The draft with these ids in `known`."""
        return self._replace(known=json.dumps(item_ids) if item_ids else None)

    def seal(self) -> int:
        """A checksum of all of it, 32 bits; without an owner that of the versions that knew none."""
        return zlib.crc32(json.dumps(self if self.owner is not None else self[:-1]).encode())


INTEGERS = {"is_bulk", "created", "changed", "sent_from", "sent_until", "item_created", "is_matched", "tries"}
INTEGERS |= {"not_before", "number", "change", "seal"}
OPTIONAL = {"sentiment", "source", "tag", "sent_from", "sent_until", "known", "item_id", "item_created"}
OPTIONAL |= {"error", "said", "repeats", "owner"}
DRAFT_COLUMNS = pa.schema(
    [
        *(
            pa.field(name, pa.int64() if name in INTEGERS else pa.string(), name in OPTIONAL)
            for name in DraftRow._fields
        ),
        pa.field("seal", pa.int64(), nullable=False),
    ]
)
"""A draft as it is stored, with its checksum."""
