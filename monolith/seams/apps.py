"""The seams as a Django app: it has commands and no tables."""

from django.apps import AppConfig


class SeamsConfig(AppConfig):
    """Name the app."""

    name = "monolith.seams"
