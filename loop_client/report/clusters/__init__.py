"""Clusters: items that say the same, in other words too, found by words alone and explained by them.

Texts of nearly the same words are one wording, see `wordings`, and are compared once more by what several of them have
in common, see `profiles`. Wordings that share two words which meet far more often than chance would have them meet are
one cluster, see `anchors`. What came up within days is a cluster by one word, see `bursts`.

Words that are related only by their meaning stay apart: "gives up after 60 seconds" is no time-out. So do forms that
the stemmer does not know, such as "froze" and "frozen", and inflected forms in most other languages than English. Short
texts that differ by one word may be one cluster though they mean the opposite, such as "pause" and "resume the timer".
`tests/benchmarks/clusters.py` measures how good clusters are.
"""

from loop_client.report.clusters.chosen import NEWEST, Covered, clustered_since
from loop_client.report.clusters.clustering import Clusters, by_words, clusters_of
from loop_client.report.clusters.latest import Clustered, LatestClusters
from loop_client.report.clusters.names import ClusterName, name_of

__all__ = [
    "NEWEST",
    "ClusterName",
    "Clustered",
    "Clusters",
    "Covered",
    "LatestClusters",
    "by_words",
    "clustered_since",
    "clusters_of",
    "name_of",
]
