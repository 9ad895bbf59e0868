"""The published language of orders: values, commands, images and events."""

from typing import Annotated, Literal, Protocol, Self
from uuid import UUID

from pydantic import Field, model_validator

from extracted.contracts.commands import CommandImage, CommandNote
from extracted.contracts.customers import Contact
from extracted.contracts.payments import CardToken
from extracted.contracts.reports import SalesQuery, SalesReport
from extracted.contracts.values import Contract, Money, ShortText, Text, Timestamp

__all__ = ["CommandImage", "CommandNote"]

DOMAIN = "orders"
Quantity = Annotated[int, Field(strict=True, ge=1, le=1000)]
ClientReference = Annotated[Text, Field(min_length=1, max_length=64)]


class OrderItem(Contract):
    """One wish: so many of a product."""

    product_id: UUID
    quantity: Quantity


class PlaceOrder(Contract):
    """Ask for an order; each product is named once."""

    customer_id: UUID
    client_reference: ClientReference | None = None
    lines: Annotated[tuple[OrderItem, ...], Field(min_length=1, max_length=50)]

    @model_validator(mode="after")
    def _names_each_product_once(self) -> Self:
        if len({line.product_id for line in self.lines}) < len(self.lines):
            msg = "name each product once"
            raise ValueError(msg)
        return self


class OrderLine(Contract):
    """A line with the name and the price as bought."""

    product_id: UUID
    name: ShortText
    quantity: int
    unit_price: Money


class Order(Contract):
    """An order as the HTTP API shows it."""

    id: UUID
    customer_id: UUID
    client_reference: str | None
    status: str
    lines: tuple[OrderLine, ...]
    total: Money
    version: int
    placed_at: Timestamp


class OrderPage(Contract):
    """One page of a customer's orders, newest first."""

    items: tuple[Order, ...]
    next_cursor: str | None


class OrderQuery(Contract):
    """What a list of orders is asked for; the cursor is the last id of the page before."""

    customer_id: UUID
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: UUID | None = None


class OrderLineImage(Contract):
    """A line of an order, as it travels between the two databases."""

    position: int
    product_id: UUID
    name: str
    quantity: int
    unit_amount: int
    unit_currency: str


class OrderImage(Contract):
    """An order with its lines, as it travels."""

    id: UUID
    customer_id: UUID
    client_reference: str | None
    status: str
    total_amount: int
    total_currency: str
    version: int
    placed_at: Timestamp
    updated_at: Timestamp
    lines: tuple[OrderLineImage, ...]


class CartLineImage(Contract):
    """A line of a cart, as it travels; `position` is its place among the others."""

    position: int
    product_id: UUID
    quantity: int


class CartImage(Contract):
    """A cart with its lines, as it travels."""

    customer_id: UUID
    version: int
    updated_at: Timestamp
    lines: tuple[CartLineImage, ...]


class CheckoutImage(Contract):
    """A purchase on its way, as it travels: whoever owns goes on with it."""

    id: UUID
    key: UUID
    request_hash: str
    order_id: UUID
    payment_id: UUID
    reservation_id: UUID
    step: str
    problem_kind: str
    problem_detail: str
    leased_until: Timestamp
    version: int
    created_at: Timestamp
    updated_at: Timestamp
    customer_id: UUID
    client_reference: str | None
    card_token: str
    lines: tuple[OrderLine, ...]
    total_amount: int
    total_currency: str


class RefundImage(Contract):
    """Money on its way back, as it travels."""

    id: UUID
    key: UUID
    request_hash: str
    order_id: UUID
    payment_id: UUID
    reservation_id: UUID
    step: str
    problem_kind: str
    problem_detail: str
    leased_until: Timestamp
    version: int
    created_at: Timestamp
    updated_at: Timestamp
    amount: int
    currency: str
    reason: str
    restocks: bool


class OrderChange(Contract):
    """An order put."""

    entity: Literal["order"] = "order"
    op: Literal["put"] = "put"
    image: OrderImage


class CartChange(Contract):
    """A cart put."""

    entity: Literal["cart"] = "cart"
    op: Literal["put"] = "put"
    image: CartImage


class CheckoutChange(Contract):
    """A checkout put."""

    entity: Literal["checkout"] = "checkout"
    op: Literal["put"] = "put"
    image: CheckoutImage


class RefundChange(Contract):
    """A refund put."""

    entity: Literal["refund"] = "refund"
    op: Literal["put"] = "put"
    image: RefundImage


Row = Annotated[
    OrderChange | CartChange | CheckoutChange | RefundChange | CommandNote,
    Field(discriminator="entity"),
]


class OrderPlaced(Contract):
    """The payload of order_placed; `customer` is whom to write to, unless there is nobody."""

    order: Order
    customer: Contact | None = None
    # Those now true, as the other side keeps them.
    rows: tuple[Row, ...] = ()


class OrderChanged(Contract):
    """The payload of order_paid, order_shipped, order_delivered, order_cancelled, order_refunded.

    `customer` is whom to write to, unless there is nobody.
    """

    order: Order
    customer: Contact | None = None
    rows: tuple[Row, ...] = ()


class CartChanged(Contract):
    """The payload of cart_changed."""

    customer_id: UUID
    rows: tuple[Row, ...] = ()


class CheckoutMoved(Contract):
    """The payload of checkout_moved: a purchase has one step more behind it, or a new lease."""

    checkout_id: UUID
    order_id: UUID
    step: str
    rows: tuple[Row, ...] = ()


class RefundMoved(Contract):
    """The payload of refund_moved."""

    refund_id: UUID
    order_id: UUID
    step: str
    rows: tuple[Row, ...] = ()


class SetCartLine(Contract):
    """Ask for so many of a product in the cart."""

    quantity: Quantity


class Cart(Contract):
    """What a customer wants; each product once, in the order in which they were wanted."""

    customer_id: UUID
    lines: tuple[OrderItem, ...]
    version: int


class PricedLine(Contract):
    """A line of a cart at today's price; without name and price once the product is gone."""

    product_id: UUID
    quantity: int
    name: str | None
    unit_price: Money | None


class PricedCart(Contract):
    """A cart as it is shown; `total` is there when all of it can be bought in one currency."""

    customer_id: UUID
    lines: tuple[PricedLine, ...]
    total: Money | None
    version: int


class CheckOut(Contract):
    """Ask to buy what is in the cart with a card."""

    card_token: CardToken
    client_reference: ClientReference | None = None


class Checkout(Contract):
    """A purchase on its way: the order appears when the card was authorized.

    `pending` when the card's provider does not answer: it is finished without the client, who may
    look again. `problem` says why one has failed.
    """

    id: UUID
    customer_id: UUID
    order_id: UUID
    status: Literal["pending", "done", "failed"]
    total: Money
    problem: str | None
    created_at: Timestamp


class RefundOrder(Contract):
    """Ask for the money of an order back."""

    reason: Annotated[Text, Field(max_length=200)] = ""


class Refund(Contract):
    """Money on its way back: `pending` while the card's provider does not answer."""

    id: UUID
    order_id: UUID
    status: Literal["pending", "done", "failed"]
    amount: Money
    reason: str
    created_at: Timestamp


class Orders(Protocol):
    """What other domains may ask of orders in process."""

    def sales(self, query: SalesQuery) -> SalesReport:
        """Return what was ordered in these days, by the clock of UTC.

        Names are those under which it was bought, and customers have none: whoever shows the report
        asks the domains that know the names of today.
        """
        ...
