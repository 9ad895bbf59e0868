"""Orders as a Django app: it listens to its own rows."""

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    """Name the app, and connect its signals."""

    name = "monolith.orders"

    def ready(self) -> None:
        """Listen."""
        from monolith.orders import signals  # noqa: F401, PLC0415 - connecting is the import's effect
