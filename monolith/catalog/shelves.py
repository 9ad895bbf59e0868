"""What can be changed about categories: they are put up, renamed and moved, and stay a tree."""

from uuid import UUID

from django.db import IntegrityError, connection
from uuid_utils.compat import uuid7

from extracted.contracts.catalog import (
    DOMAIN,
    CategoryChange,
    CategoryEvent,
    CategoryImage,
    PutCategory,
)
from extracted.contracts.problems import ProblemError
from monolith.catalog import models
from monolith.catalog.selectors import branch_of
from monolith.outbox.record import Record
from monolith.seams.fence import owned


def create_category(command: PutCategory) -> UUID:
    """Put up a category; raises ProblemError or NotOwner."""
    try:
        with owned(DOMAIN) as record:
            category = models.Category(
                id=uuid7(), slug=command.slug, name=command.name, parent=_above(command)
            )
            category.save(force_insert=True)
            _tell("category_created", category, record=record)
            return category.id
    except IntegrityError as error:
        if "catalog_category_slug_unique" in str(error):
            raise ProblemError("conflict", "Another category has this slug.") from None
        raise


def change_category(command: PutCategory) -> None:
    """Rename or move the category of this slug; raises ProblemError or NotOwner."""
    with owned(DOMAIN) as record:
        # One at a time: two moves that are right each by itself could close a circle together.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('catalog:tree'))")
        above = _above(command)
        category = models.Category.objects.select_for_update().filter(slug=command.slug).first()
        if category is None:
            raise ProblemError("unknown-category")
        if above is not None and above.id in branch_of(command.slug):
            raise ProblemError("conflict", "A category cannot stand below itself.")
        category.name, category.parent = command.name, above
        _update(category)
        _tell("category_changed", category, record=record)


def _above(command: PutCategory) -> models.Category | None:
    if command.parent is None:
        return None
    found = models.Category.objects.filter(slug=command.parent).first()
    if found is None:
        raise ProblemError("unknown-category")
    return found


def _update(category: models.Category) -> None:
    # Django 5.2 cannot return columns from an UPDATE, and the clock must be the database's.
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE catalog_category SET name = %s, parent_id = %s, version = version + 1, "
            "updated_at = clock_timestamp() WHERE id = %s RETURNING version, updated_at",
            (category.name, category.parent_id, category.id),
        )
        category.version, category.updated_at = cursor.fetchone()


def _tell(event: str, category: models.Category, *, record: Record) -> None:
    image = CategoryImage(
        id=category.id,
        slug=category.slug,
        name=category.name,
        parent_id=category.parent_id,
        version=category.version,
        updated_at=category.updated_at,
    )
    payload = CategoryEvent(rows=(CategoryChange(image=image),))
    record(event, aggregate_id=category.id, payload=payload)
