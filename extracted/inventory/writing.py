"""What inventory can be told over HTTP: a function from a connection to its effect."""

from uuid import UUID

from extracted.chassis.database import Connection
from extracted.chassis.writes import Effect
from extracted.contracts.inventory import AdjustStock, OutOfStock, StockAdjusted
from extracted.inventory import store


def adjust(connection: Connection, command: AdjustStock, *, product_id: UUID) -> Effect:
    """Change what a warehouse has; raises ProblemError unknown-warehouse or OutOfStock."""
    level = store.opened(connection, product_id, warehouse=command.warehouse)
    if level.available + command.change < 0:
        raise OutOfStock(product_id=product_id, wanted=-command.change, available=level.available)
    value = store.adjusted(connection, level, command)
    return Effect(
        aggregate_id=level.stock_id,
        version=level.version + 1,
        status=201,
        event="stock_adjusted",
        subject=product_id,
        payload=StockAdjusted(adjustment=value),
        changed={"stock": [level.stock_id], "adjustment": [value.id]},
        response=value.model_dump(mode="json"),
    )
