"""The app, and what must be imported before any thread starts."""

from importlib import import_module

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """Catalog."""

    name = "monolith.catalog"

    def ready(self) -> None:
        """Import the seam, and with it Nameko, on the main thread.

        Nameko brings eventlet, which copies the module `threading` as it is imported. Done on another
        thread, that thread never counts as ended, and the process waits for it for ever when it
        should exit. Django would import the seam with the URLs, at the first request.
        """
        import_module("monolith.catalog.seam")
