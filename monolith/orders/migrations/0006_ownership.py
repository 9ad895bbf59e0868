"""Register orders with the ownership protocol: they do not move yet, but others listen to them."""

from django.db import migrations, models

from handover import Domain, registration_sql, unregistration_sql
from monolith.outbox.roles import ROLES

TABLES = [
    "public.orders_order",
    "public.orders_orderline",
    "public.orders_command",
    "public.orders_cart",
    "public.orders_cartline",
    "public.orders_checkout",
    "public.orders_refund",
]
ORDERS = Domain(name="orders", mode="OWNER", epoch=1, capture=True, fenced_tables=TABLES)


class Migration(migrations.Migration):
    """Fence every table, and record facts from the first one on."""

    dependencies = [("orders", "0005_no_customer_key"), ("outbox", "0001_handover")]
    operations = [
        migrations.AddField("command", "epoch", models.BigIntegerField(db_default=1)),
        migrations.AddField("command", "side", models.TextField(db_default="monolith")),
        migrations.RunSQL(
            sql=registration_sql(ORDERS, roles=ROLES),
            reverse_sql=unregistration_sql(ORDERS),
        ),
    ]
