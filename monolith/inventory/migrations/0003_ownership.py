"""Register inventory with the ownership protocol: it does not move yet, but others listen to it."""

from django.db import migrations, models

from handover import Domain, registration_sql, unregistration_sql
from monolith.outbox.roles import ROLES

TABLES = [
    "public.inventory_warehouse",
    "public.inventory_stock",
    "public.inventory_reservation",
    "public.inventory_reservationline",
    "public.inventory_adjustment",
    "public.inventory_command",
]
INVENTORY = Domain(name="inventory", mode="OWNER", epoch=1, capture=True, fenced_tables=TABLES)


class Migration(migrations.Migration):
    """Fence every table, and record facts from the first one on."""

    dependencies = [("inventory", "0002_reservations"), ("outbox", "0001_handover")]
    operations = [
        migrations.AddField("command", "epoch", models.BigIntegerField(db_default=1)),
        migrations.AddField("command", "side", models.TextField(db_default="monolith")),
        migrations.RunSQL(
            sql=registration_sql(INVENTORY, roles=ROLES),
            reverse_sql=unregistration_sql(INVENTORY),
        ),
    ]
