"""Rows as COPY writes them: one class per table, fields named as columns."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.types.json import Jsonb


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryRow:
    """A row of catalog.category."""

    id: UUID
    slug: str
    name: str
    parent_id: UUID | None
    version: int
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductRow:
    """A row of catalog.product."""

    id: UUID
    sku: str
    name: str
    description: str
    category_id: UUID
    price_amount: int
    price_currency: str
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRow:
    """A row of customers_customer."""

    id: UUID
    email: str
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseRow:
    """A row of inventory.warehouse."""

    id: UUID
    slug: str
    name: str
    position: int
    version: int
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StockRow:
    """A row of inventory.stock."""

    id: UUID
    product_id: UUID
    warehouse_id: UUID
    on_hand: int
    reserved: int
    version: int
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """A row of orders.purchase."""

    id: UUID
    customer_id: UUID
    client_reference: str
    status: str
    total_amount: int
    total_currency: str
    version: int
    placed_at: datetime
    updated_at: datetime
    lines: Jsonb
