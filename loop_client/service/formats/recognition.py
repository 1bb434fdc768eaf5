"""Which format a file is: the first description whose signature its first records have."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Final

from loop_client.service.formats.description import split_at
from loop_client.service.formats.errors import ImportRefusedError
from loop_client.service.formats.generic import GENERIC
from loop_client.service.formats.headers import folded
from loop_client.service.formats.ideas import FIDER, LINE_ABC, QUACKBACK, USERVOICE, USERVOICE_ANALYSIS
from loop_client.service.formats.json_formats import JSON_FORMATS, PLACES, missing_pages
from loop_client.service.formats.json_list import SEPARATOR, json_list
from loop_client.service.formats.open_surveys import FORMBRICKS, LIMESURVEY, LIMESURVEY_VV, QUALTRICS
from loop_client.service.formats.own import LOOP_CSV
from loop_client.service.formats.stores import GOOGLE_PLAY
from loop_client.service.formats.surveys import GOOGLE_FORMS, MS_FORMS, SURVEYMONKEY, TYPEFORM
from loop_client.service.formats.table import (
    DELIMITERS,
    HEAD,
    MOST_COLUMNS,
    delimited,
    hinted_delimiter,
    is_quoted,
    likely_delimiter,
)
from loop_client.service.formats.tickets import CHATWOOT, DISCOURSE, JIRA

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from loop_client.service.formats.decoding import Text
    from loop_client.service.formats.description import Format
    from loop_client.service.formats.options import ImportOptions

TABLES: Final = (
    *(LOOP_CSV, GOOGLE_PLAY, *QUALTRICS, *SURVEYMONKEY, TYPEFORM, MS_FORMS, GOOGLE_FORMS, FORMBRICKS),
    *(LIMESURVEY_VV, LIMESURVEY, FIDER, QUACKBACK, LINE_ABC, USERVOICE, USERVOICE_ANALYSIS, JIRA, CHATWOOT, DISCOURSE),
    GENERIC,
)
"""The formats of tables, in the order in which they are tried; the last one takes everything."""

PEEK: Final = 3
"""Header records that a signature may need."""

Record = list[str]


@dataclass(frozen=True, slots=True)
class Found:
    """A table of a known format. `records`: yields all its records, header first, from the beginning each time.

    `about`: what the file says about itself beside its rows. `missing`: a sentence about rows that it does not hold.
    """

    form: Format
    records: Callable[[], Iterator[Record]]
    about: str = ""
    missing: str | None = None


def recognised_text(text: Text, name: str | None = None, *, pasted: bool = False) -> Found:
    """The format of a text, and its records. `name`: the format as somebody chose it. `pasted`: from a spreadsheet.

    Raises:
        ImportRefusedError: The chosen format is none of a table.
    """
    hint = "\t" if pasted else hinted_delimiter(text)
    quoted = not pasted or is_quoted(text, "\t")
    readers = {one: partial(delimited, text, one, quoted=quoted) for one in ([hint] if hint else DELIMITERS)}
    head = text.head(HEAD)
    heads = {delimiter: _head(partial(delimited, head, delimiter, quoted=quoted)) for delimiter in readers}
    for form in _of_name(name):
        for delimiter, records in heads.items():
            if form.name != GENERIC.name and _matches(form, records):
                return Found(form, partial(form.reader, text) if form.reader else readers[delimiter])
    form = _of_name(name)[-1]
    delimiter = hint or likely_delimiter(text)
    return Found(form, partial(form.reader, text) if form.reader else readers[delimiter])


def recognised_sheet(records: Callable[[], Iterator[Record]], about: str, name: str | None = None) -> Found:
    """The format of a sheet, and its records. `about`: what the workbook says about itself.

    Raises:
        ImportRefusedError: The chosen format is none of a table.
    """
    forms, head = _of_name(name), list(islice(records(), PEEK))
    form = next((one for one in forms if _matches(one, head)), forms[-1])
    return Found(form if form.guards_workbooks else replace(form, unguard=None), records, about)


def recognised_json(data: bytes, options: ImportOptions) -> Found:
    """The format of a JSON file, and its objects as records.

    Raises:
        ImportRefusedError: The file is damaged, or the chosen format is none of JSON.
    """
    found = json_list(data, PLACES)
    head = [[folded(cell) for cell in record] for record in islice(found.records(), 2)]
    forms = [form for form in (*JSON_FORMATS, JSON_GENERIC) if options.format in {None, form.name}]
    if not forms:
        raise ImportRefusedError(f"The format {options.format} is not one of JSON, and the file is JSON.")
    fitting = (form for form in forms if form.inside in {found.inside, None} and form.matches(head))
    form = next(fitting, forms[-1])
    more = (*form.columns, *(column for columns in options.columns.values() for column in columns))
    about = json.dumps(found.other("about")) if "about" in found.others else ""
    return Found(form, partial(found.records, more), about, missing_pages(found))


def _of_name(name: str | None) -> Sequence[Format]:
    forms = [form for form in TABLES if name in {None, form.name}]
    if not forms:
        raise ImportRefusedError(f"The format {name} is not one of tables, and the file is a table.")
    return forms


def _head(reader: Callable[[], Iterator[Record]]) -> list[Record]:
    try:
        return list(islice(reader(), PEEK))
    except ImportRefusedError:
        return []


def _matches(form: Format, head: Sequence[Record]) -> bool:
    if max(map(len, head), default=0) > MOST_COLUMNS:
        return False
    return form.matches([[form.fold(form.unguard(cell) if form.unguard else cell) for cell in one] for one in head])


JSON_GENERIC: Final = replace(GENERIC, tags=split_at(SEPARATOR))

FORMATS: Final = tuple(dict.fromkeys(form.name for form in (*TABLES[:-1], *JSON_FORMATS, GENERIC)))
"""The names of the formats that can be read."""
