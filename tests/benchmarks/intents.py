"""Labelled short texts in many languages: the sentence templates of home-assistant-intents, filled at random."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import home_assistant_intents

if TYPE_CHECKING:
    from collections.abc import Sequence

EACH: Final = 60
"""Most sentences of an intent."""

NAMES: Final = (
    *("kitchen", "bedroom", "garage", "attic", "cellar", "balcony", "office", "hallway", "nursery", "porch", "garden"),
    *("Rosa", "Bruno", "Nimbus", "Pixel", "Marvin", "Olga", "Dexter", "Willow", "Saturn", "Pepper", "Mango", "Tulip"),
)
"""What stands for rooms, devices and lists, which a home names itself."""

_INNERMOST = re.compile(r"\(([^()\[\]<>{}]*)\)|\[([^()\[\]<>{}]*)\]")
_NAMED = re.compile(r"<([^<>]+)>|\{([^{}:]+)(?::[^{}]*)?\}")


def sentences(language: str, seed: int = 1) -> list[tuple[str, str]]:
    """(sentence, intent) pairs, each sentence once, in random order."""
    path = Path(home_assistant_intents.__file__).parent / "data" / f"{language}.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    r = random.Random(seed)  # noqa: S311 - texts of a benchmark
    found: dict[str, str] = {}
    for intent, about in sorted(data["intents"].items()):
        templates = [template for block in about["data"] for template in block["sentences"]]
        drawn = {filled(r.choice(templates), data, r) for _ in range(4 * EACH)} if templates else set()
        for text in sorted(drawn - {""} - found.keys())[:: max(1, len(drawn) // EACH)][:EACH]:
            found[text] = intent
    return r.sample(sorted(found.items()), len(found))


def filled(template: str, data: dict[str, Any], r: random.Random) -> str:
    """A sentence of this template: `(one|other)`, `(first;second)` in any order, `[optional]`, `<rule>`, `{list}`."""
    while choice := _INNERMOST.search(template) or _NAMED.search(template):
        if choice.re is _INNERMOST:
            words = choice[1] if choice[1] is not None else r.choice([choice[2], ""])
            parts = r.choice(words.split("|")).split(";")
            new = " ".join(r.sample(parts, len(parts)))
        else:
            new = f"({data['expansion_rules'].get(choice[1], '') if choice[1] else _value(data, choice[2], r)})"
        template = template[: choice.start()] + new + template[choice.end() :]
    return " ".join(template.split())


def _value(data: dict[str, Any], name: str, r: random.Random) -> str:
    about = data["lists"].get(name, {})
    values: Sequence[Any] = about.get("values") or ([str(r.randrange(1, 100))] if "range" in about else NAMES)
    value = r.choice(values)
    return str(value.get("in", "")) if isinstance(value, dict) else str(value)
