"""Adjust what a warehouse has, always with a reason. Every function is one write transaction."""

from http import HTTPStatus
from uuid import UUID

from django.db import transaction
from uuid_utils.compat import uuid7

from monolith.catalog.models import Product
from monolith.contracts.inventory import Adjustment, AdjustStock, OutOfStock, Reason
from monolith.contracts.problems import ProblemError
from monolith.inventory import levels, models
from monolith.writes.once import Answer, Attempt, answered, once


def adjust_stock(product_id: UUID, command: AdjustStock, *, attempt: Attempt) -> Answer:
    """Change what a warehouse has, once per key; raises ProblemError."""

    def work() -> Answer:
        with transaction.atomic():
            known = answered(models.Command, attempt=attempt, shape=Adjustment)
            return known or _adjust(product_id, command, attempt=attempt)

    return once(models.Command, attempt=attempt, shape=Adjustment, work=work)


def _adjust(product_id: UUID, command: AdjustStock, *, attempt: Attempt) -> Answer:
    if not Product.objects.filter(pk=product_id).exists():
        raise ProblemError("product-not-found")
    warehouse = models.Warehouse.objects.filter(slug=command.warehouse).first()
    if warehouse is None:
        raise ProblemError("unknown-warehouse")
    stock = levels.opened(product_id, warehouse)
    available = stock.on_hand - stock.reserved
    if available + command.change < 0:
        raise OutOfStock(product_id=product_id, wanted=-command.change, available=available)
    value = _moved(stock, change=command.change, reason=command.reason, note=command.note)
    answer = Answer(
        status=HTTPStatus.CREATED,
        aggregate_id=stock.id,
        version=stock.version + 1,
        value=value,
    )
    _note(answer, attempt=attempt)
    return answer


def _moved(stock: models.Stock, *, change: int, reason: Reason, note: str) -> Adjustment:
    levels.move([levels.Portion(stock_id=stock.id, quantity=change)], on_hand=1, reserved=0)
    row = models.Adjustment(
        id=uuid7(),
        product_id=stock.product_id,
        warehouse=stock.warehouse,
        change=change,
        reason=reason,
        note=note,
        on_hand=stock.on_hand + change,
    )
    row.save(force_insert=True)
    return Adjustment(
        id=row.id,
        product_id=row.product_id,
        warehouse=stock.warehouse.slug,
        change=row.change,
        reason=reason,
        note=row.note,
        on_hand=row.on_hand,
        adjusted_at=row.adjusted_at,
    )


def _note(answer: Answer, *, attempt: Attempt) -> None:
    models.Command(
        key=attempt.key,
        request_hash=attempt.request_hash,
        aggregate_id=answer.aggregate_id,
        version=answer.version,
        status=answer.status,
        response=answer.response,
    ).save(force_insert=True)
