"""Handle each event once, however often it is delivered."""

from uuid import UUID

from psycopg import sql

from extracted.chassis.database import Connection


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
    return noted.rowcount == 1
