"""A tag is suggested from tagged items that say the same, and only where leaving out each of those shows it right."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop_client.report import suggested_tag
from loop_client.report.clusters import Clustered, by_words, clusters_of
from loop_client.report.tag_suggestions import FEWEST_TAGGED, FEWEST_TESTED, tagged_clusters
from tests.complaints import frame_of, rows_of, sample
from tests.frames import snapshot_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from loop_client.mirror import Snapshot
    from loop_client.report import Suggestion
    from tests.complaints import Item, Labelled


def suggestions(snapshot: Snapshot) -> dict[str, Suggestion]:
    """The suggestions for all items without a tag that get one, by the items' ids."""
    clustered, ids = Clustered.of(snapshot.frame), snapshot.frame["id"].tolist()
    places = np.flatnonzero(snapshot.frame["tag"].isna())
    found = ((ids[place], suggested_tag(snapshot, clustered, int(place))) for place in places)
    return {item_id: suggestion for item_id, suggestion in found if suggestion is not None}


def suggested_by(tags: Iterable[int]) -> int:
    """What these tags, -1 for none, suggest by the rule."""
    counted = Counter(tag for tag in tags if tag >= 0)
    if sum(counted.values()) < FEWEST_TAGGED:
        return -1
    (tag, items), *_ = counted.most_common()
    return tag if 5 * items >= 4 * sum(counted.values()) else -1


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-1, 2)), max_size=60))
def test_the_figure_is_that_of_leaving_out_each_item(items: list[tuple[int, int]]) -> None:
    """Tested and right suggestions of each tag are those of the rule, tried on each tagged item without it."""
    tested, right = Counter[int](), Counter[int]()
    for place, (cluster, own) in enumerate(items):
        others = [tag for other, (of, tag) in enumerate(items) if of == cluster and other != place]
        if own >= 0 and (tag := suggested_by(others)) >= 0:
            tested[tag] += 1
            right[tag] += tag == own

    clusters, tags = (np.array([item[part] for item in items], np.int64) for part in (0, 1))
    found = tagged_clusters(clusters, tags, 4, 3)

    assert found.tested.tolist() == [tested[tag] for tag in range(3)]
    assert found.right.tolist() == [right[tag] for tag in range(3)]
    for cluster in range(4):
        tag = suggested_by(tag for of, tag in items if of == cluster)
        is_right = tested[tag] >= FEWEST_TESTED and 5 * right[tag] >= 4 * tested[tag]
        assert found.suggests(cluster) == (tag if is_right else -1)


@pytest.fixture(scope="module")
def account() -> Labelled:
    """The sandbox's sample, of which each item's complaint is known."""
    return sample(2_400)


def tag_of(complaint: str, account: Labelled) -> str | None:
    """The tag that most items of a complaint have; None if none has one."""
    items = account.items
    tags = Counter(
        str(item["tag"]) for item in items if item["tag"] and account.complaints[str(item["id"])] == complaint
    )
    return max(tags, key=lambda tag: tags[tag], default=None)


def test_suggestions_are_as_right_as_they_say(account: Labelled) -> None:
    """Most untagged items of the sample get a tag, at least four in five the one of their complaint."""
    found = suggestions(snapshot_of(account.frame))

    right = [one.tag == tag_of(account.complaints[item_id], account) for item_id, one in found.items()]
    untagged = int(account.frame["tag"].isna().sum())
    assert len(found) > untagged / 2
    assert sum(right) >= 0.95 * len(found)
    assert all(one.right >= 0.8 * one.tested and one.tested >= FEWEST_TESTED for one in found.values())


def test_a_suggestion_has_the_numbers_of_a_recount(account: Labelled) -> None:
    """Of each suggestion, the agreeing and tagged items, their people and both figures are recounted item by item."""
    frame, clusters = account.frame, by_words(clusters_of(account.frame))
    cluster_of = dict(zip(clusters.items["id"].to_pylist(), clusters.codes.tolist(), strict=True))
    rows = [{**row, "tag": row["tag"] if isinstance(row["tag"], str) else None} for row in frame.to_dict("records")]
    tags: dict[int, Counter[str]] = {code: Counter() for code in cluster_of.values()}
    numbers = {tag: number for number, tag in enumerate(frame["tag"].cat.categories)}
    for row in rows:
        if row["tag"]:
            tags[cluster_of[row["id"]]][row["tag"]] += 1
    tested, right = Counter[int](), Counter[int]()
    for row in rows:
        if row["tag"]:
            others = tags[cluster_of[row["id"]]] - Counter([row["tag"]])
            suggested = suggested_by(numbers[tag] for tag in others.elements())
            tested[suggested] += 1
            right[suggested] += suggested == numbers[row["tag"]]

    found = suggestions(snapshot_of(frame))

    assert len(found) > 100
    for item_id, one in found.items():
        agreeing = [row for row in rows if row["tag"] == one.tag and cluster_of[row["id"]] == cluster_of[item_id]]
        assert (one.agreeing, one.people) == (len(agreeing), len({row["user_id"] for row in agreeing}))
        assert one.tagged == tags[cluster_of[item_id]].total()
        assert (one.right, one.tested) == (right[numbers[one.tag]], tested[numbers[one.tag]])


def test_tags_that_mean_nothing_are_not_suggested(account: Labelled) -> None:
    """Where tags are given at random, leaving out each item shows it, and none is offered."""
    random = np.random.default_rng(1)
    items = [{**item, "tag": str(random.choice(["a", "b", "c"])) if item["tag"] else None} for item in account.items]

    assert suggestions(snapshot_of(frame_of(items))) == {}


def order(count: int) -> list[int]:
    """The numbers up to `count` in random order."""
    return [int(number) for number in np.random.default_rng(1).permutation(count)]


def test_clusters_that_test_a_tag_do_not_know_it(account: Labelled) -> None:
    """Clusters by words are the same whatever the tags: otherwise they would agree with any."""
    tags = [item["tag"] for item in account.items]
    items = [{**item, "tag": tags[place]} for item, place in zip(account.items, order(len(tags)), strict=True)]
    one, other = (by_words(clusters_of(frame)) for frame in (account.frame, frame_of(items)))

    assert one.codes.tolist() == other.codes.tolist()
    assert one.items["tag"].null_count == len(account.items)


TEXT = "The export of the quarterly report never ends"


def alike(*tags: str | None) -> list[Item]:
    """Items of seven people that say the same, with these tags, the last one newest; and older ones that do not."""
    rows = rows_of([f"{TEXT}{'!' * (number % 3)}" for number in range(len(tags))], people=7)
    others = rows_of([f"word{number} other{number}" for number in range(4 * len(tags))], tag="others", days=400)
    return [*others, *({**row, "tag": tag} for row, tag in zip(rows, tags, strict=True))]


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (["exports"] * 20, ("exports", 20, 20, 20, 20)),
        (["exports"] * 19, None),
        (["exports"] * 20 + ["other"] * 5, None),
        (["exports"] * 21 + ["other"] * 5, ("exports", 21, 26, 21, 26)),
    ],
    ids=["all agree", "too few", "too few agree with one left out", "four in five"],
)
def test_a_tag_is_offered_where_four_in_five_are_right(
    tags: list[str | None], expected: tuple[str, int, int, int, int] | None
) -> None:
    """A suggestion has its numbers; it needs twenty tested items, of which four in five are right."""
    found = suggestions(snapshot_of(frame_of(alike(*tags, None)))).values()

    numbers = [(one.tag, one.agreeing, one.tagged, one.right, one.tested) for one in found]
    assert numbers == ([expected] if expected else [])


def test_a_suggestion_says_who_and_which_words() -> None:
    """It has the people who wrote the agreeing items, and the words of the cluster."""
    (found,) = suggestions(snapshot_of(frame_of(alike(*["exports"] * 30, None)))).values()

    assert found.people == 7
    assert set(found.name.words) <= set(TEXT.lower().split())
    assert found.name.words


def test_an_alias_is_suggested_as_it_is_shown() -> None:
    """Suggestions are made from the tags that are shown."""
    items = alike(*["Export", "exports"] * 15, None)
    sent = snapshot_of(frame_of(items))

    assert suggestions(sent) == {}
    (found,) = suggestions(sent.aliased({"Export": "exports"})).values()
    assert (found.tag, found.agreeing) == ("exports", 30)


def test_an_item_that_has_a_tag_or_no_cluster_gets_none() -> None:
    """Nothing is suggested for a tagged item, nor before items are clustered."""
    snapshot = snapshot_of(frame_of(alike(*["exports"] * 30, None)))
    clustered, unclustered = Clustered.of(snapshot.frame), Clustered(None, np.full(len(snapshot.frame), -1))
    places = range(len(snapshot.frame))

    untagged = [place for place in places if suggested_tag(snapshot, clustered, place) is not None]

    assert untagged == np.flatnonzero(snapshot.frame["tag"].isna()).tolist()
    assert [suggested_tag(snapshot, unclustered, place) for place in untagged] == [None]


def test_an_account_without_tags_gets_none() -> None:
    """Where no item has a tag, none is suggested."""
    items = [{**item, "tag": None} for item in alike(*[None] * 30)]

    assert suggestions(snapshot_of(frame_of(items))) == {}
