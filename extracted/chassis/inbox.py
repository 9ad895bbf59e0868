"""Handle each event once, however often it is delivered."""

from datetime import timedelta
from uuid import UUID

from psycopg import sql

from extracted.chassis.database import Connection

# Longer than anything brings an event back: delay queues, a relay's retention, a dead letter that
# people look at after their holidays.
KEPT = timedelta(days=30)
# More than one for each new one, so that what has piled up shrinks.
FORGOTTEN_AT_ONCE = 10


def first_time(connection: Connection, *, schema: str, consumer: str, event_id: UUID) -> bool:
    """Note an event as handled and say whether it is new to `consumer`.

    Call it in the transaction of the effect: both are kept or neither. A second delivery that
    runs at the same time waits here for the first to commit.
    """
    noted = connection.execute(
        sql.SQL(
            "INSERT INTO {} (consumer, event_id) VALUES (%s, %s) ON CONFLICT DO NOTHING"
        ).format(sql.Identifier(schema, "inbox_event")),
        (consumer, event_id),
    )
    _forget(connection, schema=schema)
    return noted.rowcount == 1


def _forget(connection: Connection, *, schema: str) -> None:
    # By place and not by key: PostgreSQL sorts places, so two who forget at once meet in one order. By the
    # time of the statement: an index cannot be asked for a clock that is read anew for each row.
    connection.execute(
        sql.SQL(
            "DELETE FROM {0} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {0} "
            "WHERE handled_at < statement_timestamp() - %s ORDER BY handled_at LIMIT %s))"
        ).format(sql.Identifier(schema, "inbox_event")),
        (KEPT, FORGOTTEN_AT_ONCE),
    )
