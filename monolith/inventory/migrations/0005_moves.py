"""Let inventory move: images of its rows, and a stream to the service."""

from django.db import migrations

from handover import entities_sql
from monolith.inventory.entities import INVENTORY
from monolith.outbox.moves import begin_to_move_sql, move_no_more_sql
from monolith.outbox.roles import ROLES, grants_sql

TABLES = [table for entity in INVENTORY.entities for table in entity.tables]


class Migration(migrations.Migration):
    """The fence is there already."""

    dependencies = [("inventory", "0004_changes_by_time"), ("outbox", "0002_rows")]
    operations = [
        migrations.RunSQL(
            sql=grants_sql(TABLES, moves=True)
            + entities_sql(INVENTORY, roles=ROLES)
            + begin_to_move_sql(INVENTORY),
            reverse_sql=move_no_more_sql(INVENTORY, tables=TABLES),
        )
    ]
