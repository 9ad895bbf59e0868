"""The language of orders: values and commands."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from monolith.contracts.payments import CardToken
from monolith.contracts.values import Contract, Money, ShortText, Text, Timestamp

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
