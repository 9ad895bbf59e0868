"""The rules of catalog: how a product begins, changes and ends. No SQL and no Nameko here."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from extracted.contracts.catalog import (
    Category,
    ChangeProduct,
    CreateProduct,
    Product,
    ProductImage,
)
from extracted.contracts.values import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A product without the instants, which only the database's clock may give."""

    id: UUID
    sku: str
    name: str
    description: str
    category: Category
    price: Money
    version: int

    def stored(self, *, created_at: datetime, updated_at: datetime) -> Product:
        """Return the product as the database now has it."""
        return Product(
            id=self.id,
            sku=self.sku,
            name=self.name,
            description=self.description,
            category=self.category,
            price=self.price,
            version=self.version,
            created_at=created_at,
            updated_at=updated_at,
        )


def begin(command: CreateProduct, *, product_id: UUID, category: Category) -> Draft:
    """Return the first version of a product."""
    return Draft(
        id=product_id,
        sku=command.sku,
        name=command.name,
        description=command.description,
        category=category,
        price=command.price,
        version=1,
    )


def change(product: Product, command: ChangeProduct, *, category: Category | None) -> Draft:
    """Return the next version; a change that changes nothing is a write all the same."""
    return replace(
        Draft(
            id=product.id,
            sku=product.sku,
            name=product.name,
            description=product.description,
            category=category or product.category,
            price=product.price,
            version=product.version + 1,
        ),
        **{
            name: getattr(command, name)
            for name in ("name", "description", "price")
            if name in command.model_fields_set
        },
    )


def end(product: Product, *, at: datetime) -> Product:
    """Return the last image of a deleted product: one version further, like every write."""
    return product.model_copy(update={"version": product.version + 1, "updated_at": at})


def image_of(product: Product) -> dict[str, Any]:
    """Return the image of a product's row, ready for JSON."""
    image = ProductImage(
        id=product.id,
        sku=product.sku,
        name=product.name,
        description=product.description,
        category_id=product.category.id,
        price_amount=product.price.amount,
        price_currency=product.price.currency,
        version=product.version,
        created_at=product.created_at,
        updated_at=product.updated_at,
    )
    return image.model_dump(mode="json")
