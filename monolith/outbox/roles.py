"""The database roles of the monolith, and what they may do with a domain's tables."""

from collections.abc import Sequence

from handover import Roles

ROLES = Roles(
    owner="monolith_owner",
    app="monolith_app",
    relay="monolith_relay",
    applier="monolith_applier",
)


def grants_sql(tables: Sequence[str], *, moves: bool = False) -> str:
    """Return the grants on a domain's tables; the applier writes only to domains that move."""
    names = ", ".join(tables)
    granted = [
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {names} TO {ROLES.app};",
        f"GRANT SELECT ON {names} TO {ROLES.auditor};",
    ]
    if moves:
        granted.append(
            f"GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON {names} TO {ROLES.applier};"
        )
    return "\n".join(granted)


def revokes_sql(tables: Sequence[str]) -> str:
    """Return the opposite of the grants."""
    roles = f"{ROLES.app}, {ROLES.auditor}, {ROLES.applier}"
    return f"REVOKE ALL ON {', '.join(tables)} FROM {roles};"
