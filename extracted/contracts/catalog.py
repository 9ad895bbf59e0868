"""The published language of catalog: values, commands, images, events and the Catalog protocol."""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, Protocol, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from extracted.contracts.commands import CommandImage, CommandNote
from extracted.contracts.values import (
    Contract,
    Currency,
    LongText,
    MinorUnits,
    Money,
    ShortText,
    Slug,
    Text,
    Timestamp,
    left_out_not_null,
)

__all__ = ["CommandImage", "CommandNote"]

DOMAIN = "catalog"
Sku = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
_WORD = re.compile(r"\w+")
Sort = Literal["newest", "name", "price", "-price"]


class Category(Contract):
    """Where a product stands on the shelves."""

    id: UUID
    slug: Slug
    name: ShortText


class Shelf(Category):
    """A category in the tree: `parent` is the slug of the one above, None at the top."""

    parent: Slug | None


class Product(Contract):
    """A product as the HTTP API shows it."""

    id: UUID
    sku: Sku
    name: ShortText
    description: LongText
    category: Category
    price: Money
    version: int
    created_at: Timestamp
    updated_at: Timestamp


class ProductPage(Contract):
    """One page of a product list; `next_cursor` is None on the last."""

    items: tuple[Product, ...]
    next_cursor: str | None


class CategoryList(Contract):
    """All categories, by slug."""

    items: tuple[Shelf, ...]


class CreateProduct(Contract):
    """Ask for a new product in an existing category."""

    sku: Sku
    name: ShortText
    description: LongText = ""
    category: Slug
    price: Money


class ChangeProduct(Contract):
    """Ask for changes; what is left out stays. The SKU of a product never changes."""

    model_config = ConfigDict(json_schema_extra=left_out_not_null)

    name: ShortText | None = None
    description: LongText | None = None
    category: Slug | None = None
    price: Money | None = None

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not self.model_fields_set:
            msg = "name at least one field to change"
            raise ValueError(msg)
        if any(getattr(self, name) is None for name in self.model_fields_set):
            msg = "a field may be left out, not null"
            raise ValueError(msg)
        return self


class PutCategory(Contract):
    """Ask for a category as it shall be; `parent` is the slug of the one above, None at the top."""

    slug: Slug
    name: ShortText
    parent: Slug | None = None


class ProductQuery(Contract):
    """What a product list is asked for; `cursor` is the `next_cursor` of the page before.

    `category` stands for all below it too.
    """

    category: Slug | None = None
    search: Annotated[Text, Field(min_length=1, max_length=100)] | None = None
    min_price: Annotated[int, Field(ge=0, le=100_000_000_00)] | None = None
    max_price: Annotated[int, Field(ge=0, le=100_000_000_00)] | None = None
    sort: Sort = "newest"
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    # Room for the cursor of the longest name in its longest spelling: 200 times \u0001.
    cursor: Annotated[str, Field(max_length=2000)] | None = None

    @model_validator(mode="after")
    def _cursor_belongs_here(self) -> Self:
        _ = self.position
        return self

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the search, each to be found as it is or, misspelt, in the name."""
        return tuple(dict.fromkeys(_WORD.findall((self.search or "").lower())))

    @property
    def position(self) -> tuple[str | int | None, UUID] | None:
        """Where the page starts: the last row's sort value (None for newest) and id."""
        return None if self.cursor is None else _decode(self.cursor, sort=self.sort)

    def cursor_after(self, product: Product) -> str:
        """Return the cursor of the page that begins after `product`."""
        value: str | int | None = None
        if self.sort == "name":
            value = product.name
        elif self.sort != "newest":
            value = product.price.amount
        raw = json.dumps(
            [self.sort, value, str(product.id)], ensure_ascii=False, separators=(",", ":")
        )
        return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def _decode(cursor: str, *, sort: str) -> tuple[str | int | None, UUID]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        made_for, value, key = json.loads(base64.urlsafe_b64decode(padded))
        position = value, UUID(key)
    except (ValueError, TypeError, AttributeError, binascii.Error, RecursionError):
        made_for, position = None, (None, UUID(int=0))
    if made_for != sort or not _is_sort_value(position[0], sort=sort):
        msg = "cursor is not one of ours, or belongs to another sort"
        raise ValueError(msg)
    return position


def _is_sort_value(value: object, *, sort: str) -> bool:
    if sort == "newest":
        return value is None
    if sort == "name":
        return isinstance(value, str) and _is_storable(value)
    return type(value) is int and 0 <= value <= 100_000_000_00


def _is_storable(text: str) -> bool:
    # Lone surrogates and U+0000 are JSON, but no text that a database can compare.
    return "\x00" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


class Quote(Contract):
    """What an order needs to know of a product at the moment it is placed."""

    product_id: UUID
    name: str
    price: Money


class Catalog(Protocol):
    """What other domains may ask of catalog in process."""

    def get_quotes(self, *, product_ids: Iterable[UUID]) -> Mapping[UUID, Quote]:
        """Return a quote per known product; unknown ids are simply absent."""
        ...


class CategoryImage(Contract):
    """A category's row, as it travels between the two databases."""

    id: UUID
    slug: Slug
    name: ShortText
    parent_id: UUID | None
    version: int
    updated_at: Timestamp


class ProductImage(Contract):
    """A product's row, as it travels between the two databases."""

    id: UUID
    sku: Sku
    name: ShortText
    description: LongText
    category_id: UUID
    price_amount: MinorUnits
    price_currency: Currency
    version: int
    created_at: Timestamp
    updated_at: Timestamp


class ProductChange(Contract):
    """A product row put or deleted."""

    entity: Literal["product"] = "product"
    op: Literal["put", "delete"]
    image: ProductImage


Change = Annotated[ProductChange | CommandNote, Field(discriminator="entity")]


class ProductEvent(Contract):
    """The payload of product_created, product_changed and product_deleted: the rows now true.

    A deleted product travels with its last image and the version of the deletion.
    """

    rows: tuple[Change, ...]
