"""Whom orders belong to: they live in the monolith, and we remember whom we have asked for.

Asked in the name of whoever asks us, so nobody learns of a customer through us.
"""

from uuid import UUID

from extracted.chassis.database import Database
from extracted.chassis.shop import Shop
from extracted.contracts.customers import Contact, Customer

# An address that was changed is news for later orders, at the latest after so long.
REMEMBERED_S = 600
_FRESH = (
    "SELECT name, email FROM orders.customer WHERE id = %s "
    "AND seen_at > statement_timestamp() - make_interval(secs => %s)"
)
_KNOWN = "SELECT name, email FROM orders.customer WHERE id = %s"
_NOTE = (
    "INSERT INTO orders.customer (id, name, email) VALUES (%s, %s, %s) ON CONFLICT (id) DO UPDATE "
    "SET name = excluded.name, email = excluded.email, seen_at = clock_timestamp()"
)


def find(
    database: Database, shop: Shop, customer_id: UUID, *, authorization: str | None
) -> Contact | None:
    """Return whom to write to, None when there is no such customer; raises ProblemError 503."""
    if fresh := database.read(_FRESH, (customer_id, REMEMBERED_S)):
        return Contact(name=fresh[0][0], email=fresh[0][1])
    found = shop.find(f"/api/v1/customers/{customer_id}", authorization=authorization)
    if found is None:
        return None
    customer = Customer.model_validate_json(found)
    with database.transaction() as connection:
        connection.execute(_NOTE, (customer.id, customer.name, customer.email))
    return Contact(name=customer.name, email=customer.email)


def remembered(database: Database, customer_id: UUID) -> Contact | None:
    """Return whom to write to, as we have heard it last, without asking anybody."""
    known = database.read(_KNOWN, (customer_id,))
    return Contact(name=known[0][0], email=known[0][1]) if known else None
