"""Cancel orders that nobody paid, and put the goods that were kept for them back."""

from typing import Any

from django.db import connection, transaction

from monolith.writes.periodic import PeriodicCommand

PATIENCE_DAYS = 2


class Command(PeriodicCommand):
    """Run as cron does, every night."""

    help = "Cancel what was not paid within two days."

    def work(self, **options: Any) -> str:  # noqa: ARG002 - the base's signature
        """Cancel, and put the goods back."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE orders_order SET status = 'cancelled', version = version + 1, "
                "updated_at = clock_timestamp() "
                "WHERE status = 'placed' AND placed_at < statement_timestamp() - make_interval(days => %s) "
                "AND id NOT IN (SELECT order_id FROM orders_checkout) RETURNING id",
                [PATIENCE_DAYS],
            )
            cancelled = [row[0] for row in cursor.fetchall()]
            cursor.execute(
                "UPDATE inventory_stock s SET reserved = s.reserved - l.quantity "
                "FROM inventory_reservationline l WHERE l.stock_id = s.id "
                "AND l.reservation_id = ANY(%s)",
                [cancelled],
            )
            cursor.execute(
                "UPDATE inventory_reservation SET status = 'released' "
                "WHERE id = ANY(%s) AND status = 'held'",
                [cancelled],
            )
        return f"cancelled {len(cancelled)} orders"
