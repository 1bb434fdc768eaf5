"""Measure how well clusters match complaints, and what they cost.

`python -m tests.benchmarks.clusters [--sizes 2400 6000 20000] [--seeds 10]` clusters the sandbox's sample, of which the
complaint of each item is known, and prints the worst of the seeds. Bounds: precision at least 0.95 and recall 0.75 over
pairs of items, 0.95 of the broken exports in one cluster with at most 2 % others; 1 s of processor time for 20,000
items that repeat each other, 2.5 s where none does, 50 ms for 100 new ones. Peers from scikit-learn: components of
texts with a TF-IDF cosine of 0.6, and HDBSCAN on 50 dimensions of an SVD.

The sentences of home-assistant-intents are commands that differ by a word and mean the opposite: in English, precision
is at least 0.7 at a recall of at least 0.25, in the mean of the seeds; single ones are within 0.05.
"""

from __future__ import annotations

import argparse
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import vstack
from scipy.sparse.csgraph import connected_components
from sklearn.cluster import HDBSCAN
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize

from loop_client.report import words
from loop_client.report.clusters import clusters_of, terms
from loop_client.report.clusters.chosen import MOST
from tests.benchmarks.intents import sentences
from tests.benchmarks.table import Bound, show
from tests.complaints import NOW, Agreement, agreement, frame_of, sample

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

PRECISION, RECALL, BROKEN, STRANGERS = Bound(least=0.95), Bound(least=0.75), Bound(least=0.95), Bound(most=0.02)
LANGUAGES = ("en", "de", "fr", "es", "ru", "ar", "hi", "ja", "ko", "th", "zh-CN")
WORDS = 20_000


def ours(frame: pd.DataFrame) -> np.ndarray:
    """The cluster of each row."""
    return clusters_of(frame).in_frame(frame)


def by_components(frame: pd.DataFrame) -> np.ndarray:
    """Connected components of texts with a TF-IDF cosine from 0.6 on."""
    vectors = TfidfVectorizer(max_df=0.3, sublinear_tf=True).fit_transform(frame["message"].tolist())
    parts = []
    for start in range(0, vectors.shape[0], 500):
        near = vectors[start : start + 500] @ vectors.T
        near.data[near.data < 0.6] = 0
        near.eliminate_zeros()
        parts.append(near)
    return np.asarray(connected_components(vstack(parts), directed=False)[1])


def by_density(frame: pd.DataFrame) -> np.ndarray:
    """HDBSCAN; each text that it takes for noise is a cluster of its own."""
    vectors = TfidfVectorizer(max_df=0.3, sublinear_tf=True).fit_transform(frame["message"].tolist())
    points = normalize(TruncatedSVD(50, random_state=1).fit_transform(vectors))
    codes = HDBSCAN(min_cluster_size=3, copy=True).fit_predict(points)
    return np.where(codes < 0, int(codes.max()) + 1 + np.arange(len(codes)), codes)


WAYS: dict[str, Callable[[pd.DataFrame], np.ndarray]] = {
    "clusters": ours,
    "TF-IDF components": by_components,
    "HDBSCAN": by_density,
}


def timed(way: Callable[[pd.DataFrame], np.ndarray], frame: pd.DataFrame) -> tuple[np.ndarray, float]:
    """The codes, and the processor time that they took, in seconds."""
    started = time.process_time()
    codes = way(frame)
    return codes, time.process_time() - started


def of_sample(way: str, count: int, seeds: Sequence[int]) -> list[str]:
    """The worst figures of these seeds, and the least time."""
    found, times = list[Agreement](), list[float]()
    for seed in seeds:
        account = sample(count, seed)
        codes, seconds = timed(WAYS[way], account.frame)
        labels = np.array([account.complaints[one] for one in account.frame["id"]])
        found.append(agreement(codes, labels))
        times.append(seconds)
    worst = np.array(found)
    least, most = worst.min(axis=0), worst.max(axis=0)
    figures = [(least[0], PRECISION), (least[1], RECALL), (least[2], BROKEN), (most[3], STRANGERS)]
    row = [f"{way}, {count:,} items, {len(seeds)} seeds", *(f"{value:.3f}" for value, _ in figures)]
    held = "; ".join(bound.judged(value) for value, bound in figures) if way == "clusters" else ""
    return [*row, held, f"{min(times):.2f}", f"{np.median(times):.2f}"]


def unlike(count: int, seed: int = 1) -> pd.DataFrame:
    """Texts of twelve words, as frequent as in a language, of which hardly any two are alike."""
    random = np.random.default_rng(seed)
    shares = 1 / np.arange(3, WORDS + 3) ** 0.9
    names = np.array(
        [f"{number:b}".translate(str.maketrans("01", "lo")) for number in range(1 << 14, (1 << 14) + WORDS)]
    )
    chosen = names[random.choice(WORDS, (count, 12), p=shares / shares.sum())]
    return frame_of(_rows([(" ".join(row), "") for row in chosen.tolist()]))


def _rows(texts: Sequence[tuple[str, str]]) -> list[dict[str, str | None]]:
    fields: dict[str, str | None] = dict.fromkeys(("sentiment", "source", "tag"))
    return [
        {
            **fields,
            "id": f"fb_{number:06d}",
            "user_id": f"u_{number % 997}",
            "message": text,
            "status": "open",
            "created_at": (NOW - timedelta(days=180 * (len(texts) - number) / len(texts))).isoformat(),
        }
        for number, (text, _) in enumerate(texts)
    ]


def cold(frame: pd.DataFrame) -> np.ndarray:
    """The codes, as of a process that has met no word yet."""
    terms.stem.cache_clear()
    words.folded_word.cache_clear()
    return ours(frame)


def costs(count: int, turns: int = 5) -> list[list[str]]:
    """Processor time of all items, of unlike ones, and of a hundred more."""
    frame, others = sample(count).frame, unlike(count)
    whole, alone = (min(timed(cold, some)[1] for _ in range(turns)) for some in (frame, others))
    before = clusters_of(frame.iloc[100:])

    def more(_: pd.DataFrame) -> np.ndarray:
        return clusters_of(frame, before).codes

    new = min(timed(more, frame)[1] for _ in range(turns))
    return [
        [f"{count:,} items of the sample", f"{whole:.2f}", Bound(most=1.0).judged(whole)],
        [f"{count:,} items of which none repeats another", f"{alone:.2f}", Bound(most=2.5).judged(alone)],
        [f"100 more, among {count:,} of the sample", f"{new:.3f}", Bound(most=0.05).judged(new)],
    ]


def most_clustered(turns: int = 2) -> list[list[str]]:
    """Processor time of as many items as are ever clustered, of the largest accounts too."""
    what = f"{MOST:,} items, the most that are clustered, "
    kinds = {"of the sample": sample(MOST).frame, "of which none repeats another": unlike(MOST)}
    times = {kind: min(timed(cold, frame)[1] for _ in range(turns)) for kind, frame in kinds.items()}
    return [[what + kind, f"{seconds:.2f}", ""] for kind, seconds in times.items()]


def of_intents(language: str, seeds: Sequence[int]) -> list[str]:
    """Precision and recall on sentences of this language: the mean of the seeds, for peers of the first alone."""
    row, held = list[str](), ""
    for name, way in WAYS.items():
        found, counts = list[Agreement](), list[int]()
        for seed in seeds if name == "clusters" else seeds[:1]:
            texts = sentences(language, seed)
            labels = np.array([intent for _, intent in reversed(texts)])
            found.append(agreement(way(frame_of(_rows(texts))), labels))
            counts.append(len(texts))
        precision, recall = np.mean([one[:2] for one in found], axis=0).tolist()
        row = row or [f"{language}, {np.mean(counts):,.0f} texts"]
        row.append(f"{precision:.2f} / {recall:.2f}")
        if language == "en" and name == "clusters":
            held = f"{Bound(least=0.7).judged(precision)}; {Bound(least=0.25).judged(recall)}"
    return [*row, held]


def main() -> None:
    """Print quality and cost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[2_400, 6_000, 20_000])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--peers", type=int, default=2_400, help="items that the peers cluster, of one seed")
    parser.add_argument("--languages", nargs="*", default=LANGUAGES)
    options = parser.parse_args()
    seeds = range(1, options.seeds + 1)
    rows = [of_sample("clusters", size, seeds) for size in options.sizes]
    rows += [of_sample(way, options.peers, [1]) for way in list(WAYS)[1:]]
    header = ["way", "precision", "recall", "broken exports", "others there", "to hold", "least s", "median s"]
    show("The sample, the worst of the seeds; processor time.", header, rows)
    show("Processor time, least of the turns.", ["", "s", "to hold"], costs(max(options.sizes)) + most_clustered())
    if options.languages:
        header = ["home-assistant-intents", *WAYS, "to hold"]
        title = f"Precision / recall on labelled sentences, clusters: mean of {len(seeds)} seeds."
        show(title, header, [of_intents(one, seeds) for one in options.languages])


if __name__ == "__main__":
    main()
