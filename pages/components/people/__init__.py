"""The components of the page People: a model of its rows, the table, and one person beside it."""

from pages.components.people import controls, export, group, person, table, team_file
from pages.components.people.model import Chosen, PeopleModel

__all__ = ["Chosen", "PeopleModel", "controls", "export", "group", "person", "table", "team_file"]
