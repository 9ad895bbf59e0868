"""What orders can be asked, over HTTP and over RPC."""

from collections.abc import Callable
from typing import Any

from extracted.chassis.auth import Guard, GuardProvider
from extracted.chassis.database import Database, DatabaseProvider
from extracted.chassis.http import http
from extracted.chassis.messages import Request, Response
from extracted.chassis.remote import Remote, RemoteProvider
from extracted.chassis.requests import Write
from extracted.chassis.rpc_server import rpc
from extracted.chassis.shop import Shop, ShopProvider
from extracted.contracts.identity import SIGNED_IN, STAFF, Role
from extracted.contracts.reports import SalesQuery
from extracted.orders import api, carts_api, related_api, sales
from extracted.orders.desk import Desk
from extracted.orders.domain import Status
from extracted.orders.others import Goods, Mails, Others, Prices, Purse

# The card's provider may take its time.
PAYMENTS_TIMEOUT_S = 5.0


class OrdersService:
    """Entrypoints only; `api` and `carts_api` speak HTTP, `steps` knows how a purchase goes."""

    name = "orders"

    # Nameko puts the providers' dependencies in their place, worker by worker.
    database: Database = DatabaseProvider()
    guard: Guard = GuardProvider()
    shop: Shop = ShopProvider()
    catalog: Remote = RemoteProvider("catalog")
    inventory: Remote = RemoteProvider("inventory")
    payments: Remote = RemoteProvider("payments", timeout_s=PAYMENTS_TIMEOUT_S)
    notifications: Remote = RemoteProvider("notifications")

    @http("GET", api.ORDERS)
    def list_orders(self, request: Request) -> Response:
        """List a customer's orders, newest first."""
        return api.list_orders(self._desk(request, SIGNED_IN))

    @http("GET", api.ORDER)
    def show_order(self, request: Request, order_id: str) -> Response:
        """Show an order."""
        return api.show_order(self._desk(request, SIGNED_IN), order_id)

    @http("GET", carts_api.CART)
    def show_cart(self, request: Request, customer_id: str) -> Response:
        """Show a cart at today's prices."""
        return carts_api.show_cart(self._desk(request, SIGNED_IN), customer_id)

    @http("GET", carts_api.CHECKOUT)
    def show_checkout(self, request: Request, checkout_id: str) -> Response:
        """Show a checkout."""
        return carts_api.show_checkout(self._desk(request, SIGNED_IN), checkout_id)

    @http("GET", f"{api.ORDER}/payments")
    def list_payments(self, request: Request, order_id: str) -> Response:
        """List the payments of an order."""
        return related_api.list_payments(self._desk(request, SIGNED_IN), order_id)

    @http("GET", f"{api.ORDER}/mails")
    def list_mails(self, request: Request, order_id: str) -> Response:
        """List the mails about an order."""
        return related_api.list_mails(self._desk(request, SIGNED_IN), order_id)

    @http("POST", api.ORDERS)
    def place_order(self, request: Request) -> Response:
        """Place an order."""
        return self._done(request, SIGNED_IN, api.place_order)

    @http("POST", f"{api.ORDER}/cancel")
    def cancel_order(self, request: Request, order_id: str) -> Response:
        """Take an order back before it is paid."""
        return self._change(request, order_id, Status.CANCELLED, roles=SIGNED_IN)

    @http("POST", f"{api.ORDER}/ship")
    def ship_order(self, request: Request, order_id: str) -> Response:
        """Say that a paid order left the house."""
        return self._change(request, order_id, Status.SHIPPED, roles=STAFF)

    @http("POST", f"{api.ORDER}/deliver")
    def deliver_order(self, request: Request, order_id: str) -> Response:
        """Say that a shipped order arrived."""
        return self._change(request, order_id, Status.DELIVERED, roles=STAFF)

    @http("POST", f"{api.ORDER}/refund")
    def refund_order(self, request: Request, order_id: str) -> Response:
        """Give the money of an order back."""
        return self._done(request, SIGNED_IN, lambda desk: api.refund_order(desk, order_id))

    @http("PUT", carts_api.CART_LINE)
    def set_line(self, request: Request, customer_id: str, product_id: str) -> Response:
        """Want so many of a product."""
        return self._done(
            request, SIGNED_IN, lambda desk: carts_api.set_line(desk, customer_id, product_id)
        )

    @http("DELETE", carts_api.CART_LINE)
    def remove_line(self, request: Request, customer_id: str, product_id: str) -> Response:
        """Want a product no more."""
        return self._done(
            request, SIGNED_IN, lambda desk: carts_api.remove_line(desk, customer_id, product_id)
        )

    @http("DELETE", carts_api.CART)
    def empty_cart(self, request: Request, customer_id: str) -> Response:
        """Want nothing."""
        return self._done(request, SIGNED_IN, lambda desk: carts_api.empty_cart(desk, customer_id))

    @http("POST", carts_api.CHECK_OUT)
    def check_out(self, request: Request, customer_id: str) -> Response:
        """Buy a cart."""
        return self._done(request, SIGNED_IN, lambda desk: carts_api.check_out(desk, customer_id))

    @rpc(expected_exceptions=ValueError)
    def sales(self, query: dict[str, Any]) -> dict[str, Any]:
        """Report what was sold in some days, from the read model."""
        report = sales.report(self.database, SalesQuery.model_validate(query))
        return report.model_dump(mode="json")

    def _change(
        self, request: Request, order_id: str, wanted: Status, *, roles: frozenset[Role]
    ) -> Response:
        is_for_buyers = roles != STAFF
        return self._done(
            request,
            roles,
            lambda desk: api.change_order(desk, order_id, wanted, is_for_buyers=is_for_buyers),
        )

    def _done(
        self, request: Request, roles: frozenset[Role], check: Callable[[Desk], Write]
    ) -> Response:
        return check(self._desk(request, roles))()

    def _desk(self, request: Request, roles: frozenset[Role]) -> Desk:
        return Desk(
            request=request,
            caller=self.guard.admit(request, roles),
            database=self.database,
            shop=self.shop,
            prices=Prices(self.catalog),
            others=Others(goods=Goods(self.inventory), money=Purse(self.payments)),
            mails=Mails(self.notifications),
        )
