"""The ratings of a file → sentiments, once all of them are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from loop_client.service.formats.engine import UNKNOWN
from loop_client.service.formats.headers import folded
from loop_client.service.formats.scales import NO_RATING, SCALES, certain_scale, number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from loop_client.service.formats.description import Format, Group, Plan, Sample
    from loop_client.service.formats.engine import Outcome, RatingKey
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
    def of(cls, form: Format, sample: Sample, plan: Plan, outcome: Outcome, options: ImportOptions) -> Ratings:
        """Find the scale of each column from all values that it has, and rate them."""
        by_hand = {folded(value): sentiment or None for value, sentiment in options.ratings.items()}
        seen = [[key for key in outcome.seen if key[0] == place] for place in range(len(plan.rating))]
        scales = [
            options.scale
            or scale
            or _named(keys)
            or _detected(form, sample, group, {key[2] for key in keys} - {*by_hand})
            for (group, scale), keys in zip(plan.rating, seen, strict=True)
        ]
        sentiments: dict[RatingKey, str | None] = {}
        for key in outcome.seen:
            place, named, value = key
            scale = options.scale or named or scales[place]
            plain = number(value)
            spelt = value if value in by_hand or plain is None else str(plain)
            if spelt in by_hand:
                sentiments[key] = by_hand[spelt]
            elif scale in SCALES and (sentiment := SCALES[scale](value)) is not None:
                sentiments[key] = sentiment
            elif scale == "good-bad" and value in NO_RATING:
                sentiments[key] = None
        unknown = {key[0] for key in outcome.seen if key not in sentiments}
        unsure = tuple(place for place in sorted(unknown) if scales[place] in {None, UNKNOWN})
        return cls(tuple(None if scale == UNKNOWN else scale for scale in scales), sentiments, unsure)


def _named(keys: Iterable[RatingKey]) -> str | None:
    """The scale that the file names for these ratings; `UNKNOWN` where it names one that we do not know."""
    named = {key[1] for key in keys if key[1]}
    return UNKNOWN if UNKNOWN in named else next(iter(named), None)


def _detected(form: Format, sample: Sample, group: Group, values: set[str]) -> str | None:
    """The scale that these values have for certain, or the format's own where it knows all of them."""
    if form.scale and values and all(SCALES[form.scale](value) is not None for value in values):
        return form.scale
    title = " ".join(record[group[0]] for record in sample.header.records)
    return certain_scale(values, title) or form.scale
