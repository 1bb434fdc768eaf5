"""Clusters: items that say the same, in other words too, found by words alone and explained by them.

Texts of nearly the same words are one wording, see `wordings`. Wordings that share two words which meet far more often
than chance would have them meet are one cluster, see `anchors`. What came up within days is a cluster by one word, see
`bursts`.
"""

from loop_client.report.clusters.chosen import Covered
from loop_client.report.clusters.clustering import Clusters, clusters_of
from loop_client.report.clusters.names import Name, name_of, shared_words

__all__ = ["Clusters", "Covered", "Name", "clusters_of", "name_of", "shared_words"]
