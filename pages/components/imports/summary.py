"""What an import would do, in a sentence and in notes, and the button that starts it."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Final

import streamlit as st

from loop_client.query.text import duration, first_line, item_count, row_count
from loop_client.report import quota_sentence
from pages.components import room
from pages.components.imports import labels, source
from pages.session import displayed, import_rows, imported, notices, runtime, session

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

UNFINISHED: Final = (
    "An earlier import of the same rows was interrupted before all of them were saved, so none of them is sent yet."
)

MOST_REASONS: Final = 6
MOST_TAGS: Final = 10


def card(one: imported.Checked) -> None:
    """Draw the summary of a dry run, and what starts the import."""
    run, left_out = one.run, import_rows.left_out(one)
    new = len(run.items) - len(left_out.reasons)
    is_unfinished = import_rows.is_unfinished(one) and not session.import_again
    with st.container(border=True, width=room.LINE, gap="small", key="import-summary"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.text(source.name(run.name), width="content")
            source.other()
        st.subheader(_heading(one, new, left_out), anchor=False)
        with st.container(gap="xxsmall", key="facts-import"):
            if is_unfinished:
                st.text(UNFINISHED)
            for sentence in _sentences(one, left_out):
                st.text(displayed.value(sentence))
        _offers(one)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            label = "Finish the import" if is_unfinished else f"Import {item_count(new)}" if new else "Import"
            key, is_off = "import-write", not new and not is_unfinished
            st.button(label, key=key, type="primary", icon=":material/send:", disabled=is_off, on_click=imported.write)
            if new:
                st.caption(_duration(new), width="content")
        if new:
            st.caption(quota_sentence(session.snapshot, new, runtime.now()))
    if session.import_problem:
        notices.plain("Nothing was imported", [displayed.value(session.import_problem)])


def _heading(one: imported.Checked, new: int, left_out: import_rows.LeftOut) -> str:
    if new:
        return f"{item_count(new)} to import"
    if not one.run.mapping.columns.get("message"):
        return "Choose the column that holds the message"
    if not one.rows:
        return "There are no rows below the header"
    if not left_out.reasons:
        return "No row can become an item"
    return (
        "All of it was imported before" if [*left_out.groups] == [runtime.IMPORTED_BEFORE] else "All rows are left out"
    )


def _offers(one: imported.Checked) -> None:
    """Draw the choices of rows to leave out, or to import again."""
    if before := len(import_rows.earlier(one)):
        label = f"Import again the {row_count(before)} that an earlier import of the same file has"
        st.checkbox(label, key="import_again")
    if count := import_rows.repeated_count(one):
        st.checkbox(
            f"Leave out {row_count(count)} with the person and message of an item or an earlier row", key="import_once"
        )


def _sentences(one: imported.Checked, left_out: import_rows.LeftOut) -> Iterator[str]:
    """How the file was read, what is left out and why, and what is lost."""
    used = one.run.mapping.columns
    fields = {name: " + ".join(used.get(field, ())) for field, name in labels.FIELDS.items()}
    named = [f"{name}: {first_line(columns, 80)}" for name, columns in fields.items() if columns]
    if named:
        yield " · ".join(named)
    if session.import_recalled:
        yield "It is read as the last file with the same header was. “Undo all choices” below takes that back."
    reasons = dict(Counter({**_counts(left_out.groups), **_counts(one.left_out)}).most_common())
    if reasons:
        words = [f"{reason} ({count:,})" for reason, count in [*reasons.items()][:MOST_REASONS]]
        if (others := sum([*reasons.values()][MOST_REASONS:])) > 0:
            words.append(f"other reasons ({others:,})")
        yield f"Left out: {', '.join(words)}."
    yield from _repeats(one)
    yield from one.run.notes
    yield from _new_tags(one)


def _repeats(one: imported.Checked) -> Iterator[str]:
    found = import_rows.repeated(one)
    loaded = "" if session.snapshot.coverage.complete else " among those loaded so far"
    same = ("has the person and message of", "have the person and message of")
    near = ("is a near-duplicate of", "are near-duplicates of")
    for which, (one_does, all_do) in ((found.same, same), (found.near, near)):
        for count, what in (
            (int((which == import_rows.ITEM).sum()), f"an item in Loop{loaded}"),
            (int((which >= 0).sum()), "an earlier row"),
        ):
            if count:
                yield f"{row_count(count)} {one_does if count == 1 else all_do} {what}."


def _counts(groups: Mapping[str, Sequence[object]]) -> dict[str, int]:
    return {name: len(group) for name, group in groups.items()}


def _new_tags(one: imported.Checked) -> Iterator[str]:
    new = import_rows.new_tags(one)
    replaced = {tag for tag, chosen in session.import_tags.items() if chosen != tag and tag in new.known}
    if count := len(new.known) - len(replaced):
        first = islice((tag for tag in new.known if tag not in replaced), MOST_TAGS)
        named = ", ".join(f"“{first_line(tag, 40)}” ({one.tags[tag]:,})" for tag in first)
        yield f"New tags: {named}{f' and {count - MOST_TAGS:,} others' if count > MOST_TAGS else ''}."
    if near := len(new.near) - len(replaced & new.near.keys()):
        spelt = "1 of them is a tag" if near == 1 else f"{near:,} of them are tags"
        yield f"{spelt} that Loop has in another spelling. Choose below which one to use."


def _duration(rows: int) -> str:
    """How long it takes, as a sentence."""
    imports = runtime.imports()
    seconds = imports.seconds_for(rows) if imports else 0
    if seconds < 90:
        return "Takes about a minute at most, at the pace that Loop allows."
    return f"Takes about {duration(seconds)}, at the pace that Loop allows. This tab can be closed."
