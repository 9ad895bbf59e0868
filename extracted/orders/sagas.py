"""The two sagas of orders, as rows: a purchase on its way, and money on its way back."""

from psycopg.types.json import Jsonb
from pydantic import BaseModel, TypeAdapter

from extracted.contracts.orders import CheckoutMoved, OrderLine, RefundMoved
from extracted.contracts.values import Money
from extracted.orders.undertaking import Undertaking

_LINES = TypeAdapter(tuple[OrderLine, ...])
_COMMON = (
    "id",
    "key",
    "request_hash",
    "order_id",
    "payment_id",
    "reservation_id",
    "step",
    "problem_kind",
    "problem_detail",
    "version",
    "created_at",
)


class Checkout(Undertaking):
    """A purchase on its way."""

    table = "checkout"
    columns = (
        *_COMMON,
        "customer_id",
        "client_reference",
        "card_token",
        "lines",
        "total_amount",
        "total_currency",
    )

    @property
    def bought(self) -> tuple[OrderLine, ...]:
        """What is bought, at the prices of the beginning."""
        lines = self.values["lines"]
        return _LINES.validate_python(lines.obj if isinstance(lines, Jsonb) else lines)

    @property
    def total(self) -> Money:
        """What it costs."""
        return Money.model_validate({"amount": self.total_amount, "currency": self.total_currency})

    def news(self) -> tuple[str, BaseModel]:
        """Name the event, and what it says."""
        return "checkout_moved", CheckoutMoved(
            checkout_id=self.id, order_id=self.order_id, step=self.step
        )


class Refund(Undertaking):
    """Money on its way back to a customer."""

    table = "refund"
    columns = (*_COMMON, "amount", "currency", "reason", "restocks")

    @property
    def total(self) -> Money:
        """How much goes back."""
        return Money.model_validate({"amount": self.amount, "currency": self.currency})

    def news(self) -> tuple[str, BaseModel]:
        """Name the event, and what it says."""
        return "refund_moved", RefundMoved(
            refund_id=self.id, order_id=self.order_id, step=self.step
        )
