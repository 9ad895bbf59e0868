"""The published language of reports, for the people who run the shop."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from extracted.contracts.values import Contract, Currency


class SalesQuery(Contract):
    """Which days, both included, and how many rows of each list."""

    since: date
    until: date
    limit: Annotated[int, Field(ge=1, le=100)] = 10

    @model_validator(mode="after")
    def _ends_after_it_began(self) -> Self:
        if self.until < self.since:
            msg = "until is before since"
            raise ValueError(msg)
        return self


class Revenue(Contract):
    """Many orders' money in minor units; unlike the price of one, it has no upper bound."""

    amount: int
    currency: Currency


class ProductSales(Contract):
    """What one product brought in one currency."""

    product_id: UUID
    name: str
    orders: int
    quantity: int
    revenue: Revenue


class CustomerSales(Contract):
    """What one customer bought in one currency."""

    customer_id: UUID
    name: str
    orders: int
    revenue: Revenue


class SalesReport(Contract):
    """What was ordered in some days and not taken back, the most revenue first."""

    since: date
    until: date
    orders: int
    revenue: tuple[Revenue, ...]
    products: tuple[ProductSales, ...]
    customers: tuple[CustomerSales, ...]
