"""The SQL that makes a domain move which was only fenced before, for its migrations."""

from collections.abc import Sequence

from handover import Domain, drop_digest_views_sql
from monolith.outbox.roles import ROLES


def begin_to_move_sql(domain: Domain) -> str:
    """Return the SQL that begins the stream to the service at its first message, with the first step.

    Facts were recorded and published before; what nobody has listened to is dropped with them. Where
    others listen (`capture`), they are told what waits, and the numbers of the
    stream begin with that.
    """
    name = domain.name
    if domain.capture:
        return f"""
DELETE FROM handover.outbox WHERE domain = '{name}' AND published_at IS NOT NULL;
UPDATE handover.outbox SET stream_sequence = NULL WHERE domain = '{name}';
UPDATE handover.stream SET receiver = 'service', is_heard = true, last_sequence = 0
 WHERE domain = '{name}';
SELECT handover.place_seam('{name}', 'monolith', 0);
"""  # noqa: S608 - names of our own
    return f"""
DELETE FROM handover.outbox WHERE domain = '{name}';
UPDATE handover.stream SET receiver = 'service', last_sequence = 0 WHERE domain = '{name}';
UPDATE handover.ownership SET capture = false WHERE domain = '{name}';
SELECT handover.place_seam('{name}', 'monolith', 0);
"""  # noqa: S608 - names of our own


def move_no_more_sql(domain: Domain, *, tables: Sequence[str]) -> str:
    """Return the opposite, and take the applier's grants back."""
    name = domain.name
    views = "".join(
        f"DROP VIEW handover.{entity.image_view(name)};\n" for entity in domain.entities
    )
    return f"""
{drop_digest_views_sql(domain)}{views}DELETE FROM handover.entity WHERE domain = '{name}';
DELETE FROM handover.seam WHERE domain = '{name}';
UPDATE handover.stream SET receiver = NULL, is_heard = false WHERE domain = '{name}';
UPDATE handover.ownership SET capture = true WHERE domain = '{name}';
REVOKE ALL ON {", ".join(tables)} FROM {ROLES.applier};
"""  # noqa: S608 - likewise
