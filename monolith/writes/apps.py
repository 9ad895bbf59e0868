"""What every write shares, as a Django app: it has a command, and no tables of its own."""

from django.apps import AppConfig


class WritesConfig(AppConfig):
    """Name the app."""

    name = "monolith.writes"
