"""What wished-for lines cost today."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from pydantic import ValidationError

from extracted.contracts.catalog import Quote
from extracted.contracts.orders import OrderItem, OrderLine
from extracted.contracts.problems import FieldError, ProblemError, invalid_input
from extracted.contracts.values import Money


def quoted(wanted: Sequence[OrderItem], *, quotes: Mapping[UUID, Quote]) -> tuple[OrderLine, ...]:
    """Give each line today's name and price; raises ProblemError."""
    _require_known(wanted, quotes)
    return tuple(
        OrderLine(
            product_id=line.product_id,
            name=quotes[line.product_id].name,
            quantity=line.quantity,
            unit_price=quotes[line.product_id].price,
        )
        for line in wanted
    )


def total_of(lines: Sequence[OrderLine]) -> Money:
    """Add the lines up; raises ProblemError for two currencies or too much money."""
    currencies = {line.unit_price.currency for line in lines}
    if len(currencies) > 1:
        raise invalid_input([FieldError(field="lines", detail="an order has one currency")])
    amount = sum(line.unit_price.amount * line.quantity for line in lines)
    try:
        return Money(amount=amount, currency=currencies.pop())
    except ValidationError:
        detail = "the total is more than one order may cost"
        raise invalid_input([FieldError(field="lines", detail=detail)]) from None


def _require_known(wanted: Sequence[OrderItem], quotes: Mapping[UUID, Quote]) -> None:
    for line in wanted:
        if line.product_id not in quotes:
            raise ProblemError("unknown-product", f"There is no product {line.product_id}.")
