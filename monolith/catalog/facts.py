"""What is said about a changed product: the rows now true, as images of the contracts."""

from extracted.contracts.catalog import (
    Category,
    CommandImage,
    CommandNote,
    Product,
    ProductChange,
    ProductEvent,
    ProductImage,
)
from extracted.contracts.values import Money
from monolith.catalog import models


def value(product: models.Product) -> Product:
    """Return the product as the API shows it."""
    category = product.category
    return Product(
        id=product.id,
        sku=product.sku,
        name=product.name,
        description=product.description,
        category=Category(id=category.id, slug=category.slug, name=category.name),
        price=Money(amount=product.price_amount, currency=product.price_currency),
        version=product.version,
        created_at=product.created_at,
        updated_at=product.updated_at,
    )


def put(product: models.Product, *, note: models.Command) -> ProductEvent:
    """Say how the row is now, and who asked."""
    change = ProductChange(op="put", image=_image(product))
    return ProductEvent(rows=(change, CommandNote(image=_command(note))))


def delete(product: models.Product, *, note: models.Command) -> ProductEvent:
    """Say that the row is gone, with its last image, and who asked."""
    change = ProductChange(op="delete", image=_image(product))
    return ProductEvent(rows=(change, CommandNote(image=_command(note))))


def _image(product: models.Product) -> ProductImage:
    return ProductImage(
        id=product.id,
        sku=product.sku,
        name=product.name,
        description=product.description,
        category_id=product.category_id,
        price_amount=product.price_amount,
        price_currency=product.price_currency,
        version=product.version,
        created_at=product.created_at,
        updated_at=product.updated_at,
    )


def _command(note: models.Command) -> CommandImage:
    return CommandImage(
        key=note.key,
        request_hash=note.request_hash,
        aggregate_id=note.aggregate_id,
        version=note.version,
        status=note.status,
        response=note.response,
        epoch=note.epoch,
        side=note.side,
        recorded_at=note.recorded_at,
    )
