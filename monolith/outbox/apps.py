"""The outbox as a Django app: it has migrations and commands, and no tables of its own."""

from django.apps import AppConfig


class OutboxConfig(AppConfig):
    """Name the app."""

    name = "monolith.outbox"
