"""What the inventory can be asked, over HTTP and over RPC."""

from typing import Any
from uuid import UUID

from extracted.chassis.auth import Guard, GuardProvider
from extracted.chassis.database import Database, DatabaseProvider
from extracted.chassis.http import http
from extracted.chassis.messages import Request, Response
from extracted.chassis.rpc_answer import answer
from extracted.chassis.rpc_server import rpc
from extracted.chassis.shop import Shop, ShopProvider
from extracted.contracts.identity import MERCHANTS
from extracted.contracts.inventory import StockLine
from extracted.inventory import api, stock


class InventoryService:
    """Entrypoints only; `api` speaks HTTP, `stock` knows what becomes of goods."""

    name = "inventory"

    # Nameko puts the providers' dependencies in their place, worker by worker.
    database: Database = DatabaseProvider()
    guard: Guard = GuardProvider()
    shop: Shop = ShopProvider()

    @http("GET", api.WAREHOUSES)
    def list_warehouses(self, request: Request) -> Response:
        """List warehouses."""
        self.guard.admit(request, MERCHANTS)
        return api.list_warehouses(self.database)

    @http("GET", api.STOCK)
    def show_stock(self, _: Request, product_id: str) -> Response:
        """Show what there is of a product."""
        return api.show_stock(self.database, self.shop, product_id)

    @http("GET", api.ADJUSTMENTS)
    def list_adjustments(self, request: Request, product_id: str) -> Response:
        """List why there is as much as there is."""
        self.guard.admit(request, MERCHANTS)
        return api.list_adjustments(self.database, self.shop, request, product_id)

    @http("POST", api.ADJUSTMENTS)
    def adjust_stock(self, request: Request, product_id: str) -> Response:
        """Adjust what a warehouse has."""
        self.guard.admit(request, MERCHANTS)
        return api.adjust_stock(self.database, self.shop, request, product_id)()

    @rpc(expected_exceptions=ValueError)
    def reserve(
        self, reservation_id: str, lines: list[dict[str, Any]], expires_in_s: int
    ) -> dict[str, Any]:
        """Keep all lines or nothing, once per id."""
        wanted = [StockLine.model_validate(line) for line in lines]
        key = UUID(reservation_id)
        return answer(
            lambda: stock.reserve(self.database, key, lines=wanted, expires_in_s=expires_in_s)
        )

    @rpc(expected_exceptions=ValueError)
    def confirm(self, reservation_id: str) -> dict[str, Any]:
        """Take the goods from the shelves for good."""
        key = UUID(reservation_id)
        return answer(lambda: stock.confirm(self.database, key))

    @rpc(expected_exceptions=ValueError)
    def release(self, reservation_id: str, *, only_held: bool = False) -> dict[str, Any]:
        """Give the goods back; with `only_held` not those that are paid for."""
        key = UUID(reservation_id)
        return answer(lambda: stock.release(self.database, key, only_held=only_held))

    @rpc(expected_exceptions=ValueError)
    def sell_out(self, product_id: str) -> dict[str, Any]:
        """Take off all that can be reserved."""
        key = UUID(product_id)
        return answer(lambda: stock.sell_out(self.database, key))
