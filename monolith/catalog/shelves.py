"""What can be changed about categories: they are put up, renamed and moved, and stay a tree."""

from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import F
from uuid_utils.compat import uuid7

from monolith.catalog import models
from monolith.catalog.selectors import branch_of
from monolith.contracts.catalog import PutCategory
from monolith.contracts.problems import ProblemError
from monolith.writes.clock import ClockTimestamp


def create_category(command: PutCategory) -> UUID:
    """Put up a category; raises ProblemError."""
    try:
        with transaction.atomic():
            category = models.Category(
                id=uuid7(), slug=command.slug, name=command.name, parent=_above(command)
            )
            category.save(force_insert=True)
            return category.id
    except IntegrityError as error:
        if "catalog_category_slug_unique" in str(error):
            raise ProblemError("conflict", "Another category has this slug.") from None
        raise


def change_category(command: PutCategory) -> None:
    """Rename or move the category of this slug; raises ProblemError."""
    with transaction.atomic():
        # One at a time: two moves that are right each by itself could close a circle together.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('catalog:tree'))")
        above = _above(command)
        category = models.Category.objects.select_for_update().filter(slug=command.slug).first()
        if category is None:
            raise ProblemError("unknown-category")
        if above is not None and above.id in branch_of(command.slug):
            raise ProblemError("conflict", "A category cannot stand below itself.")
        models.Category.objects.filter(pk=category.pk).update(
            name=command.name,
            parent=above,
            version=F("version") + 1,
            updated_at=ClockTimestamp(),
        )


def _above(command: PutCategory) -> models.Category | None:
    if command.parent is None:
        return None
    found = models.Category.objects.filter(slug=command.parent).first()
    if found is None:
        raise ProblemError("unknown-category")
    return found
