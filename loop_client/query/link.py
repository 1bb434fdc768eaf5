"""Links: all parameters in one table, and the `Question` that a link stands for.

A new parameter needs a name and a row here, and its widget. Share-safe, saved views, drill-downs, the validation of
pasted links, exports and shell options follow from the row.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from loop_client.query.drilldown import CLUSTER, WORD, drill_down_of
from loop_client.query.filters import Filters
from loop_client.query.naming import current_name
from loop_client.query.parameter_names import Name
from loop_client.query.periods import ALL_TIME, PERIODS, day, period_start
from loop_client.query.question import Question
from loop_client.query.search import LONGEST_TEXT
from loop_client.query.views import FIRST_VIEW, VIEWS
from loop_client.query.vocabulary import (
    BUCKETS,
    COMPARISONS,
    LIST_COLUMNS,
    MEASURES,
    PEOPLE_ORDERS,
    SENTIMENTS,
    SORTS,
    TAG_ORDERS,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import date

Parts: TypeAlias = "Mapping[str, Sequence[str]]"
"""The query of a link: parameter → values."""

Personal: TypeAlias = Literal["never", "by value", "always"]


def _writes_nothing(_: Question) -> Sequence[str]:
    return ()


@dataclass(frozen=True, slots=True)
class Parameter:
    """The rules for one parameter of a link.

    `parse`: text → value, None when it is invalid. `write`: a question's values for the link. `wrong`: how an invalid
    value is described. `several`: can occur several times. `personal`: whether values can identify a person, so that
    share-safe removes them. `saved`: part of a saved view. `bound`: its widget is bound to the link. `hidden_as`: its
    name in notices while share-safe hides it. `read`: the reading pages use it. `fills_in`: the field of the form that
    it prefills; its name is also the widget's key. `default`: the value of its widget when the link has none.
    """

    parse: Callable[[str], Any] = str
    write: Callable[[Question], Sequence[str]] = _writes_nothing
    wrong: str = "is not known"
    several: bool = False
    personal: Personal = "never"
    saved: bool = False
    bound: bool = False
    hidden_as: str = ""
    read: bool = True
    fills_in: str = ""
    default: Any = None


def _dimension(name: str, hidden_as: str, personal: Personal = "by value") -> Parameter:
    return Parameter(
        partial(current_name, name),
        lambda question: sorted(getattr(question.filters, name)),
        several=True,
        personal=personal,
        saved=True,
        bound=True,
        hidden_as=hidden_as,
    )


def _date(name: str) -> Parameter:
    def write(question: Question) -> Sequence[str]:
        limit = None if question.period else getattr(question.filters, name)
        return [str(limit)] if limit else []

    return Parameter(day, write, "is not a date", saved=True, bound=True)


def _one_of(values: Collection[str]) -> Callable[[str], str | None]:
    return lambda value: value if value in values else None


def _page(value: str) -> int | None:
    return int(value) if value.isascii() and value.isdigit() and 0 < len(value) < 8 and int(value) > 0 else None


def _part(value: str) -> str | None:
    return None if drill_down_of([value])[1] else value


PARAMETERS: Final[dict[str, Parameter]] = {
    Name.STATUS: _dimension("status", "a status"),
    Name.SENTIMENT: _dimension("sentiment", "a sentiment"),
    Name.TAG: _dimension("tag", "a tag"),
    Name.SOURCE: _dimension("source", "a source"),
    Name.USER: _dimension("user", "a person", "always"),
    Name.SINCE: _date("since"),
    Name.UNTIL: _date("until"),
    Name.TEXT: Parameter(
        lambda value: value[:LONGEST_TEXT],
        lambda question: [text] if (text := question.filters.text.strip()) else [],
        personal="always",
        saved=True,
        bound=True,
        hidden_as="a search",
        default="",
    ),
    Name.VIEW: Parameter(
        _one_of(VIEWS), lambda question: [question.view] if question.view != FIRST_VIEW else [], saved=True
    ),
    Name.ONLY: Parameter(
        _part,
        lambda question: question.drill_down.parts,
        several=True,
        personal="by value",
        saved=True,
        hidden_as="a drill-down",
    ),
    Name.LAST: Parameter(
        _one_of(PERIODS), lambda question: [question.period] if question.period else [], saved=True, bound=True
    ),
    Name.SORT: Parameter(
        _one_of(SORTS),
        lambda question: [question.sort] if question.sort != SORTS[0] else [],
        saved=True,
        bound=True,
        default=SORTS[0],
    ),
    Name.SINGLE: Parameter(
        lambda value: value == "true" or None,
        lambda question: ["true"] if question.single else [],
        saved=True,
        bound=True,
        default=False,
    ),
    Name.COLUMNS: Parameter(
        _one_of(LIST_COLUMNS), lambda question: sorted(question.columns), several=True, saved=True, bound=True
    ),
    Name.ITEM: Parameter(write=lambda question: [question.item] if question.item else []),
    Name.PAGE: Parameter(_page, wrong="is not the number of a page", bound=True),
    Name.MEASURE: Parameter(_one_of(MEASURES), bound=True),
    Name.BUCKET: Parameter(_one_of(BUCKETS), bound=True),
    Name.TAGS_BY: Parameter(_one_of(TAG_ORDERS), bound=True),
    Name.PERSON: Parameter(personal="always", hidden_as="a person"),
    Name.FIND: Parameter(
        lambda value: value[:LONGEST_TEXT], personal="always", bound=True, hidden_as="a search for people", default=""
    ),
    Name.MEMBER_OF: Parameter(
        lambda value: value if value.strip() else None,
        several=True,
        personal="always",
        bound=True,
        hidden_as="a filter of people",
    ),
    Name.GROUP_BY: Parameter(bound=True),
    Name.PEOPLE_BY: Parameter(_one_of(PEOPLE_ORDERS), bound=True),
    Name.PEOPLE_PAGE: Parameter(_page, wrong="is not the number of a page", bound=True),
    Name.COMPARE: Parameter(_one_of(COMPARISONS), bound=True),
    Name.OTHER_SINCE: Parameter(day, wrong="is not a date", bound=True),
    Name.OTHER_UNTIL: Parameter(day, wrong="is not a date", bound=True),
    Name.AROUND: Parameter(day, wrong="is not a date", bound=True),
    Name.SAFE: Parameter(_one_of(("true", "false")), bound=True),
    Name.HIDDEN: Parameter(several=True),
    Name.MASKED: Parameter(read=False),
    Name.SUBMISSION: Parameter(read=False),
    Name.IMPORTED: Parameter(read=False),
    Name.DRAFT: Parameter(read=False),
    Name.DRAFT_USER_ID: Parameter(personal="always", read=False, fills_in="user_id"),
    Name.DRAFT_MESSAGE: Parameter(personal="always", read=False, fills_in="message"),
    Name.DRAFT_SENTIMENT: Parameter(_one_of(SENTIMENTS), read=False, fills_in="sentiment"),
    Name.DRAFT_SOURCE: Parameter(personal="by value", read=False, fills_in="source"),
    Name.DRAFT_TAG: Parameter(personal="by value", read=False, fills_in="tag"),
    Name.EMBED: Parameter(several=True),  # Streamlit's own, as the next
    Name.EMBED_OPTIONS: Parameter(several=True),
}
"""All parameters, in the order of a link."""

DRAFT: Final = {row.fills_in: str(name) for name, row in PARAMETERS.items() if row.fills_in}
"""Field of the form → the parameter that prefills it, which is also its widget's key."""

OF_PEOPLE: Final = (Name.PERSON, Name.FIND, Name.MEMBER_OF)
"""Parameters that select people on the page People, beside the filters of items."""

HIDEABLE: Final[dict[str, str]] = {
    name: PARAMETERS[name].hidden_as
    for name in (Name.TEXT, Name.USER, Name.STATUS, Name.SENTIMENT, Name.TAG, Name.SOURCE, Name.ONLY, *OF_PEOPLE)
}
"""Parameter that share-safe can apply but hide → its name in notices."""


def link_parts(question: Question) -> dict[str, list[str]]:
    """The query of a link to this question."""
    parts = {str(name): list(parameter.write(question)) for name, parameter in PARAMETERS.items()}
    return {name: values for name, values in parts.items() if values}


def question_of(parts: Parts, today: date) -> Question:
    """The question of a link, without its invalid values. `today`: in the team's time zone, for periods."""

    def first(name: str) -> Any:  # noqa: ANN401 - as the parameter's `parse` makes it
        return next((parsed for value in parts.get(name, ()) if (parsed := PARAMETERS[name].parse(value))), None)

    def asked(name: str, default: Any) -> Any:  # noqa: ANN401 - as the filter's field has it
        return tuple(parts.get(name, ())) if PARAMETERS[name].several else first(name) or default

    filters = {field.name: asked(field.name, field.default) for field in fields(Filters)}
    if period := first(Name.LAST):
        filters |= {Name.SINCE: period_start(period, today), Name.UNTIL: None}
        period = None if period == ALL_TIME else period
    return Question(
        Filters(**filters),
        drill_down_of(parts.get(Name.ONLY, ()))[0],
        first(Name.VIEW) or FIRST_VIEW,
        first(Name.SORT) or SORTS[0],
        period,
        tuple(value for value in parts.get(Name.COLUMNS, ()) if value in LIST_COLUMNS),
        first(Name.ITEM),
        single=bool(first(Name.SINGLE)),
    )


def widget_values(question: Question) -> dict[str, Any]:
    """Parameter → the value of its widget for this question; of what a saved view keeps and a widget is bound to."""
    values = {}
    for name, parameter in PARAMETERS.items():
        if parameter.saved and parameter.bound:
            parsed = [parameter.parse(value) for value in parameter.write(question)]
            values[str(name)] = parsed if parameter.several else next(iter(parsed), parameter.default)
    return values


def reveals_person(name: str, value: str, reveals: Callable[[str], bool]) -> bool:
    """Whether a parameter's value identifies a person. `reveals`: whether a name does."""
    if name == Name.ONLY:
        name, _, value = value.removeprefix("not-").partition(":")
        name = {CLUSTER: Name.ITEM, WORD: Name.TEXT}.get(name, name)
    personal = PARAMETERS[name].personal if name in PARAMETERS else "by value"
    return personal == "always" or (personal == "by value" and reveals(value))


def filters_by_name(filters: Filters, shown: Callable[[str, str], str]) -> dict[str, Any]:
    """Parameter → values of the filters that are set. `shown`: parameter and value → the value as it may be shown."""

    def told(name: str, value: Any) -> str:  # noqa: ANN401 - of any filter
        return str(value) if PARAMETERS[name].personal == "never" else shown(name, value)

    given = {field.name: value for field in fields(Filters) if (value := getattr(filters, field.name))}
    return {
        name: tuple(told(name, one) for one in value) if isinstance(value, tuple) else told(name, value)
        for name, value in given.items()
    }
