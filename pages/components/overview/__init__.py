"""The components of the overview: a model of all its frames, and the cards and charts that draw them."""

from pages.components.overview import breakdown_cards, chart_cards, headline, kpi_row, markers, timeline
from pages.components.overview.model import OverviewModel

__all__ = ["OverviewModel", "breakdown_cards", "chart_cards", "headline", "kpi_row", "markers", "timeline"]
