"""A warehouse, and goods in it."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from extracted.contracts.inventory import StockLine


@pytest.fixture
def make_warehouse() -> Callable[..., Any]:
    """Build a warehouse; warehouses have no API of their own."""
    from tests.monolith.factories import WarehouseFactory

    def make(slug: str = "north", *, position: int = 1) -> Any:
        return WarehouseFactory(slug=slug, position=position)

    return make


@pytest.fixture
def put() -> Callable[..., UUID]:
    """Put so many of a new product into warehouses; returns the product's id."""
    from tests.monolith.factories import StockFactory

    def put(counts: Mapping[Any, int]) -> UUID:
        product_id = uuid7()
        for warehouse, count in counts.items():
            StockFactory(product_id=product_id, warehouse=warehouse, on_hand=count)
        return product_id

    return put


@pytest.fixture
def levels() -> Callable[..., Any]:
    """Read on hand and reserved by warehouse."""
    from monolith.inventory.models import Stock

    def levels(product_id: UUID) -> dict[str, tuple[int, int]]:
        rows = Stock.objects.filter(product_id=product_id)
        return {
            slug: (on_hand, reserved)
            for slug, on_hand, reserved in rows.values_list(
                "warehouse__slug", "on_hand", "reserved"
            )
        }

    return levels


def lines(*wishes: tuple[UUID, int]) -> list[StockLine]:
    return [StockLine(product_id=product_id, quantity=count) for product_id, count in wishes]


@pytest.fixture(name="lines")
def lines_fixture() -> Callable[..., list[StockLine]]:
    return lines
