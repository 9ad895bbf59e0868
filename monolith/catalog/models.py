"""The tables of catalog; every one of them stands behind the fence."""

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models

from monolith.outbox.clock import ClockTimestamp
from monolith.outbox.models import OwnedCommandRecord


class Category(models.Model):
    """Where a product stands on the shelves; categories form a tree."""

    id = models.UUIDField(primary_key=True)
    slug = models.CharField(max_length=100, db_collation="C")
    name = models.CharField(max_length=200)
    # Not a constraint of the database: while history is copied back, a category may arrive before
    # the one above it, and the stream must never stop for that. `actions` keep the tree a tree.
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    version = models.BigIntegerField(default=1)
    updated_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["slug"], name="catalog_category_slug_unique")
        ]
        indexes: ClassVar = [models.Index(fields=["updated_at"], name="catalog_category_updated")]

    def __str__(self) -> str:
        return self.slug


class Product(models.Model):
    """Something to buy. `version` rises by one with every write, under the row's lock."""

    id = models.UUIDField(primary_key=True)
    sku = models.CharField(max_length=64, db_collation="C")
    # Collation C: both databases must sort alike, whatever the machines below them think.
    name = models.CharField(max_length=200, db_collation="C")
    description = models.TextField(blank=True)
    category = models.ForeignKey(
        Category, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    price_amount = models.BigIntegerField()
    price_currency = models.CharField(max_length=3)
    version = models.BigIntegerField(default=1)
    created_at = models.DateTimeField(db_default=ClockTimestamp())
    updated_at = models.DateTimeField(db_default=ClockTimestamp())
    search = models.GeneratedField(
        expression=SearchVector("name", "description", config="simple"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sku"], name="catalog_product_sku_unique"),
            models.CheckConstraint(
                condition=models.Q(price_amount__gte=0), name="catalog_product_price_not_negative"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["name", "id"], name="catalog_product_by_name"),
            models.Index(fields=["price_amount", "id"], name="catalog_product_by_price"),
            models.Index(fields=["category", "id"], name="catalog_product_by_category"),
            models.Index(fields=["updated_at"], name="catalog_product_updated"),
            GinIndex(fields=["search"], name="catalog_product_search"),
            GinIndex(
                fields=["name"], opclasses=["gin_trgm_ops"], name="catalog_product_by_trigram"
            ),
        ]

    def __str__(self) -> str:
        return self.sku


class Command(OwnedCommandRecord):
    """The idempotency records of catalog: part of the domain, so they move with it."""

    class Meta(OwnedCommandRecord.Meta):
        indexes: ClassVar = [models.Index(fields=["recorded_at"], name="catalog_command_recorded")]
