"""What the catalog listens to: orders, from which it learns what is popular."""

from typing import Any

from pydantic import ValidationError

from extracted.catalog import store
from extracted.chassis import inbox
from extracted.chassis.database import Database, DatabaseProvider
from extracted.chassis.events import Reject, event_handler, read_envelope
from extracted.chassis.web_server import Health
from extracted.contracts.orders import OrderPlaced

CONSUMER = "catalog.popularity"


class CatalogEvents:
    """Event handlers only; a process of its own, so that a flood of events delays no request."""

    name = "catalog"

    database: Database = DatabaseProvider()
    health = Health()

    @event_handler("orders", "order_placed")
    def count_order(self, message: dict[str, Any]) -> None:
        """Count what was ordered, once per event."""
        envelope = read_envelope(message)
        try:
            placed = OrderPlaced.model_validate(envelope.payload)
        except ValidationError as error:
            msg = f"not an order_placed: {error.error_count()} errors"
            raise Reject(msg) from error
        with self.database.transaction() as connection:
            if inbox.first_time(
                connection, schema="catalog", consumer=CONSUMER, event_id=envelope.event_id
            ):
                ordered = ((line.product_id, line.quantity) for line in placed.order.lines)
                store.count_ordered(connection, ordered)
