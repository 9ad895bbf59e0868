"""Register catalog with the ownership protocol: its owner, its images, a fence on each table."""

from django.db import migrations, models

from handover import registration_sql, unregistration_sql
from monolith.catalog.entities import CATALOG
from monolith.outbox.roles import ROLES, grants_sql

TABLES = [entity.table for entity in CATALOG.entities]


class Migration(migrations.Migration):
    """Fences go up long before anything moves, so that no DDL is needed when it does.

    The code of before goes on beside it: what it does not write has a default, and its writes pass
    the fence as long as the monolith owns.
    """

    dependencies = [("catalog", "0003_trigrams"), ("outbox", "0001_handover")]
    operations = [
        migrations.AddField("command", "epoch", models.BigIntegerField(db_default=1)),
        migrations.AddField("command", "side", models.TextField(db_default="monolith")),
        migrations.RunSQL(
            sql=registration_sql(CATALOG, roles=ROLES)
            + grants_sql(TABLES, moves=True)
            + "SELECT handover.place_seam('catalog', 'monolith', 0);",
            reverse_sql=f"REVOKE ALL ON {', '.join(TABLES)} FROM {ROLES.applier};"
            + unregistration_sql(CATALOG),
        ),
    ]
