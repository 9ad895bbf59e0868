"""What the catalog can be asked, over HTTP and over RPC."""

from typing import Any
from uuid import UUID

from extracted.catalog import api, reading
from extracted.chassis.auth import Guard, GuardProvider
from extracted.chassis.database import Database, DatabaseProvider
from extracted.chassis.http import http
from extracted.chassis.messages import Request, Response
from extracted.chassis.rpc_server import rpc
from extracted.contracts.identity import MERCHANTS


class CatalogService:
    """Entrypoints only; `api` speaks HTTP, `reading` and `writing` know the catalog."""

    name = "catalog"

    # Nameko puts the providers' dependencies in their place, worker by worker.
    database: Database = DatabaseProvider()
    guard: Guard = GuardProvider()

    @http("GET", api.PRODUCTS)
    def list_products(self, request: Request) -> Response:
        """List products: filter, search, sort, page."""
        return api.list_products(self.database, request)

    @http("GET", api.PRODUCT)
    def show_product(self, request: Request, product_id: str) -> Response:
        """Show one product."""
        return api.show_product(self.database, request, product_id)

    @http("GET", api.CATEGORIES)
    def list_categories(self, request: Request) -> Response:
        """List all categories."""
        return api.list_categories(self.database, request)

    @http("POST", api.PRODUCTS)
    def create_product(self, request: Request) -> Response:
        """Create a product."""
        self.guard.admit(request, MERCHANTS)
        return api.create_product(self.database, request)()

    @http("PATCH", api.PRODUCT)
    def change_product(self, request: Request, product_id: str) -> Response:
        """Change a product."""
        self.guard.admit(request, MERCHANTS)
        return api.change_product(self.database, request, product_id)()

    @http("DELETE", api.PRODUCT)
    def delete_product(self, request: Request, product_id: str) -> Response:
        """Delete a product."""
        self.guard.admit(request, MERCHANTS)
        return api.delete_product(self.database, request, product_id)()

    @rpc(expected_exceptions=ValueError)
    def get_quotes(self, product_ids: list[str]) -> list[dict[str, Any]]:
        """Quote products by id; unknown ones are absent."""
        return reading.quotes(self.database, [UUID(product_id) for product_id in product_ids])
