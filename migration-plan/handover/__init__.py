"""The outbox of a service: facts, written in the transaction that made them true, and carried on.

It came into being as the protocol by which domains changed sides; what is left is what services hear each
other by. SQL functions are the safety (`sql/`), a relay carries the outbox to RabbitMQ, another to Kafka.

* epoch      an integer raised at every change of owner; since the last cutover it stays
* sequence   dense number of a fact in its domain
* image      a row as JSON, in the form of the contracts
"""

from handover.amendments import (
    digest_sql,
    export_sql,
    retirement_sql,
    undigest_sql,
    unexport_sql,
    unway_sql,
    way_sql,
)
from handover.entities import Entity, Field, Part
from handover.install import (
    Domain,
    Roles,
    installation_sql,
    registration_sql,
)

__all__ = [
    "Domain",
    "Entity",
    "Field",
    "Part",
    "Roles",
    "digest_sql",
    "export_sql",
    "installation_sql",
    "registration_sql",
    "retirement_sql",
    "undigest_sql",
    "unexport_sql",
    "unway_sql",
    "way_sql",
]
