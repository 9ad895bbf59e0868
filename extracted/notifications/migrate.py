"""Bring the database of notifications to the schema this version needs."""

from pathlib import Path

from extracted.chassis import migrations
from extracted.notifications.entities import NOTIFICATIONS, ROLES
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

SCHEMA = "notifications"
FOLDER = Path(__file__).parent / "migrations"
# Between the table it fences and everything that is not part of the domain.
HANDOVER = "0002_handover"
# The protocol of databases that are older than it.
EXPORT = "0004_export"
RETIRE = "0005_retire"
DIGESTS = "0006_digests"
WAY = "0007_way"
BOUND = "0008_bound"


def migrate(url: str, *, target: str | None = None) -> list[str]:
    """Migrate as the owner of the schema; return one line per step taken."""
    return migrations.migrate(url, all_migrations(), schema=SCHEMA, target=target)


def all_migrations() -> tuple[migrations.Migration, ...]:
    """Return ours and the installation of the ownership protocol."""
    up = installation_sql(side="service", roles=ROLES)
    up += registration_sql(NOTIFICATIONS, roles=ROLES)
    # The fence on our table goes with the function it calls.
    down = "DROP SCHEMA handover CASCADE;"
    export = export_sql(roles=ROLES), unexport_sql()
    retire = retirement_sql(roles=ROLES), "SELECT 1;"
    digests = digest_sql(NOTIFICATIONS, roles=ROLES), undigest_sql(NOTIFICATIONS, roles=ROLES)
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
