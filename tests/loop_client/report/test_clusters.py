"""Clusters are one complaint each, in any words and script, explained by words, and stable over time."""

from __future__ import annotations

import math
import sys
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop_client.mirror import Snapshot
from loop_client.query import ClusterOf
from loop_client.report.clusters import Clustered, Clusters, LatestClusters, clusters_of, name_of
from loop_client.report.clusters import latest as latest_clusters
from loop_client.report.clusters.anchors import UNTAGGED, WordingTerms, anchors_of, log_likelihood
from loop_client.report.clusters.chosen import Covered, chosen
from loop_client.report.clusters.function_words import function_terms
from loop_client.report.clusters.identity import identities
from loop_client.report.clusters.terms import spelt, stem, terms_of
from loop_client.report.clusters.wordings import (
    FEW_TERMS,
    THRESHOLD,
    THRESHOLD_OF_FEW,
    vectors_of,
    weights_of,
    wordings_of,
)
from tests.complaints import FRESH, Labelled, agreement, frame_of, rows_of, sample

if TYPE_CHECKING:
    from collections.abc import Sequence

Row = dict[str, str | None]


@pytest.fixture(scope="module")
def account() -> Labelled:
    """The sample, as everyone gets it."""
    return sample(2_400)


@pytest.fixture(scope="module")
def clusters(account: Labelled) -> Clusters:
    """Its clusters."""
    return clusters_of(account.frame)


def labels(account: Labelled, clusters: Clusters) -> np.ndarray:
    """The complaint of each clustered item."""
    return np.array([account.complaints[one] for one in clusters.items["id"].to_pylist()])


def by_message(frame: pd.DataFrame) -> dict[str, int]:
    """Message → its cluster."""
    found = clusters_of(frame)
    return dict(zip(found.items["message"].to_pylist(), found.codes.tolist(), strict=True))


OTHERS = [
    f"{verb} the {thing} {place}"
    for verb in ("please move", "I miss", "we enjoy", "nobody finds", "they renamed")
    for thing in ("sidebar", "legend", "calendar", "avatar", "ribbon", "footer", "palette", "ruler")
    for place in ("in the editor", "on my phone", "at the office", "with the keyboard", "of the shop")
]
"""200 messages about nothing in particular."""

TIMEOUTS = ["a timeout", "another timeout"]
"""Messages that make a word known."""


@pytest.mark.parametrize(("count", "seed"), [(2_400, 1), (2_400, 2), (2_400, 7), (6_000, 8)])
def test_a_cluster_is_one_complaint(count: int, seed: int) -> None:
    """On the sample, pairs in one cluster are about one complaint, and most pairs of one complaint are found."""
    account = sample(count, seed)
    found = clusters_of(account.frame)
    measured = agreement(found.codes, labels(account, found))

    assert measured.precision >= 0.95
    assert measured.recall >= 0.75
    assert measured.broken >= 0.95
    assert measured.strangers <= 0.02


def test_tags_are_not_needed(account: Labelled) -> None:
    """Without a single tag, clusters are nearly as good."""
    found = clusters_of(account.frame.assign(tag=account.frame["tag"].where(account.frame["tag"].isna(), np.nan)))
    measured = agreement(found.codes, labels(account, found))

    assert found.items["tag"].null_count == len(found.items)
    assert measured.precision >= 0.95
    assert measured.recall >= 0.7
    assert measured.broken >= 0.8


def test_the_order_of_arrival_makes_no_difference(account: Labelled, clusters: Clusters) -> None:
    """The same items give the same clusters in any order."""
    shuffled = account.frame.sample(frac=1, random_state=3)
    found = clusters_of(shuffled)

    assert found.items.equals(clusters.items)
    assert found.codes.tolist() == clusters.codes.tolist()
    assert found.keys.equals(clusters.keys)


def test_new_items_join_the_clusters_there_are(account: Labelled, clusters: Clusters) -> None:
    """A hundred new items join as if all were clustered anew, and all earlier clusters keep their identity."""
    older = clusters_of(account.frame.iloc[100:-240])
    before = clusters_of(account.frame.iloc[100:], older)  # so that identities are not just the oldest items
    after = clusters_of(account.frame, before)
    old = len(before.codes)

    assert after.basis.items == old  # they joined
    assert min(agreement(after.codes, clusters.codes.astype(str))[:2]) > 0.97
    keys = after.keys.take(pa.array(after.codes[:old])).to_pylist()
    same = np.mean(np.array(keys) == np.array(before.keys.take(pa.array(before.codes)).to_pylist()))
    assert same > 0.99
    assert len(set(after.keys.to_pylist())) == len(after.keys)


def test_clusters_keep_their_identity_when_all_is_clustered_anew(account: Labelled) -> None:
    """With a tenth of older items, which is clustered anew, an item's cluster is still called the same."""
    before = clusters_of(account.frame.iloc[:-240])
    after = clusters_of(account.frame, before)
    old = dict(zip(before.items["id"].to_pylist(), before.keys.take(pa.array(before.codes)).to_pylist(), strict=True))
    new = dict(zip(after.items["id"].to_pylist(), after.keys.take(pa.array(after.codes)).to_pylist(), strict=True))

    assert after.basis.items == len(account.frame)
    assert np.mean([new[one] == key for one, key in old.items()]) > 0.97


def test_other_tags_of_the_same_items_cluster_them_anew(account: Labelled) -> None:
    """After an alias for half of each tag the clusters are those of a fresh start, under the names they had."""
    tag = account.frame["tag"].astype(object)
    split = tag.where(np.arange(len(tag)) % 2 == 0, tag.str.upper()).astype("category")
    before = clusters_of(account.frame.assign(tag=split))
    after, fresh = clusters_of(account.frame, before), clusters_of(account.frame)

    assert fresh.codes.tolist() != before.codes.tolist()
    assert after.codes.tolist() == fresh.codes.tolist()
    assert after.items.equals(fresh.items)
    assert set(after.keys.to_pylist()) & set(before.keys.to_pylist())


def test_nothing_new_changes_nothing(account: Labelled, clusters: Clusters) -> None:
    """Without new items nothing is computed."""
    again = clusters_of(account.frame, clusters)

    assert again.codes is clusters.codes
    assert again.covered == clusters.covered


def test_a_cluster_is_what_most_of_its_items_were_before() -> None:
    """The majority of an earlier cluster takes its identity along; a part that splits off gets one of its own."""
    ids = pa.array(["a", "b", "c", "d", "e", "f"], pa.large_string())
    old_keys = pa.array(["a", "a", "a", "d", "d"], pa.large_string())
    split = identities(ids, np.array([0, 1, 1, 2, 2, 2]), ids[:5], old_keys)
    merged = identities(ids, np.array([0, 0, 0, 0, 0, 1]), ids[:5], old_keys)
    halves = identities(ids, np.array([0, 0, 0, 1, 2, 2]), ids[:5], old_keys)

    assert split.to_pylist() == ["a+", "a", "d"]
    assert merged.to_pylist() == ["a", "f"]
    assert halves.to_pylist() == ["a", "d", "e"]


@pytest.mark.parametrize("language", FRESH)
def test_a_fresh_incident_of_four_people_is_one_cluster(account: Labelled, language: str) -> None:
    """Twelve items of four people within an hour, in varied words of any script, are one cluster with nothing else."""
    texts = [text.strip() for text in FRESH[language].strip().splitlines()]
    found = clusters_of(frame_of([*account.items, *rows_of(texts, people=4, days=0.04)]))
    own = found.codes[pd.Series(found.items["id"].to_pylist()).str.startswith("fb_None").to_numpy()]
    largest = np.bincount(own).argmax()

    assert (own == largest).sum() >= 10
    assert (found.codes == largest).sum() == (own == largest).sum()


def test_a_word_of_two_people_is_no_burst(account: Labelled) -> None:
    """What two people say day after day, in varied words, joins nothing by one word alone; what three say does."""
    texts = [f"{other} gizmo" for other in OTHERS[::8]]
    two, three = (clusters_of(frame_of([*account.items, *rows_of(texts, people=people, days=6)])) for people in (2, 3))

    assert "gizmo" not in burst_words(two)
    assert "gizmo" in burst_words(three)


def burst_words(clusters: Clusters) -> set[str]:
    """The words that made a cluster alone."""
    single = (one.terms[0] for some in clusters.anchors for one in some if len(one.terms) == 1)
    return {clusters.basis.names[term].as_py() for term in single}


def test_two_people_share_two_telling_words() -> None:
    """Texts that share only two words are one cluster, if these hardly ever stand alone."""
    said = ["Printing labels jams", "the labels are jammed in the tray again", "Why do your labels jam so often?"]
    said += ["Monday, half of all labels jammed", "a jam, and no labels for an hour", "label roll, jam, restart, jam"]
    codes = by_message(frame_of([*rows_of(OTHERS), *rows_of(said, tag="printing")]))

    assert len({codes[text] for text in said}) == 1
    assert not {codes[text] for text in said} & {codes[text] for text in OTHERS}


@pytest.mark.parametrize(
    ("tags", "is_cluster"), [((None,), False), (("one", "two", "three", "four"), False), (("one",), True)]
)
def test_a_name_in_texts_about_everything_makes_no_cluster(
    account: Labelled, tags: Sequence[str | None], *, is_cluster: bool
) -> None:
    """Two words that stand side by side, as a name does, make no cluster, unless all texts have one tag."""
    said = [f"{text} Quantum Ledger {other}" for text, other in zip(OTHERS[::13], OTHERS[5::13], strict=False)]
    tagged = ({**row, "tag": tags[number % len(tags)]} for number, row in enumerate(rows_of(said)))
    found = clusters_of(frame_of([*account.items, *tagged]))
    pairs = {frozenset(found.basis.names[term].as_py() for term in one.terms) for some in found.anchors for one in some}

    assert (frozenset(("quantum", "ledger")) in pairs) == is_cluster


@pytest.mark.parametrize("first", [70, 69])
def test_equal_texts_are_one_cluster_however_many_there_are(first: int) -> None:
    """A text of half the account is one, also if the last item of it came later."""
    texts = ["The printer is slow today"] * 40 + ["the badge reader is dead"] * 29 + ["The badge reader is dead"]
    frame = frame_of(rows_of(texts))
    found = clusters_of(frame, clusters_of(frame.iloc[len(texts) - first :]))

    assert sorted(found.sizes().tolist()) == [30, 40]


def test_texts_without_words_stay_alone() -> None:
    """Emoji, numbers, and empty texts are like nothing, and neither are thanks alone like a longer text."""
    codes = by_message(frame_of(rows_of(["", "👍", "👍👍", "10/10", "!!!", "Thanks!", *OTHERS])))

    assert len({codes[text] for text in ("", "👍", "👍👍", "10/10", "!!!", "Thanks!")}) == 6


def test_no_items_have_no_clusters() -> None:
    """An account without items, or with one, is no error."""
    empty = clusters_of(frame_of([]))
    one = clusters_of(frame_of(rows_of(["The export failed"])))

    assert (len(empty.codes), len(empty.keys), empty.covered) == (0, 0, Covered(0, 0, 0))
    assert one.codes.tolist() == [0]
    assert name_of(one, 0).words == ("export", "failed")
    assert len(clusters_of(frame_of(rows_of(["The export failed"])), empty).codes) == 1


def test_a_cluster_is_named_by_its_words_and_a_typical_text(account: Labelled, clusters: Clusters) -> None:
    """The time-outs are called so, as a text spells it, and their verbatim is one of them."""
    largest = int(clusters.sizes().argmax())
    name = name_of(clusters, largest)
    typical = account.frame.set_index("id")["message"][name.typical]

    assert {"csv", "export"} < set(name.words)
    assert name.words[0] in ("timeout", "timed out", "times out", "csv")
    assert account.complaints[name.typical] == "broken"
    assert all(word in typical.lower() for word in name.words[:2])
    assert len(typical) < 100


def test_the_typical_text_is_the_one_most_like_all_others() -> None:
    """Of texts that say the same, the one without anything else is typical; of equal ones, the newest."""
    said = ["Labels jam in the printer"] * 3 + ["labels jam in the printer since our intern moved it to the window"]
    found = clusters_of(frame_of(rows_of([*OTHERS, *said])))
    name = name_of(found, int(found.codes[-1]))

    assert found.sizes()[found.codes[-1]] == 4
    assert name.typical == found.items["id"][len(found.items) - 2].as_py()


def test_clusters_cover_the_newest_items_and_the_open_ones(account: Labelled) -> None:
    """Of a large account the newest items are clustered, and then open ones, up to a bound that is reported."""
    is_open = (account.frame["status"] == "open").to_numpy()
    positions, covered = chosen(account.frame, newest=500, most=700)
    older = np.flatnonzero(is_open)
    older = older[older >= 500]

    assert positions.tolist() == [*range(500), *older[:200].tolist()]
    since = account.frame["created_at"].array.asi8[499]
    assert covered == Covered(700, 2_400, len(older) - 200, since)
    assert chosen(account.frame)[1] == Covered(2_400, 2_400, 0)


def test_clusters_are_found_again_in_a_frame(account: Labelled, clusters: Clusters) -> None:
    """Each item of a snapshot has its cluster, and -1 if it was not clustered."""
    before = clusters_of(account.frame.iloc[100:])
    codes = before.in_frame(account.frame)

    assert (codes[:100] == -1).all()
    assert codes[100:].tolist() == before.codes[::-1].tolist()
    assert clusters.in_frame(account.frame).tolist() == clusters.codes[::-1].tolist()


@pytest.mark.parametrize(
    ("texts", "shared"),
    [
        (("It timed out", "a time-out", "timeout!", "TIMEOUTS"), "timeout"),
        (("I can't log in", "login fails", "the login page", "logged in?"), "login"),
        (("exporting", "exports", "EXPORTED", "the export"), "export"),
        (("导出失败了", "总是失败"), "失败"),
        (("öffnet nicht", "O\u0308FFNET"), "offnet"),
    ],
)
def test_forms_of_a_word_are_one_term(texts: Sequence[str], shared: str) -> None:
    """Spellings and forms of a word are one term."""
    terms = terms_of(pa.array(texts, pa.large_string()))
    number = terms.names.to_pylist().index(shared)

    assert set(terms.rows[terms.numbers == number].tolist()) == set(range(len(texts)))


def test_terms_keep_their_numbers_when_texts_come() -> None:
    """Known terms keep their numbers, new ones follow."""
    first = terms_of(pa.array(["The timeout again", "no timeout"], pa.large_string()))
    later = terms_of(pa.array(["Timed out on a gizmo"], pa.large_string()), first.names)

    assert later.names.to_pylist()[: len(first.names)] == first.names.to_pylist()
    assert {later.names[number].as_py() for number in later.numbers.tolist()} == {"timeout", "on", "gizmo"}


def test_a_text_spells_its_terms() -> None:
    """Each term of a text has its spelling there, with marks and accents."""
    assert spelt("Es TIMED out, für हिन्दी Übergrößen")["timeout"] == "timed out"
    assert {"für", "हिन्दी", "übergrößen"} <= set(spelt("Es TIMED out, für हिन्दी Übergrößen").values())


def test_stems_are_the_same_in_any_thread() -> None:
    """Threads that stem at once get the right stems: a stemmer that they share gives wrong ones."""
    bases, endings = {*" ".join(OTHERS).split()}, ("", "s", "ing", "ed", "ation", "fulness", "ically", "izers")
    words = sorted(f"{one}{other}{ending}" for one in bases for other in bases for ending in endings)
    expected = [stem(word) for word in words]
    stem.cache_clear()
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as threads:
            found = [*threads.map(lambda _: [stem(word) for word in words], range(4))]
    finally:
        sys.setswitchinterval(before)

    assert found == [expected] * 4


@given(st.lists(st.lists(st.sampled_from("abcdefghijkl"), min_size=0, max_size=7), min_size=1, max_size=40))
def test_wordings_are_those_of_a_plain_comparison(texts: list[list[str]]) -> None:
    """Each text joins the leader that it resembles most, exactly as if it was compared with all of them."""
    letters = "abcdefghijkl"
    pairs = [(row, term) for row, text in enumerate(texts) for term, letter in enumerate(letters) if letter in text]
    rows, terms = (np.array([pair[place] for pair in pairs], np.int64) for place in (0, 1))
    weights = np.sort(np.linspace(0.5, 3, len(letters)))[::-1]
    vectors = vectors_of(rows, terms, weights, len(texts))
    dense = np.zeros((len(texts), len(letters)))
    dense[rows, terms] = weights[terms]
    dense /= np.maximum(np.linalg.norm(dense, axis=1), 1e-9)[:, None]
    leaders: list[int] = []
    expected = []
    for row in range(len(texts)):
        few = [min(len({*texts[row]}), len({*texts[leader]})) < FEW_TERMS for leader in leaders]
        least = [THRESHOLD_OF_FEW if one else THRESHOLD for one in few]
        products = [round(float(dense[row] @ dense[leader]), 4) for leader in leaders]
        cosines = [one if one >= bound else 0 for one, bound in zip(products, least, strict=True)]
        best = int(np.argmax(cosines)) if cosines else 0
        if cosines and cosines[best] >= THRESHOLD:
            expected.append(leaders[best])
        else:
            leaders.append(row)
            expected.append(row)
    whole = wordings_of(vectors, len(letters))
    half = wordings_of(vectors_of(*_first(rows, terms, len(texts) // 2), weights, len(texts) // 2), len(letters))

    assert whole.leaders.tolist() == expected
    assert wordings_of(vectors, len(letters), half).leaders.tolist() == expected


def _first(rows: np.ndarray, terms: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    return rows[rows < count], terms[rows < count]


def test_terms_in_most_texts_weigh_nothing() -> None:
    """A term in more than 30 % of the texts weighs nothing, unless there are few texts; a rare one weighs most."""
    numbers = np.repeat([0, 1, 2], [40, 30, 1])

    assert weights_of(numbers, 100, 3) == pytest.approx([0, math.log1p(100 / 30), math.log1p(100)])
    assert weights_of(np.repeat([0, 1], [9, 1]), 10, 2)[0] > 0


@pytest.mark.parametrize(("both", "begins"), [(16, False), (24, True)])
def test_words_that_mostly_stand_alone_begin_no_cluster(both: int, *, begins: bool) -> None:
    """A pair begins a cluster only if half of the wordings with its rarer word have both words."""
    firsts, seconds = range(40), range(40 - both, 80 - both)
    pairs = sorted([(row, 0) for row in firsts] + [(row, 1) for row in seconds])
    rows, terms = (np.array([pair[place] for pair in pairs]) for place in (0, 1))
    none = np.full(600, UNTAGGED)
    found = anchors_of(WordingTerms(rows, terms, 600, 2, np.ones(2, bool), none, np.array([], np.int64)))

    assert [(one.terms, len(one.wordings), one.begins) for one in found] == [((0, 1), both, begins)]


def test_the_log_likelihood_ratio_is_dunnings() -> None:
    """G² is the sum of 2 · observed · ln(observed / expected) over the four cells."""
    table = np.array([[7, 13], [5, 75]])
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / 100

    found = log_likelihood(np.array([7]), np.array([20]), np.array([12]), 100)
    assert found[0] == pytest.approx(2 * (table * np.log(table / expected)).sum())
    assert log_likelihood(np.array([2]), np.array([20]), np.array([10]), 100)[0] == pytest.approx(0)


def snapshots(account: Labelled, *counts: int) -> list[Snapshot]:
    """Snapshots of so many of the account's oldest items."""
    return [Snapshot(account.frame.iloc[-count:].reset_index(drop=True)) for count in counts]


def test_a_snapshot_is_shown_with_its_own_clusters_once_they_are_made(account: Labelled) -> None:
    """Until then with those of the snapshot before, and before any with none; nobody waits for them."""
    before, after = snapshots(account, 400, 410)
    latest = LatestClusters()
    none = latest.of(before)
    assert none.clusters is None
    assert latest.of(before) is none
    assert latest.of(after).clusters is None
    assert set(none.codes) == {-1}

    latest.update(before)
    own = latest.of(before)
    assert own.clusters is not None
    assert (own.codes >= 0).all()
    assert len(own.codes) == 400
    borrowed = latest.of(after)
    assert borrowed.clusters is own.clusters
    assert (borrowed.codes < 0).sum() == 10

    latest.update(after)
    assert (latest.of(after).codes >= 0).all()
    assert latest.of(before) is own, "the items of a reader keep their places"


def test_the_same_snapshot_is_clustered_once(account: Labelled, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sync without news costs nothing."""
    (snapshot,) = snapshots(account, 50)
    latest = LatestClusters()
    latest.update(Snapshot())
    latest.update(snapshot)
    monkeypatch.setattr(latest_clusters, "clusters_of", None)
    latest.update(snapshot)
    assert latest.of(snapshot).clusters is not None


def test_each_item_is_known_by_its_cluster(account: Labelled) -> None:
    """By the id of one of the cluster's items, or its own where it is in none."""
    (snapshot,) = snapshots(account, 400)
    frame, positions = snapshot.frame, np.arange(400)
    clustered = Clustered.of(frame)
    keys = np.array(clustered.keys(frame, positions).to_pylist())
    assert len(set(keys)) == clustered.codes.max() + 1
    assert all(len(set(keys[clustered.codes == code])) == 1 for code in range(clustered.codes.max() + 1))
    assert set(keys) <= set(frame["id"])
    alone = replace(clustered, codes=np.full(400, -1))
    assert alone.keys(frame, positions[:3]).to_pylist() == frame["id"].iloc[:3].tolist()


def test_the_cluster_of_an_item_is_looked_up(account: Labelled) -> None:
    """It has all items with the item's number; an item in no cluster is alone, and an unknown one has none."""
    (snapshot,) = snapshots(account, 400)
    frame, clustered = snapshot.frame, Clustered.of(snapshot.frame)
    ids = frame["id"].tolist()
    for place in (0, 150, 399):
        same = {one for one, code in zip(ids, clustered.codes, strict=True) if code == clustered.codes[place]}
        assert clustered.cluster_of(frame, ids[place]) == ClusterOf(ids[place], frozenset(same))
    alone = replace(clustered, codes=np.full(400, -1))
    assert alone.cluster_of(frame, ids[7]).ids == {ids[7]}
    assert clustered.cluster_of(frame, "unknown") == ClusterOf("unknown")


def test_another_account_is_clustered_anew(account: Labelled) -> None:
    """As after another key: a few items that do not belong to the others join nothing of theirs."""
    other = frame_of(rows_of(OTHERS[:20]))
    assert clusters_of(other, clusters_of(account.frame)).basis.items == 20


def test_numbers_tell_brief_texts_apart() -> None:
    """In longer ones they are those of orders and days."""
    found = by_message(
        frame_of(
            rows_of(
                [*["Error 404", "error 500", "Error (404)"], *["My order 4711 never came", "my order 4712 never came!"]]
            )
        )
    )
    assert found["Error 404"] == found["Error (404)"] != found["error 500"]
    assert found["My order 4711 never came"] == found["my order 4712 never came!"]


def test_many_small_joins_lead_to_clusters_of_all_anew(account: Labelled) -> None:
    """Joining is for a few items; what was clustered of the first hundred is no measure for thousands."""
    found = clusters_of(account.frame.iloc[-200:])
    for count in range(205, 300, 5):
        found = clusters_of(account.frame.iloc[-count:], found)
        assert len(found.items) == count
        assert count - found.basis.items <= 0.05 * found.basis.items


def test_nothing_stays_of_a_deleted_item(account: Labelled) -> None:
    """Its text is in no cluster; an item that is only too old by now needs no new clusters."""
    frame = account.frame.iloc[:400]
    before = clusters_of(frame)
    after = clusters_of(frame.drop(index=7).reset_index(drop=True), before)
    assert frame["id"][7] not in after.items["id"].to_pylist()
    assert after.basis.items == 399


def test_texts_of_many_words_take_little_memory() -> None:
    """Only the terms of the texts that are compared at once are in a table."""
    rows = np.repeat(np.arange(3_000), 40)
    terms = np.arange(len(rows))
    tracemalloc.start()
    vectors = vectors_of(rows, terms, weights_of(terms, 3_000, len(rows)), 3_000)
    assert len(set(wordings_of(vectors, len(rows)).leaders.tolist())) == 3_000
    assert tracemalloc.get_traced_memory()[1] < 150_000_000
    tracemalloc.stop()


def test_an_english_word_for_a_thing_is_no_function_word() -> None:
    """Though it is one in another language."""
    assert function_terms().isdisjoint(map(stem, ("ban", "todo", "car", "van", "hat", "plus", "comment", "bin")))
