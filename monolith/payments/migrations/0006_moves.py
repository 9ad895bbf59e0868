"""Let payments move: images of their rows, and a stream to the service."""

from django.db import migrations

from handover import entities_sql
from monolith.outbox.moves import begin_to_move_sql, move_no_more_sql
from monolith.outbox.roles import ROLES, grants_sql
from monolith.payments.entities import PAYMENTS

TABLES = [table for entity in PAYMENTS.entities for table in entity.tables]
# Still with ink: what the grants for all tables gave is taken back. The applier copies the books.
INK = f"REVOKE UPDATE, DELETE ON payments_entry FROM {ROLES.app};"


class Migration(migrations.Migration):
    """The fence is there already."""

    dependencies = [("payments", "0005_changes_by_time"), ("outbox", "0002_rows")]
    operations = [
        migrations.RunSQL(
            sql=grants_sql(TABLES, moves=True)
            + INK
            + entities_sql(PAYMENTS, roles=ROLES)
            + begin_to_move_sql(PAYMENTS),
            reverse_sql=move_no_more_sql(PAYMENTS, tables=TABLES),
        )
    ]
