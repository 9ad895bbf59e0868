"""Write the mail about an order whenever an order is saved."""

from typing import Any

from django.apps import apps
from django.db.models.signals import post_save
from django.dispatch import receiver
from uuid_utils.compat import uuid7

from monolith.orders.models import Order


@receiver(post_save, sender=Order)
def write_mail(instance: Order, **_: Any) -> None:
    """Tell the customer; the table is found by name, since its module may not be imported."""
    apps.get_model("notifications", "Mail").objects.bulk_create(
        [
            apps.get_model("notifications", "Mail")(
                id=uuid7(),
                order_id=instance.id,
                customer_id=instance.customer_id,
                status=instance.status,
                order={
                    "id": str(instance.id),
                    "customer_id": str(instance.customer_id),
                    "client_reference": instance.client_reference,
                    "status": instance.status,
                    "lines": [],
                    "total": {
                        "amount": instance.total_amount,
                        "currency": instance.total_currency,
                    },
                    "version": instance.version,
                    "placed_at": instance.placed_at.isoformat(),
                },
            )
        ],
        ignore_conflicts=True,
    )
