"""Bring the database of orders to the schema this version needs."""

from pathlib import Path

from extracted.chassis import migrations
from extracted.orders.entities import ORDERS, ROLES
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

SCHEMA = "orders"
FOLDER = Path(__file__).parent / "migrations"
# Between the tables it fences and everything that is not part of the domain.
HANDOVER = "0002_handover"
# The protocol of databases that are older than it.
RETIRE = "0004_retire"
DIGESTS = "0006_digests"
WAY = "0008_way"
BOUND = "0009_bound"


def migrate(url: str, *, target: str | None = None) -> list[str]:
    """Migrate as the owner of the schema; return one line per step taken."""
    return migrations.migrate(url, all_migrations(), schema=SCHEMA, target=target)


def all_migrations() -> tuple[migrations.Migration, ...]:
    """Return ours and the installation of the ownership protocol."""
    up = installation_sql(side="service", roles=ROLES)
    up += registration_sql(ORDERS, roles=ROLES)
    # The fences on our tables go with the function it calls.
    down = "DROP SCHEMA handover CASCADE;"
    retire = retirement_sql(roles=ROLES), "SELECT 1;"
    digests = digest_sql(ORDERS, roles=ROLES), undigest_sql(ORDERS, roles=ROLES)
    way = way_sql(roles=ROLES), unway_sql()
    bound = bound_sql(roles=ROLES), unbound_sql(roles=ROLES)
    computed = {HANDOVER: (up, down), RETIRE: retire, DIGESTS: digests, WAY: way, BOUND: bound}
    return migrations.read_migrations(FOLDER, computed=computed)
