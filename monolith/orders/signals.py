"""Write the mail about an order whenever an order is saved."""

from typing import Any

from django.apps import apps
from django.db.models.signals import post_save
from django.dispatch import receiver
from uuid_utils.compat import uuid7

from monolith.orders import selectors
from monolith.orders.models import Order


@receiver(post_save, sender=Order)
def write_mail(instance: Order, **_: Any) -> None:
    """Tell the customer, once per status, in the transaction that saves the order."""
    mails = apps.get_model("notifications", "Mail")
    mail = mails(
        id=uuid7(),
        order_id=instance.id,
        customer_id=instance.customer_id,
        status=instance.status,
        order=selectors.get_order(instance.id).model_dump(mode="json"),
    )
    mails.objects.bulk_create([mail], ignore_conflicts=True)
