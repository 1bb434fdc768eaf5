"""Validation of a pasted link: its invalid parts, and names in it brought up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loop_client.query.link import PARAMETERS
from loop_client.query.naming import current_name, matching_names
from loop_client.query.offers import offered
from loop_client.query.parameter_names import Name
from loop_client.query.search import LONGEST_TEXT
from loop_client.query.vocabulary import COUNTED, DOCUMENTED

if TYPE_CHECKING:
    from collections.abc import Callable

    from loop_client.mirror.snapshot import Snapshot
    from loop_client.query.link import Parts

DATES = (Name.SINCE, Name.UNTIL)


def unknown_parts(parts: Parts, snapshot: Snapshot, shown: Callable[[str], str]) -> list[str]:
    """A sentence for each part of a link that is invalid. `shown`: a value → the value as it may be repeated."""
    no_filters = [name for name in parts if name not in PARAMETERS or PARAMETERS[name].fills_in]
    sentences = [f"“{shown(name)}” is not a filter." for name in no_filters]
    for name, documented in DOCUMENTED.items():
        allowed = {*documented, *offered(snapshot)[name]}
        sentences += [f"{name} “{shown(value)}” is not known." for value in parts.get(name, []) if value not in allowed]
    for name, parameter in PARAMETERS.items():
        values = parts.get(name, []) if parameter.read else []
        sentences += [f"{name} “{shown(v)}” {parameter.wrong}." for v in values if parameter.parse(v) is None]
        if len(values) > 1 and not parameter.several:
            sentences.append(f"{name} is given twice.")
    sentences += [f"{name} is left out: the link has last, too." for name in DATES if {name, Name.LAST} <= {*parts}]
    if any(len(text) > LONGEST_TEXT for text in parts.get(Name.TEXT, [])):
        sentences.append(f"The text is longer than {LONGEST_TEXT} characters.")
    return sentences


def current_parts(parts: Parts, snapshot: Snapshot) -> dict[str, list[str]]:
    """The link with current names, see `naming.current_name`.

    It may have an alias of a tag, another normal form of a name, or an older word for an absent value.
    """
    return {part: [_name(part, value, snapshot) for value in values] for part, values in parts.items()}


def _name(part: str, value: str, snapshot: Snapshot) -> str:
    if part == Name.ONLY:
        kind, colon, name = value.partition(":")
        return kind + colon + current_name(kind.removeprefix("not-"), name, snapshot.aliases)
    name, offers = current_name(part, value, snapshot.aliases), offered(snapshot)
    if part not in COUNTED or name in offers[part]:
        return name
    return next(iter(sorted(matching_names([name], snapshot.frame[part].cat.categories))), name)


def is_read(name: str, value: str) -> bool:
    """Whether the reading pages use this part of a link; for tags, sources and people, any value is valid."""
    parameter = PARAMETERS.get(name)
    if parameter is None or not parameter.read:
        return False
    return name in DATES or parameter.parse(value) is not None  # the widget itself rejects an invalid date
