"""Register orders with the ownership protocol: they do not move yet, but others listen to them."""

from django.db import migrations

from handover import Domain, registration_sql, unregistration_sql
from monolith.outbox.roles import ROLES, grants_sql, revokes_sql

TABLES = ["public.orders_order", "public.orders_orderline", "public.orders_command"]
ORDERS = Domain(name="orders", mode="OWNER", epoch=1, capture=True, fenced_tables=TABLES)


class Migration(migrations.Migration):
    """Record facts from the first order on."""

    dependencies = [("orders", "0001_initial"), ("outbox", "0001_handover")]
    operations = [
        migrations.RunSQL(
            sql=registration_sql(ORDERS, roles=ROLES) + grants_sql(TABLES),
            reverse_sql=revokes_sql(TABLES) + unregistration_sql(ORDERS),
        )
    ]
