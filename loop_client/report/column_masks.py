"""Masks columns of texts: Arrow finds the texts that may need it, and only these go through `masking`."""

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
"""Matches every text with an address or a long number, and some others."""

_APART: Final = "[^0-9A-Za-z_]+"

_WORD: Final = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Mask:
    """Masks people, addresses and long numbers, see `masking`. `people`: the people whose ids are masked in texts."""

    people: People
    salt: bytes

    def person(self, user_id: str) -> str:
        """The pseudonym of a person."""
        return masked_person(user_id, self.salt)

    def name(self, name: str) -> str:
        """A status, sentiment, tag or source with ids of people masked."""
        return masked_name(name, self.people, self.salt)

    def text(self, text: str) -> str:
        """Any text, masked."""
        return masked_text(text, self.people.named_in(text), self.salt)

    def texts(self, texts: pa.Array) -> pa.Array:
        """Mask each text as `masked_text` does; texts without anything to mask are skipped."""
        candidates = self._candidates(texts)
        found = texts.filter(candidates).to_pylist()
        return pc.replace_with_mask(texts, candidates, pa.array(map(self.text, found), texts.type))

    def _candidates(self, texts: pa.Array) -> pa.Array:
        """Mask of the texts that may contain an address, a number or an id; an id begins with a word or with a sign."""
        first = self.people.folded.lengths
        signs = {sign for piece in first if not _WORD.match(piece) for sign in (piece, "`" if piece == "'" else piece)}
        pattern = f"{_REACH}|[{''.join(map(re.escape, signs))}]" if signs else _REACH
        candidates = pc.match_substring_regex(texts, pattern).to_numpy(zero_copy_only=False).copy()
        words = pc.ascii_split_whitespace(texts)
        each = words.flatten().dictionary_encode()
        named = self._naming(each.dictionary)[each.indices.to_numpy()]
        candidates[pc.list_parent_indices(words).to_numpy()[named]] = True
        return pa.array(candidates)

    def _naming(self, words: pa.Array) -> np.ndarray:
        """Mask of the words that contain the beginning of an id."""
        parts = pc.split_pattern_regex(pc.ascii_lower(words), _APART)  # lower case is all that folding does to ASCII
        known = pa.array(filter(str.isascii, self.people.folded.lengths), words.type)
        named = np.zeros(len(words), bool)
        found = pc.is_in(parts.flatten(), known).to_numpy(zero_copy_only=False)
        named[pc.list_parent_indices(parts).to_numpy()[found]] = True
        others = np.flatnonzero(~named & ~pc.string_is_ascii(words).to_numpy(zero_copy_only=False))
        named[others] = list(map(self.people.may_be_named_in, words.take(pa.array(others)).to_pylist()))
        return named
