"""What came to the protocol after databases had been installed, for their schema migrations.

A new installation has all of it.
"""

from handover.install import Domain, Roles, digest_views_sql, drop_digest_views_sql, part_sql


def export_sql(*, roles: Roles) -> str:
    """Return the SQL by which a database that was installed before learns of further sinks."""
    return part_sql("0008_export.sql", roles=roles)


def unexport_sql() -> str:
    """Return the SQL that takes `export_sql` back."""
    return (
        "DROP TRIGGER IF EXISTS keep_unexported ON handover.outbox; "
        "DROP FUNCTION IF EXISTS handover.keep_unexported(); DROP TABLE IF EXISTS handover.export;"
    )


def retirement_sql(*, roles: Roles) -> str:
    """Return the SQL by which a database that was installed before counts refusals and can retire."""
    return "".join(part_sql(f"{name}.sql", roles=roles) for name in ("0002_fence", "0009_retire"))


def digest_sql(*domains: Domain, roles: Roles) -> str:
    """Return the SQL by which a database that was installed before compares hashes, not images.

    With the views of these domains; others need their own `digest_views_sql`.
    """
    parts = [part_sql(f"{name}.sql", roles=roles) for name in ("0009_retire", "0010_digest")]
    return "".join([*parts, *(digest_views_sql(domain, roles=roles) for domain in domains)])


def undigest_sql(*domains: Domain, roles: Roles) -> str:
    """Return the SQL that takes `digest_sql` back."""
    dropped = "".join(drop_digest_views_sql(domain) for domain in domains)
    return dropped + part_sql("before/0010_digest.sql", roles=roles)


def way_sql(*, roles: Roles) -> str:
    """Return the SQL by which a database that was installed before can try the way to the other side."""
    return part_sql("0011_way.sql", roles=roles)


def unway_sql() -> str:
    """Return the SQL that takes `way_sql` back."""
    return "DROP FUNCTION IF EXISTS handover.try_way(text);"
