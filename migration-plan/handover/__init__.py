"""The ownership protocol: the writes of a domain change sides, live, with a way back.

One implementation for both sides. SQL functions are the safety (`sql/`), a relay carries the
outbox to RabbitMQ, an applier applies the stream, an operator's hands start the moves. See
`migration-plan/decisions/0005-one-implementation-of-the-protocol.md`.

* epoch      an integer raised at every change of owner; odd: the monolith's, even: the service's
* token      the right to write, travelling as the last message of the old owner's stream
* sequence   dense number of a message in its domain's stream; a gap stops the applier
* image      a row as JSON, in the form both sides agree on
"""

from handover.amendments import (
    bound_sql,
    compared_sql,
    digest_sql,
    export_sql,
    retirement_sql,
    unbound_sql,
    uncompared_sql,
    undigest_sql,
    unexport_sql,
    unway_sql,
    way_sql,
)
from handover.entities import Entity, Field, Part
from handover.install import (
    Domain,
    Roles,
    digest_views_sql,
    drop_digest_views_sql,
    entities_sql,
    installation_sql,
    part_sql,
    registration_sql,
    unregistration_sql,
)

__all__ = [
    "Domain",
    "Entity",
    "Field",
    "Part",
    "Roles",
    "bound_sql",
    "compared_sql",
    "digest_sql",
    "digest_views_sql",
    "drop_digest_views_sql",
    "entities_sql",
    "export_sql",
    "installation_sql",
    "part_sql",
    "registration_sql",
    "retirement_sql",
    "unbound_sql",
    "uncompared_sql",
    "undigest_sql",
    "unexport_sql",
    "unregistration_sql",
    "unway_sql",
    "way_sql",
]
