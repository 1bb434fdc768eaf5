"""The ratings of a file → sentiments, once all of them are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from loop_client.service.formats.engine import UNKNOWN
from loop_client.service.formats.headers import folded
from loop_client.service.formats.scales import NO_RATING, SCALES, certain_scale, number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loop_client.service.formats.description import Format, Plan
    from loop_client.service.formats.engine import Outcome, RatingKey
    from loop_client.service.formats.headers import Header
    from loop_client.service.formats.options import ImportOptions


@dataclass(frozen=True, slots=True)
class Ratings:
    """The scales that were used, and what they make of each rating.

    `scales`: of each column of the plan, None where it is not certain. `sentiments`: of each rating that is known,
    None for one that says that nobody rated. `unsure`: columns of the plan whose scale is not certain.
    """

    scales: tuple[str | None, ...]
    sentiments: Mapping[RatingKey, str | None]
    unsure: tuple[int, ...]

    @classmethod
    def of(cls, form: Format, header: Header, plan: Plan, outcome: Outcome, options: ImportOptions) -> Ratings:
        """Find the scale of each column from all values that it has, and rate them."""
        by_hand = {folded(value): sentiment or None for value, sentiment in options.ratings.items()}
        scales: list[str | None] = []
        for place, (group, scale) in enumerate(plan.rating):
            values = {key[2] for key in outcome.seen if key[0] == place}
            titles = " ".join(record[group[0]] for record in header.records)
            scales.append(options.scale or scale or _detected(form, values - {*by_hand}, titles))
        sentiments: dict[RatingKey, str | None] = {}
        for key in outcome.seen:
            place, named, value = key
            scale = options.scale or (None if named == UNKNOWN else named) or (None if named else scales[place])
            plain = number(value)
            spelt = value if value in by_hand or plain is None else str(plain)
            if spelt in by_hand:
                sentiments[key] = by_hand[spelt]
            elif scale and (sentiment := SCALES[scale](value)) is not None:
                sentiments[key] = sentiment
            elif scale == "good-bad" and value in NO_RATING:
                sentiments[key] = None
        unknown = {key[0] for key in outcome.seen if key not in sentiments}
        unsure = tuple(place for place in sorted(unknown) if scales[place] is None)
        return cls(tuple(scales), sentiments, unsure)


def _detected(form: Format, values: set[str], title: str) -> str | None:
    """The scale that these values have for certain, or the format's own where it knows all of them."""
    if form.scale and values and all(SCALES[form.scale](value) is not None for value in values):
        return form.scale
    return certain_scale(values, title) or form.scale
