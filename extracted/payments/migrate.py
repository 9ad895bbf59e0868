"""Bring the database of payments to the schema this version needs."""

from pathlib import Path

from extracted.chassis import migrations
from extracted.payments.entities import PAYMENTS, ROLES
from handover import (
    bound_sql,
    digest_sql,
    installation_sql,
    registration_sql,
    retirement_sql,
    unbound_sql,
    undigest_sql,
    unway_sql,
    way_sql,
)

SCHEMA = "payments"
FOLDER = Path(__file__).parent / "migrations"
# Between the tables it fences and everything that is not part of the domain.
HANDOVER = "0002_handover"
# The protocol of databases that are older than it.
RETIRE = "0003_retire"
DIGESTS = "0004_digests"
WAY = "0005_way"
BOUND = "0006_bound"


def migrate(url: str, *, target: str | None = None) -> list[str]:
    """Migrate as the owner of the schema; return one line per step taken."""
    return migrations.migrate(url, all_migrations(), schema=SCHEMA, target=target)


def all_migrations() -> tuple[migrations.Migration, ...]:
    """Return ours and the installation of the ownership protocol."""
    up = installation_sql(side="service", roles=ROLES)
    up += registration_sql(PAYMENTS, roles=ROLES)
    # The fences on our tables go with the function it calls.
    down = "DROP SCHEMA handover CASCADE;"
    retire = retirement_sql(roles=ROLES), "SELECT 1;"
    digests = digest_sql(PAYMENTS, roles=ROLES), undigest_sql(PAYMENTS, roles=ROLES)
    way = way_sql(roles=ROLES), unway_sql()
    bound = bound_sql(roles=ROLES), unbound_sql(roles=ROLES)
    computed = {HANDOVER: (up, down), RETIRE: retire, DIGESTS: digests, WAY: way, BOUND: bound}
    return migrations.read_migrations(FOLDER, computed=computed)
