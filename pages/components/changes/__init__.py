"""The components of the page Changes: what is compared, what changed, and files to take along."""

from pages.components.changes import compared, sections, take_along
from pages.components.changes.model import ChangesModel

__all__ = ["ChangesModel", "compared", "sections", "take_along"]
