"""Which tags are shown as others, and which look alike, against a plain count of the items."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop_client import report
from loop_client.mirror.rows import SHOWN, table_of
from loop_client.query import named
from loop_client.service.aliases import rules_of
from tests.frames import item, items_frame, items_frames, snapshot_of

if TYPE_CHECKING:
    import pandas as pd

    from loop_client.mirror import Aliases, Snapshot


def tagged(*tags: str | None, aliases: Aliases | None = None) -> Snapshot:
    """A complete snapshot with an item for each of these tags."""
    frame = items_frame(item(number, tag=tag) for number, tag in enumerate(tags))
    return snapshot_of(frame).aliased(aliases or {})


def alike(snapshot: Snapshot) -> list[tuple[tuple[str, int], ...]]:
    """The tags that look alike with their items, each first the one that the others would be shown as."""
    return [one.tags for one in report.compared_tags(snapshot).alike]


def test_tags_that_differ_in_case_and_signs_look_alike() -> None:
    """Case, hyphens, blanks, underscores, width and accents make no difference; the most frequent one is proposed."""
    snapshot = tagged(
        "Log-in", "login", "log in", "login", "LOG_IN", "\uff4c\uff4f\uff47\uff49\uff4e", "lo\u200bgin", None
    )

    ((target, *others),) = alike(snapshot)

    assert target == ("login", 2)
    assert {tag for tag, _ in others} == {"Log-in", "log in", "LOG_IN", "\uff4c\uff4f\uff47\uff49\uff4e", "lo\u200bgin"}


@pytest.mark.parametrize(
    "tags",
    [("C", "C++", "c#"), ("v1-0", "v10"), ("2024 01", "202401"), ("export", "exports"), ("-", "_"), ("login", None)],
)
def test_other_signs_make_other_tags(tags: tuple[str | None, ...]) -> None:
    """Programming languages, versions, dates, plurals and mere signs do not look alike."""
    assert alike(tagged(*tags)) == []


def test_the_most_frequent_names_come_first() -> None:
    """Names are ordered by the items of all their spellings, equal ones by name; so are the spellings."""
    snapshot = tagged("b", "B", "a", "A", "c", "C", "c")

    assert alike(snapshot) == [(("c", 2), ("C", 1)), (("A", 1), ("a", 1)), (("B", 1), ("b", 1))]


def test_a_tag_that_is_a_target_stays_one() -> None:
    """What others are shown as is proposed again, and a second target of the same name is left alone."""
    rules = {"Log-in": "login", "sign": "LOGIN"}
    snapshot = tagged("Log-in", "LOGIN", "LOGIN", "Login", "Login", "Login", aliases=rules)

    assert alike(snapshot) == [(("LOGIN", 2), ("Login", 3))]


def test_what_is_shown_as_one_looks_alike_no_longer() -> None:
    """Once the rules are in the file, they are no longer proposed."""
    tags = ("Log-in", "login", "log in")
    (found,) = report.compared_tags(tagged(*tags)).alike

    assert report.compared_tags(tagged(*tags, aliases=rules_of(f"[tags]\n{found.rules}"))).alike == ()


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6), min_size=1))
def test_the_lines_are_read_as_they_are_meant(names: list[str]) -> None:
    """Whatever the tags are made of, the lines are valid rules for exactly these tags, without invisible characters."""
    variants = [
        one for name in names for one in (name, name.upper(), f"{name}_", f'{name}-"', f"\\{name}", f"{name} x")
    ]
    snapshot = tagged(*variants)
    found = report.compared_tags(snapshot).alike
    text = "".join(one.rules for one in found)

    assert rules_of(f"[tags]\n{text}") == {tag: one.target for one in found for tag, _ in one.others}
    assert all(line.isprintable() for line in text.split("\n"))
    assert report.compared_tags(snapshot.aliased(rules_of(f"[tags]\n{text}"))).alike == ()


@given(items_frames())
def test_aliased_tags_are_those_of_a_plain_count(frame: pd.DataFrame) -> None:
    """Tags as sent and as shown, and the items of each that is shown as another, are those of a recount of the rows."""
    rules = {"Exports": "exports", "billing": "Money", "unused": "Money"}
    sent = Counter(tag for tag in frame["tag_raw"].astype(object) if isinstance(tag, str))

    found = report.aliased_tags(snapshot_of(frame).aliased(rules))

    assert (found.sent, found.shown) == (len(sent), len({rules.get(tag, tag) for tag in sent}))
    assert {tuple(row) for row in found.rows.itertuples(index=False)} == {
        (named("tag", tag), rules[tag], items) for tag, items in sent.items() if tag in rules
    }


def test_an_item_that_went_leaves_no_tag() -> None:
    """Tags whose items were deleted are neither counted nor offered."""
    snapshot = tagged("Log-in", "login", aliases={"x": "y"})
    deleted = [("fb_0", int(snapshot.frame["created_at"].array.asi8[0]))]
    left = snapshot.patched(table_of([]).select(list(SHOWN)), deleted, snapshot.coverage, 2)

    assert report.compared_tags(left).alike == ()
    assert report.aliased_tags(left).sent == 1


@pytest.mark.parametrize(
    ("tags", "rules", "expected"),
    [
        (("login", "exports", "exports", None), {}, (2, True)),
        (("login", "Log-in", "exports"), {}, (3, False)),
        (("login", "Log-in", "exports"), {"Log-in": "login"}, (2, True)),
        (("LOGIN", "login"), {"x": "LOGIN", "y": "login"}, (2, False)),
        ((None,), {}, (0, True)),
    ],
)
def test_compared_tags_are_counted(tags: tuple[str | None, ...], rules: Aliases, expected: tuple[int, bool]) -> None:
    """Each tag as shown is compared; two targets that look alike are not called unlike, though no rule joins them."""
    compared = report.compared_tags(tagged(*tags, aliases=rules))

    assert (compared.tags, compared.is_unlike) == expected
