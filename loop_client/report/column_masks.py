"""Masks whole columns: Arrow finds the texts that may hold something to mask, and `masking` reads these alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loop_client.report.masking import masked_name, masked_person, masked_text

if TYPE_CHECKING:
    from loop_client.report.masking import People

_REACH: Final = "[@\uff20\ufe6b]|%40|\\pN(?:\\PN{0,4}\\pN){5}"
"""What stands in every text that has an address or a long number, and in some others."""

_APART: Final = "[^0-9A-Za-z_]+"

_WORD: Final = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Mask:
    """Masks people, addresses and long numbers, see `masking`. `people`: whose ids are masked in texts."""

    people: People
    salt: bytes

    def person(self, user_id: str) -> str:
        """An alias."""
        return masked_person(user_id, self.salt)

    def name(self, name: str) -> str:
        """A status, a sentiment, a tag or a source."""
        return masked_name(name, self.people, self.salt)

    def texts(self, texts: pa.Array) -> pa.Array:
        """Texts, each as `masked_text` has it; those that hold nothing to mask are not read one by one."""
        doubtful = self._doubtful(texts)
        found = texts.filter(doubtful).to_pylist()
        masked = [masked_text(text, self.people.named_in(text), self.salt) for text in found]
        return pc.replace_with_mask(texts, doubtful, pa.array(masked, texts.type))

    def _doubtful(self, texts: pa.Array) -> pa.Array:
        """Which texts may hold something: an address, a number, or an id, which begins with a word or with a sign."""
        first = self.people.folded.lengths
        signs = {sign for piece in first if not _WORD.match(piece) for sign in (piece, "`" if piece == "'" else piece)}
        held = f"{_REACH}|[{''.join(map(re.escape, signs))}]" if signs else _REACH
        doubtful = pc.match_substring_regex(texts, held).to_numpy(zero_copy_only=False).copy()
        words = pc.ascii_split_whitespace(texts)
        each = words.flatten().dictionary_encode()
        named = self._naming(each.dictionary)[each.indices.to_numpy()]
        doubtful[pc.list_parent_indices(words).to_numpy()[named]] = True
        return pa.array(doubtful)

    def _naming(self, words: pa.Array) -> np.ndarray:
        """Which words have in them what an id begins with."""
        parts = pc.split_pattern_regex(pc.ascii_lower(words), _APART)  # what is ASCII is folded by its case
        known = pa.array(filter(str.isascii, self.people.folded.lengths), words.type)
        named = np.zeros(len(words), bool)
        found = pc.is_in(parts.flatten(), known).to_numpy(zero_copy_only=False)
        named[pc.list_parent_indices(parts).to_numpy()[found]] = True
        others = np.flatnonzero(~named & ~pc.string_is_ascii(words).to_numpy(zero_copy_only=False))
        named[others] = list(map(self.people.may_be_named_in, words.take(pa.array(others)).to_pylist()))
        return named
