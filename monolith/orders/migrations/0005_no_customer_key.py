"""Name customers by id only: a key into another domain's table cannot outlive its move."""

import django.db.models.deletion
from django.db import migrations, models

BY_CUSTOMER = "orders_order_by_customer"


class Migration(migrations.Migration):
    """Whether a customer exists is asked at the seam, before an order is placed.

    The column and its index stay as they are; only the constraint goes.
    """

    dependencies = [("orders", "0004_refund")]
    operations = [
        migrations.AlterField(
            "order",
            "customer",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="customers.customer",
            ),
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveIndex("order", BY_CUSTOMER),
                migrations.RemoveField("order", "customer"),
                migrations.AddField("order", "customer_id", models.UUIDField()),
                migrations.AddIndex(
                    "order", models.Index(fields=["customer_id", "id"], name=BY_CUSTOMER)
                ),
            ]
        ),
    ]
