"""The SQL that makes a domain move which was only fenced before, for its migrations."""

from collections.abc import Sequence

from handover import Domain, drop_digest_views_sql
from handover.active import EXPORT_LOCK, RELAY_LOCK
from monolith.outbox.roles import ROLES

# What is on its way has a number, and numbers begin anew here: until this is committed nobody sends,
# gives numbers, or notes how far Kafka is, and from `_ALONE` on nobody writes facts.
_NO_RELAY = f"""
DO $$ BEGIN
    IF NOT (pg_try_advisory_xact_lock(4711, {RELAY_LOCK})
            AND pg_try_advisory_xact_lock(4711, {EXPORT_LOCK})) THEN
        RAISE EXCEPTION 'a relay is at work in this database'
              USING HINT = 'Stop it, migrate, and start it again.';
    END IF;
END $$;
"""
_ALONE = "LOCK TABLE handover.outbox IN EXCLUSIVE MODE;"


def _export_anew_sql(name: str) -> str:
    # Databases that are older than exports get their table later.
    return f"""
DO $$ BEGIN
    IF to_regclass('handover.export') IS NOT NULL THEN
        UPDATE handover.export SET last_sequence = 0 WHERE domain = '{name}';
    END IF;
END $$;
"""  # noqa: S608 - names of our own


def _nothing_is_left_sql(name: str) -> str:
    # A net keeps what Kafka has not got; it would meet others under its numbers.
    return f"""
DO $$ BEGIN
    IF EXISTS (SELECT 1 FROM handover.outbox WHERE domain = '{name}') THEN
        RAISE EXCEPTION 'Kafka has not got all facts of {name}'
              USING HINT = 'Start the relay to Kafka, let it catch up, stop it, and migrate.';
    END IF;
END $$;
"""  # noqa: S608 - likewise


def begin_to_move_sql(domain: Domain) -> str:
    """Return the SQL that begins the stream to the service at its first message, with the first step.

    Facts were recorded and published before; what nobody has listened to is dropped with them. Where
    others listen (`capture`), they are told what waits, and the numbers of the stream begin with that,
    for Kafka as well. Refuses while a relay to RabbitMQ or Kafka is at work.
    """
    name = domain.name
    if domain.capture:
        # Before anybody has to wait: of a long retention that takes its time.
        return f"""{_NO_RELAY}
DELETE FROM handover.outbox WHERE domain = '{name}' AND published_at IS NOT NULL;
{_ALONE}
UPDATE handover.outbox SET stream_sequence = NULL WHERE domain = '{name}';
UPDATE handover.stream SET receiver = 'service', is_heard = true, last_sequence = 0
 WHERE domain = '{name}';
{_export_anew_sql(name)}
SELECT handover.place_seam('{name}', 'monolith', 0);
"""  # noqa: S608 - names of our own
    return f"""{_NO_RELAY}
DELETE FROM handover.outbox WHERE domain = '{name}';
{_ALONE}
DELETE FROM handover.outbox WHERE domain = '{name}';
{_nothing_is_left_sql(name)}
UPDATE handover.stream SET receiver = 'service', last_sequence = 0 WHERE domain = '{name}';
{_export_anew_sql(name)}
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
