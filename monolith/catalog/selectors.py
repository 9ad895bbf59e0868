"""What can be read of catalog. The service answers the same from its own tables, by the same rules.

* filters    category by slug, with all below it; min_price and max_price inclusive, in minor units
* search     `search @@ plainto_tsquery('simple', :text)`, where `search` is
             `to_tsvector('simple', name || ' ' || description)`: all words must occur, whole, in any
             order and case; a text without a single word finds nothing
* misspelt   only where the search finds nothing: each word (`ProductQuery.words`) must occur, or be
             like a part of the name: `:word <% name`, word_similarity() of at least 0.6, which is
             the default of pg_trgm.word_similarity_threshold; sorts and pages stay the same
* sort       newest: `id DESC` (ids are UUIDv7); name: `name COLLATE "C", id`; price:
             `price_amount, id`; -price: `price_amount DESC, id DESC`
* page       the `limit` rows strictly after the cursor's (value, id) in that order; one row more is
             read to know whether there is a next page
"""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.contrib.postgres.search import SearchQuery
from django.db import connection
from django.db.models import Q, QuerySet

from extracted.contracts.catalog import (
    Category,
    CategoryList,
    Product,
    ProductPage,
    ProductQuery,
    Quote,
    Shelf,
)
from extracted.contracts.problems import ProblemError
from extracted.contracts.values import Money
from monolith.catalog import models

_COLUMNS = (
    "id",
    "sku",
    "name",
    "description",
    "category_id",
    "category__slug",
    "category__name",
    "price_amount",
    "price_currency",
    "version",
    "created_at",
    "updated_at",
)
# UNION, not UNION ALL: should the tree ever have a circle, this still ends.
_BRANCH = (
    "WITH RECURSIVE branch AS ("
    "SELECT id FROM catalog_category WHERE slug = %s "
    "UNION SELECT c.id FROM catalog_category c JOIN branch b ON c.parent_id = b.id) "
    "SELECT id FROM branch"
)
_ORDER: Mapping[str, tuple[str, ...]] = {
    "newest": ("-id",),
    "name": ("name", "id"),
    "price": ("price_amount", "id"),
    "-price": ("-price_amount", "-id"),
}


def list_products(query: ProductQuery) -> ProductPage:
    """Return one page of products."""
    found = _page(_searched(_filtered(query), query), query)
    # The exact words first and alone: who spells them right pays nothing for who does not.
    return found if found.items or not query.words else _page(_similar(query), query)


def _page(found: QuerySet[models.Product], query: ProductQuery) -> ProductPage:
    found = _after(found, query).order_by(*_ORDER[query.sort])
    products = [_product(row) for row in found.values_list(*_COLUMNS)[: query.limit + 1]]
    page = tuple(products[: query.limit])
    more = len(products) > query.limit
    return ProductPage.model_construct(
        items=page, next_cursor=query.cursor_after(page[-1]) if more else None
    )


def get_product(product_id: UUID) -> Product:
    """Return a product; raises ProblemError when there is none."""
    row = models.Product.objects.filter(pk=product_id).values_list(*_COLUMNS).first()
    if row is None:
        raise ProblemError("product-not-found")
    return _product(row)


def list_categories() -> CategoryList:
    """Return all categories, by slug."""
    rows = models.Category.objects.order_by("slug").values_list(
        "id", "slug", "name", "parent__slug"
    )
    return CategoryList.model_construct(
        items=tuple(Shelf.model_construct(id=r[0], slug=r[1], name=r[2], parent=r[3]) for r in rows)
    )


def get_quotes(product_ids: Iterable[UUID]) -> dict[UUID, Quote]:
    """Return name and price per known product."""
    rows = models.Product.objects.filter(pk__in=list(product_ids)).values_list(
        "id", "name", "price_amount", "price_currency"
    )
    return {
        row[0]: Quote(product_id=row[0], name=row[1], price=Money(amount=row[2], currency=row[3]))
        for row in rows
    }


def _filtered(query: ProductQuery) -> QuerySet[models.Product]:
    found = models.Product.objects.all()
    if query.category is not None:
        # By value, not by subquery: so the planner knows how many products the branch has, and
        # reads (category_id, id) in the page's order for a leaf.
        found = found.filter(category__in=branch_of(query.category))
    if query.min_price is not None:
        found = found.filter(price_amount__gte=query.min_price)
    if query.max_price is not None:
        found = found.filter(price_amount__lte=query.max_price)
    return found


def _searched(found: QuerySet[models.Product], query: ProductQuery) -> QuerySet[models.Product]:
    if query.search is None:
        return found
    return found.filter(search=SearchQuery(query.search, config="simple"))


def _similar(query: ProductQuery) -> QuerySet[models.Product]:
    found = _filtered(query)
    for word in query.words:
        occurs = Q(search=SearchQuery(word, config="simple"))
        found = found.filter(occurs | Q(name__trigram_word_similar=word))
    return found


def branch_of(slug: str) -> list[UUID]:
    """Return a category and all below it; nothing when there is no such category."""
    with connection.cursor() as cursor:
        cursor.execute(_BRANCH, (slug,))
        return [row[0] for row in cursor.fetchall()]


def _after(found: QuerySet[models.Product], query: ProductQuery) -> QuerySet[models.Product]:
    if query.position is None:
        return found
    value, last = query.position
    match query.sort:
        case "newest":
            return found.filter(id__lt=last)
        # `value >= x AND (value > x OR id > y)` and not the plain OR: the first part alone bounds
        # the walk over the index.
        case "name":
            return found.filter(Q(name__gt=value) | Q(id__gt=last), name__gte=value)
        case "price":
            return found.filter(Q(price_amount__gt=value) | Q(id__gt=last), price_amount__gte=value)
        case "-price":
            return found.filter(Q(price_amount__lt=value) | Q(id__lt=last), price_amount__lte=value)


def _product(row: tuple[Any, ...]) -> Product:
    # model_construct: what comes from our own constrained tables is not validated a second time,
    # which would cost more than the query.
    return Product.model_construct(
        id=row[0],
        sku=row[1],
        name=row[2],
        description=row[3],
        category=Category.model_construct(id=row[4], slug=row[5], name=row[6]),
        price=Money.model_construct(amount=row[7], currency=row[8]),
        version=row[9],
        created_at=row[10],
        updated_at=row[11],
    )
