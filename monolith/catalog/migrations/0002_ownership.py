"""Register catalog with the ownership protocol: its owner, its images, a fence on each table."""

from django.db import migrations

from handover.install import registration_sql
from monolith.catalog.entities import CATALOG
from monolith.outbox.roles import ROLES, grants_sql, revokes_sql

TABLES = [entity.table for entity in CATALOG.entities]


class Migration(migrations.Migration):
    """Fences go up long before anything moves, so that no DDL is needed when it does."""

    dependencies = [("catalog", "0001_initial"), ("outbox", "0001_handover")]
    operations = [
        migrations.RunSQL(
            sql=registration_sql(CATALOG, roles=ROLES)
            + grants_sql(TABLES, moves=True)
            + "SELECT handover.place_seam('catalog', 'monolith', 0);",
            reverse_sql=revokes_sql(TABLES)
            + "".join(f"DROP TRIGGER handover_fence ON {table};" for table in TABLES)
            + "".join(
                f"DROP VIEW handover.{entity.image_view(CATALOG.name)};"
                for entity in CATALOG.entities
            )
            + "DELETE FROM handover.seam WHERE domain = 'catalog';"
            + "DELETE FROM handover.entity WHERE domain = 'catalog';"
            + "DELETE FROM handover.inbox WHERE domain = 'catalog';"
            + "DELETE FROM handover.stream WHERE domain = 'catalog';"
            + "DELETE FROM handover.ownership WHERE domain = 'catalog';",
        )
    ]
