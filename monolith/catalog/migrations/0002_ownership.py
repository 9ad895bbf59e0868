"""Register catalog with the ownership protocol: its owner, its images, a fence on each table."""

from dataclasses import replace

from django.db import migrations

from handover import registration_sql, unregistration_sql
from monolith.catalog.entities import CATALOG
from monolith.outbox.roles import ROLES, grants_sql, revokes_sql

# Fields that came later, each with the migration that shows it in the image.
LATER = {"parent_id"}
CATALOG_THEN = replace(
    CATALOG,
    entities=tuple(
        replace(entity, fields=tuple(f for f in entity.fields if f.name not in LATER))
        for entity in CATALOG.entities
    ),
)
TABLES = [entity.table for entity in CATALOG.entities]


class Migration(migrations.Migration):
    """Fences go up long before anything moves, so that no DDL is needed when it does."""

    dependencies = [("catalog", "0001_initial"), ("outbox", "0001_handover")]
    operations = [
        migrations.RunSQL(
            sql=registration_sql(CATALOG_THEN, roles=ROLES)
            + grants_sql(TABLES, moves=True)
            + "SELECT handover.place_seam('catalog', 'monolith', 0);",
            reverse_sql=revokes_sql(TABLES) + unregistration_sql(CATALOG),
        )
    ]
