"""The words of the sample feedback: sentences with slots, in the `.toml` files of this folder.

`[topics.NAME]` has a weight, a mood (how often negative, neutral, positive), sentences by sentiment, and `detail`
sentences that may follow a negative one. `[story.NAME]` has the same for a part of the story. `[words]` fills the
slots, `[openings]` and `[closings]` go around, `[typos]` is for the hasty. Each `[odd.NAME]` is an item of its own,
taken as it is; with `until`, it goes on with sentences of all topics up to that many characters.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

T = TypeVar("T")
Sentence: TypeAlias = tuple[str | tuple[str, ...], ...]  # fixed text, and the words that a slot may hold

SENTIMENTS = ("negative", "neutral", "positive")


@cache
def _tables() -> dict[str, Any]:
    tables: dict[str, Any] = {}
    for path in sorted(Path(__file__).parent.glob("*.toml")):
        for name, table in tomllib.loads(path.read_text(encoding="utf-8")).items():
            tables[name] = tables.get(name, {}) | table
    return tables


class Deck(Generic[T]):
    """Draws every card once, in random order, before any comes again."""

    def __init__(self, r: random.Random, cards: Sequence[T]) -> None:
        """Start with all cards in the deck."""
        self._r, self._cards, self._left = r, cards, list[T]()

    def draw(self) -> T:
        """The next card."""
        if not self._left:
            self._left = self._r.sample(self._cards, len(self._cards))
        return self._left.pop()


class Texts:
    """Messages for topics and parts of the story, in the styles of different people."""

    def __init__(self, r: random.Random) -> None:
        """Read the texts and shuffle them."""
        self._r = r
        tables = _tables()
        self.topics: dict[str, Any] = tables["topics"]
        self.odd = Deck(r, list(tables["odd"].values()))
        self.names: list[str] = tables["words"]["names"]
        self._words = {slot: tuple(words) for slot, words in tables["words"].items()}
        self._typos: dict[str, str] = tables["typos"]
        self._typo = re.compile(rf"\b({'|'.join(self._typos)})\b")
        self._sentences = {
            (topic, kind): Deck(r, [self._parsed(sentence) for sentence in table[kind]])
            for topic, table in [*self.topics.items(), *tables["story"].items()]
            for kind in (*SENTIMENTS, "detail")
            if kind in table
        }
        self._around = {
            (place, kind): Deck(r, [self._parsed(sentence) for sentence in sentences])
            for place in ("openings", "closings")
            for kind, sentences in tables[place].items()
        }
        self._seen: set[str] = set()
        self.sentence = ""

    def message(self, topic: str, sentiment: str, style: str, name: str) -> str:
        """A message about a topic, or a part of the story, that did not come up lately; made from `sentence`."""
        for _ in range(8):
            text = self._composed(topic, sentiment, style, name)
            if text not in self._seen:
                break
        if len(self._seen) >= 20_000:
            self._seen.clear()
        self._seen.add(text)
        return text

    def lengthened(self, message: str, sentiment: str, until: int) -> str:
        """The message and a paragraph from here and there, many times, up to a number of characters."""
        sentences = [sentence for topic in self.topics.values() for sentence in topic[sentiment]]
        for sentence in self._r.sample(sentences, len(sentences)) * 3:
            paragraph = "\n\n" + self._filled(self._parsed(sentence))
            if len(message) + len(paragraph) <= until:
                message += paragraph
        return message

    def _composed(self, topic: str, sentiment: str, style: str, name: str) -> str:
        chance = self._r.random
        core = self._sentences[topic, sentiment].draw()
        sentences = [self._filled(core)]
        self.sentence = "".join(part if isinstance(part, str) else f"{{{part[0]}}}" for part in core)
        if sentiment == "negative" and style != "blunt" and len(sentences[0]) < 110 and chance() < 0.35:
            detail = self._sentences[topic, "detail"].draw()
            if not _slots(core) & _slots(detail):  # two seat counts in one message would contradict each other
                sentences.append(self._filled(detail))
        if style in ("polite", "chatty") and chance() < 0.7:
            sentences.insert(0, self._filled(self._around["openings", style].draw()))
        closing = self._closing(sentiment, style)
        if closing and not _slots(core) & _slots(closing):
            sentences.append(self._filled(closing))
        if style == "polite" and chance() < 0.5:
            sentences.append(f"\n{self._filled(self._around['closings', 'polite'].draw())}{name}")
        return self._styled(" ".join(sentences).replace("\n ", "\n").replace(" \n", "\n"), style)

    def _closing(self, sentiment: str, style: str) -> Sentence | None:
        if style == "loud" or (style == "blunt" and sentiment != "negative") or self._r.random() > 0.18:
            return None
        return self._around["closings", "blunt" if style == "blunt" else sentiment].draw()

    def _styled(self, text: str, style: str) -> str:
        if style == "lower":
            return text.lower().removesuffix(".")
        if style == "typos":
            return self._typo.sub(lambda m: self._typos[m[0]] if self._r.random() < 0.35 else m[0], text)
        return text

    def _parsed(self, sentence: str) -> Sentence:
        pieces = re.split(r"\{(\w+)\}", sentence)
        return tuple(self._words[piece] if n % 2 else piece for n, piece in enumerate(pieces))

    def _filled(self, sentence: Sentence) -> str:
        text = "".join(part if isinstance(part, str) else self._r.choice(part) for part in sentence)
        return text if sentence[0] else text[:1].upper() + text[1:]  # some words are lower-case, but not as the first


def _slots(sentence: Sentence) -> set[tuple[str, ...]]:
    return {part for part in sentence if not isinstance(part, str)}
