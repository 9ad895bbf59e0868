"""Bring the catalog's database to the schema this version needs."""

from dataclasses import replace
from pathlib import Path

from extracted.catalog.entities import CATALOG, ROLES
from extracted.chassis import migrations
from handover import (
    bound_sql,
    digest_sql,
    export_sql,
    installation_sql,
    registration_sql,
    retirement_sql,
    unbound_sql,
    undigest_sql,
    unexport_sql,
    unway_sql,
    way_sql,
)

SCHEMA = "catalog"
FOLDER = Path(__file__).parent / "migrations"
# Between the tables it fences and everything that is not part of the domain.
HANDOVER = "0002_handover"
# The protocol of databases that are older than it.
EXPORT = "0007_export"
RETIRE = "0008_retire"
DIGESTS = "0009_digests"
WAY = "0010_way"
BOUND = "0011_bound"
# Fields that came later, each with the migration that shows it in the image.
LATER = {"parent_id"}
CATALOG_THEN = replace(
    CATALOG,
    entities=tuple(
        replace(entity, fields=tuple(f for f in entity.fields if f.name not in LATER))
        for entity in CATALOG.entities
    ),
)


def migrate(url: str, *, target: str | None = None) -> list[str]:
    """Migrate as the owner of the schema; return one line per step taken."""
    return migrations.migrate(url, all_migrations(), schema=SCHEMA, target=target)


def all_migrations() -> tuple[migrations.Migration, ...]:
    """Return ours and the installation of the ownership protocol."""
    up = installation_sql(side="service", roles=ROLES) + registration_sql(CATALOG_THEN, roles=ROLES)
    # The fences on our tables go with the function they call.
    down = "DROP SCHEMA handover CASCADE;"
    export = export_sql(roles=ROLES), unexport_sql()
    retire = retirement_sql(roles=ROLES), "SELECT 1;"
    digests = digest_sql(CATALOG, roles=ROLES), undigest_sql(CATALOG, roles=ROLES)
    way = way_sql(roles=ROLES), unway_sql()
    bound = bound_sql(roles=ROLES), unbound_sql(roles=ROLES)
    computed = {
        HANDOVER: (up, down),
        EXPORT: export,
        RETIRE: retire,
        DIGESTS: digests,
        WAY: way,
        BOUND: bound,
    }
    return migrations.read_migrations(FOLDER, computed=computed)
