"""What one process does for one account, whether pages, a shell or a test asks for it. Nothing here knows Streamlit."""

from loop_client.service.budget import Budget
from loop_client.service.config import Config, data_folder, secrets_files
from loop_client.service.saved_views import SavedView, SavedViews

__all__ = ["Budget", "Config", "SavedView", "SavedViews", "data_folder", "secrets_files"]
