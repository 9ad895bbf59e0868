"""Reports as a Django app: it has a command and no tables."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """Name the app."""

    name = "monolith.reports"
