"""The ownership protocol: who may write a domain, and the facts that are written with its rows.

SQL functions are the safety (`sql/`), a relay carries the outbox to RabbitMQ. The protocol is installed
whole, also what a service will need to take the writes over.

* epoch      an integer raised at every change of owner; odd: the monolith's, even: the service's
* sequence   dense number of a message in its domain's stream
* image      a row as JSON, in the form both sides agree on
"""

from handover.amendments import (
    digest_sql,
    export_sql,
    retirement_sql,
    undigest_sql,
    unexport_sql,
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
    "digest_sql",
    "digest_views_sql",
    "drop_digest_views_sql",
    "entities_sql",
    "export_sql",
    "installation_sql",
    "part_sql",
    "registration_sql",
    "retirement_sql",
    "undigest_sql",
    "unexport_sql",
    "unregistration_sql",
]
