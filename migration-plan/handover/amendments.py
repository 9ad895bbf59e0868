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


def compared_sql(*, roles: Roles) -> str:
    """Return the SQL by which a database that was installed before counts comparisons in finer words.

    The monolith's alone: no service compares what it answers.
    """
    return part_sql("0012_compared.sql", roles=roles)


def uncompared_sql() -> str:
    """Return the SQL that takes `compared_sql` back; what was counted stays, and nobody asks for it."""
    return "DROP FUNCTION IF EXISTS handover.note_comparisons(text, text, jsonb, jsonb);"


def bound_sql(*, roles: Roles) -> str:
    """Return the SQL by which a database that was installed before ends its copies where they began."""
    return part_sql("0013_bound.sql", roles=roles)


def unbound_sql(*, roles: Roles) -> str:
    """Return the SQL that takes `bound_sql` back."""
    return part_sql("before/0013_bound.sql", roles=roles)
