"""The database roles of the monolith, and what they may do with its tables."""

from collections.abc import Sequence

APP = "monolith_app"
AUDITOR = "auditor"


def grants_sql(tables: Sequence[str]) -> str:
    """Return the grants on tables of ours."""
    names = ", ".join(tables)
    return (
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {names} TO {APP};\n"
        f"GRANT SELECT ON {names} TO {AUDITOR};"
    )


def revokes_sql(tables: Sequence[str]) -> str:
    """Return the opposite of the grants."""
    return f"REVOKE ALL ON {', '.join(tables)} FROM {APP}, {AUDITOR};"
