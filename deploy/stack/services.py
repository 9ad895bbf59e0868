"""The services beside the monolith: a line here and a package in `extracted` make one.

From a line follow the service's database, roles and passwords, its variables, processes and ports,
and its migrations.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

# A process of a service -> its port, counted from the service's first.
ROLE_PORTS: Mapping[str, int] = MappingProxyType(
    {
        "events": 10,
        "relay": 11,
        "applier": 12,
        "chores": 13,
        "projector": 14,
        "kafka": 15,
        "postgresql": 16,
    }
)
# An instance's port lies between the service's first and its roles'.
MOST_INSTANCES = 9
# Who works in the database of a side, each with a role of its own.
STAFF = ("app", "owner", "relay", "applier")
# Who looks into the databases of all sides with one role each.
VISITORS = ("strangler", "auditor")


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What runs of a service: so many instances that answer requests, and its other processes.

    `upstreams` are the gateway's in which its instances register themselves; none: files say where
    they are, and there are always as many.
    """

    name: str
    first_port: int
    instances: int = 0
    upstreams: tuple[str, ...] = ()
    roles: tuple[str, ...]

    @property
    def instance_ports(self) -> tuple[int, ...]:
        """The offsets of the instances' ports."""
        return tuple(self.instance_port(n) for n in range(1, self.instances + 1))

    @property
    def most_instances(self) -> int:
        """How many there may be once the service is scaled."""
        return MOST_INSTANCES if self.upstreams else self.instances

    def instance_port(self, number: int) -> int:
        """The offset of one instance's port; they are counted from one."""
        return self.first_port + number

    @property
    def asked_ports(self) -> tuple[int, ...]:
        """Whose readiness decides: the instances, or what works where nobody sends requests."""
        others = [self.role_port(role) for role in ("events", "chores") if role in self.roles]
        return self.instance_ports or tuple(others)

    def role_port(self, role: str) -> int:
        """The offset of a process's port."""
        return self.first_port + ROLE_PORTS[role]


SERVICES = (
    Service(
        name="catalog",
        first_port=200,
        instances=2,
        upstreams=("catalog-read", "catalog-write", "catalog-opt-in"),
        roles=("events", "relay", "applier"),
    ),
    Service(
        name="inventory",
        first_port=240,
        instances=2,
        upstreams=("inventory-read", "inventory-write", "inventory-opt-in"),
        roles=("relay", "applier", "chores"),
    ),
    Service(name="payments", first_port=260, instances=2, roles=("relay", "applier", "chores")),
    Service(name="notifications", first_port=220, roles=("events", "relay", "applier", "chores")),
    Service(
        name="orders",
        first_port=280,
        instances=2,
        upstreams=("orders-read", "orders-write"),
        roles=("relay", "applier", "chores", "projector"),
    ),
)


def sides() -> tuple[str, ...]:
    """Every database by its name; each belongs to one side."""
    return ("monolith", *(service.name for service in SERVICES))


def databases() -> dict[str, tuple[str, str]]:
    """Variable -> (role, database)."""
    known = {}
    for side in sides():
        known[f"{side.upper()}_DATABASE_URL"] = (f"{side}_app", side)
        for worker in STAFF[1:]:
            known[f"{side.upper()}_{worker.upper()}_DATABASE_URL"] = (f"{side}_{worker}", side)
        for visitor in VISITORS:
            known[f"{visitor.upper()}_{side.upper()}_DATABASE_URL"] = (visitor, side)
    return known
