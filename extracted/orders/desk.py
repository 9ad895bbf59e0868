"""What every request about orders has at hand: the database, the other services, and who asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from extracted.chassis.auth import Caller
from extracted.chassis.database import Database
from extracted.chassis.messages import Request
from extracted.chassis.shop import Shop
from extracted.contracts.catalog import Product, Quote
from extracted.contracts.customers import Contact
from extracted.contracts.identity import AUTHORIZATION
from extracted.contracts.orders import Cart, OrderItem
from extracted.contracts.problems import ProblemError
from extracted.contracts.rpc import Unanswered
from extracted.orders import customers
from extracted.orders.others import Mails, Others, Prices
from extracted.orders.steps import Saga


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One request's hands."""

    request: Request
    caller: Caller
    database: Database
    shop: Shop
    prices: Prices
    others: Others
    mails: Mails

    @property
    def saga(self) -> Saga:
        """What goes on with purchases."""
        return Saga(database=self.database, others=self.others)

    def customer(self, customer_id: UUID, *, otherwise: str) -> Contact:
        """Return whom an order belongs to; raises the ProblemError `otherwise` for nobody."""
        found = self._find(customer_id)
        if found is None:
            raise ProblemError(otherwise)
        return found

    def contact(self, customer_id: UUID) -> Contact | None:
        """Return whom to write to about an order that is there, None where nobody says.

        Who ordered on the other side may never have asked us for anything; nothing fails for that.
        """
        try:
            found = self._find(customer_id)
        except ProblemError:
            found = None
        return found or customers.remembered(self.database, customer_id)

    def quotes(self, items: tuple[OrderItem, ...]) -> Mapping[UUID, Quote]:
        """Return a quote per known product; raises ProblemError 503."""
        wanted = [item.product_id for item in items]
        try:
            return self.prices.get_quotes(product_ids=wanted)
        except Unanswered:
            # Dearer, one by one, but without the broker: a slow order is better than none.
            found = (self._quote(product_id) for product_id in wanted)
            return {quote.product_id: quote for quote in found if quote}

    def quotes_of(self, cart: Cart) -> Mapping[UUID, Quote]:
        """Return a quote per known product of a cart; raises ProblemError 503."""
        return self.quotes(cart.lines)

    def _find(self, customer_id: UUID) -> Contact | None:
        who = self.request.header(AUTHORIZATION)
        return customers.find(self.database, self.shop, customer_id, authorization=who)

    def _quote(self, product_id: UUID) -> Quote | None:
        found = self.shop.find(f"/api/v1/products/{product_id}")
        if found is None:
            return None
        product = Product.model_validate_json(found)
        return Quote(product_id=product.id, name=product.name, price=product.price)
