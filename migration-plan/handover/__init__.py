"""The outbox of a service: facts, written in the transaction that made them true, and carried on.

It came into being as the protocol by which domains changed sides; what is left is what services hear each
other by. SQL functions are the safety (`sql/`), a relay carries the outbox to RabbitMQ, another to Kafka.

* epoch      an integer raised at every change of owner; since the last cutover it stays
* sequence   dense number of a fact in its domain
* image      a row as JSON, in the form of the contracts
"""

from handover.entities import Entity, Field, Part
from handover.install import (
    Domain,
    Roles,
    export_sql,
    installation_sql,
    registration_sql,
    retirement_sql,
    unexport_sql,
)

__all__ = [
    "Domain",
    "Entity",
    "Field",
    "Part",
    "Roles",
    "export_sql",
    "installation_sql",
    "registration_sql",
    "retirement_sql",
    "unexport_sql",
]
