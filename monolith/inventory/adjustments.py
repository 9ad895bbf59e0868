"""Adjust what a warehouse has, always with a reason. Every function is one write transaction."""

from http import HTTPStatus
from uuid import UUID

from uuid_utils.compat import uuid7

from extracted.contracts.catalog import Catalog
from extracted.contracts.inventory import (
    DOMAIN,
    Adjustment,
    AdjustStock,
    OutOfStock,
    Reason,
    StockAdjusted,
)
from extracted.contracts.problems import ProblemError
from monolith.catalog.seam import CATALOG
from monolith.inventory import levels, models
from monolith.outbox.once import Answer, Attempt, answered, once
from monolith.outbox.record import Record
from monolith.seams.fence import owned


def adjust_stock(
    product_id: UUID, command: AdjustStock, *, attempt: Attempt, catalog: Catalog = CATALOG
) -> Answer:
    """Change what a warehouse has, once per key; raises ProblemError or NotOwner."""

    def work() -> Answer:
        # Before the transaction: never wait for another process while holding locks.
        if not catalog.get_quotes(product_ids=[product_id]):
            raise ProblemError("product-not-found")
        with owned(DOMAIN) as record:
            known = answered(models.Command, attempt=attempt, shape=Adjustment)
            return known or _adjust(product_id, command, record=record, attempt=attempt)

    return once(models.Command, attempt=attempt, shape=Adjustment, work=work)


def sell_out(product_id: UUID) -> int:
    """Take off what no reservation keeps, in all warehouses; returns how many. Raises NotOwner."""
    taken = 0
    with owned(DOMAIN) as record:
        for stock in levels.locked([product_id]).get(product_id, ()):
            available = stock.on_hand - stock.reserved
            if available:
                value = _moved(stock, change=-available, reason="counted", note="sold out")
                _say(value, stock=stock, record=record)
                taken += available
    return taken


def _adjust(product_id: UUID, command: AdjustStock, *, record: Record, attempt: Attempt) -> Answer:
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
    _note(answer, record=record, attempt=attempt)
    _say(value, stock=stock, record=record, key=attempt.key)
    return answer


def _say(
    value: Adjustment, *, stock: models.Stock, record: Record, key: UUID | None = None
) -> None:
    record.with_rows(
        "stock_adjusted",
        aggregate_id=value.product_id,
        payload=StockAdjusted(adjustment=value),
        rows={
            "stock": [stock.id],
            "adjustment": [value.id],
            "command": [key] if key else [],
        },
    )


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


def _note(answer: Answer, *, record: Record, attempt: Attempt) -> None:
    models.Command(
        key=attempt.key,
        request_hash=attempt.request_hash,
        aggregate_id=answer.aggregate_id,
        version=answer.version,
        status=answer.status,
        response=answer.response,
        epoch=record.epoch,
        side="monolith",
    ).save(force_insert=True)
