"""What can be changed in catalog. Every function here is one write transaction, done once per key."""

from collections.abc import Callable
from http import HTTPStatus
from uuid import UUID

from django.db import IntegrityError, connection
from uuid_utils.compat import uuid7

from extracted.contracts.catalog import DOMAIN, ChangeProduct, CreateProduct, Product
from extracted.contracts.problems import ProblemError
from monolith.catalog import facts, models
from monolith.outbox.once import Answer, Attempt, answered, once
from monolith.outbox.record import Record
from monolith.seams.fence import owned

Work = Callable[[Record], Answer]


def create_product(command: CreateProduct, *, attempt: Attempt) -> Answer:
    """Put a new product on the shelves; raises ProblemError or NotOwner."""

    def work(record: Record) -> Answer:
        product = models.Product(
            id=uuid7(),
            sku=command.sku,
            name=command.name,
            description=command.description,
            category=_category(command.category),
            price_amount=command.price.amount,
            price_currency=command.price.currency,
        )
        product.save(force_insert=True)
        return _created(product, record=record, attempt=attempt)

    try:
        return _write(work, attempt=attempt)
    except IntegrityError as error:
        if "catalog_product_sku_unique" in str(error):
            raise ProblemError("sku-taken") from None
        raise


def change_product(product_id: UUID, command: ChangeProduct, *, attempt: Attempt) -> Answer:
    """Change what the command names and leave the rest; raises ProblemError or NotOwner."""

    def work(record: Record) -> Answer:
        product = _locked(product_id)
        _apply(command, product)
        _update(product)
        value = facts.value(product)
        answer = Answer(
            status=HTTPStatus.OK, aggregate_id=product.id, version=product.version, value=value
        )
        note = _note(answer, record=record, attempt=attempt)
        record("product_changed", aggregate_id=product.id, payload=facts.put(product, note=note))
        return answer

    return _write(work, attempt=attempt)


def delete_product(product_id: UUID, *, attempt: Attempt) -> Answer:
    """Take a product off the shelves for good; raises ProblemError or NotOwner."""

    def work(record: Record) -> Answer:
        product = _locked(product_id)
        _delete(product)
        answer = Answer(
            status=HTTPStatus.NO_CONTENT,
            aggregate_id=product_id,
            version=product.version,
            value=None,
        )
        note = _note(answer, record=record, attempt=attempt)
        record("product_deleted", aggregate_id=product_id, payload=facts.delete(product, note=note))
        return answer

    return _write(work, attempt=attempt)


def _write(work: Work, *, attempt: Attempt) -> Answer:
    def in_one_transaction() -> Answer:
        with owned(DOMAIN) as record:
            known = answered(models.Command, attempt=attempt, shape=Product)
            return known or work(record)

    return once(models.Command, attempt=attempt, shape=Product, work=in_one_transaction)


def _created(product: models.Product, *, record: Record, attempt: Attempt) -> Answer:
    answer = Answer(
        status=HTTPStatus.CREATED,
        aggregate_id=product.id,
        version=product.version,
        value=facts.value(product),
    )
    note = _note(answer, record=record, attempt=attempt)
    record("product_created", aggregate_id=product.id, payload=facts.put(product, note=note))
    return answer


def _note(answer: Answer, *, record: Record, attempt: Attempt) -> models.Command:
    note = models.Command(
        key=attempt.key,
        request_hash=attempt.request_hash,
        aggregate_id=answer.aggregate_id,
        version=answer.version,
        status=answer.status,
        response=answer.response,
        epoch=record.epoch,
        side="monolith",
    )
    note.save(force_insert=True)
    return note


def _category(slug: str) -> models.Category:
    try:
        return models.Category.objects.get(slug=slug)
    except models.Category.DoesNotExist:
        raise ProblemError("unknown-category") from None


def _locked(product_id: UUID) -> models.Product:
    found = models.Product.objects.select_related("category").defer("search")
    try:
        return found.select_for_update(of=("self",)).get(pk=product_id)
    except models.Product.DoesNotExist:
        raise ProblemError("product-not-found") from None


def _apply(command: ChangeProduct, product: models.Product) -> None:
    if command.name is not None:
        product.name = command.name
    if command.description is not None:
        product.description = command.description
    if command.category is not None:
        product.category = _category(command.category)
    if command.price is not None:
        product.price_amount = command.price.amount
        product.price_currency = command.price.currency


def _update(product: models.Product) -> None:
    # Django 5.2 cannot return columns from an UPDATE, and the clock must be the database's.
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE catalog_product SET name = %s, description = %s, category_id = %s, "
            "price_amount = %s, price_currency = %s, version = version + 1, "
            "updated_at = clock_timestamp() WHERE id = %s RETURNING version, updated_at",
            (
                product.name,
                product.description,
                product.category_id,
                product.price_amount,
                product.price_currency,
                product.id,
            ),
        )
        product.version, product.updated_at = cursor.fetchone()


def _delete(product: models.Product) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM catalog_product WHERE id = %s RETURNING version + 1, clock_timestamp()",
            (product.id,),
        )
        # The deletion is a version of its own, so that nothing older can bring the row back.
        product.version, product.updated_at = cursor.fetchone()
