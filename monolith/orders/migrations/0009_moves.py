"""Let orders move: images of their rows, and a stream to the service."""

from django.db import migrations

from handover import entities_sql
from monolith.orders.entities import ORDERS
from monolith.outbox.moves import begin_to_move_sql, move_no_more_sql
from monolith.outbox.roles import ROLES, grants_sql

TABLES = [table for entity in ORDERS.entities for table in entity.tables]


class Migration(migrations.Migration):
    """The fences are there already."""

    dependencies = [("orders", "0008_changes_by_time"), ("outbox", "0003_heard")]
    operations = [
        migrations.RunSQL(
            sql=grants_sql(TABLES, moves=True)
            + entities_sql(ORDERS, roles=ROLES)
            + begin_to_move_sql(ORDERS),
            reverse_sql=move_no_more_sql(ORDERS, tables=TABLES),
        )
    ]
