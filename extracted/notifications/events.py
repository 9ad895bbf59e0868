"""What notifications listens to: what becomes of orders.

Each message is noted and nothing more; `chores` makes the mails. A message that comes twice finds its note, or its mail.
"""

from typing import Any
from uuid import UUID

from pydantic import ValidationError

from extracted.chassis.database import Database, DatabaseProvider
from extracted.chassis.events import Reject, event_handler, read_envelope
from extracted.chassis.rpc_answer import answer
from extracted.chassis.rpc_server import rpc
from extracted.chassis.web_server import Health
from extracted.contracts.orders import OrderChanged, OrderPlaced
from extracted.notifications import reading, store
from extracted.notifications.templates import has_words


class NotificationsEvents:
    """Event handlers, and one question; they need the broker and the database, and nobody else."""

    name = "notifications"

    database: Database = DatabaseProvider()
    health = Health()

    @event_handler("orders", "order_placed")
    def note_placed(self, message: dict[str, Any]) -> None:
        """Note a new order."""
        self._note(message, OrderPlaced)

    @event_handler("orders", "order_paid")
    @event_handler("orders", "order_shipped")
    @event_handler("orders", "order_delivered")
    @event_handler("orders", "order_cancelled")
    @event_handler("orders", "order_refunded")
    def note_changed(self, message: dict[str, Any]) -> None:
        """Note what became of an order."""
        self._note(message, OrderChanged)

    @rpc(expected_exceptions=ValueError)
    def about_order(self, order_id: str) -> dict[str, Any]:
        """List the mails about an order, oldest first."""
        key = UUID(order_id)
        return answer(lambda: reading.about_order(self.database, key))

    def _note(self, message: dict[str, Any], shape: type[OrderPlaced] | type[OrderChanged]) -> None:
        envelope = read_envelope(message)
        try:
            news = shape.model_validate(envelope.payload)
        except ValidationError as error:
            msg = f"not a {envelope.event}: {error.error_count()} errors"
            raise Reject(msg) from error
        if has_words(news.order.status):
            with self.database.transaction() as connection:
                store.note(
                    connection, news.order, contact=news.customer, occurred_at=envelope.occurred_at
                )
