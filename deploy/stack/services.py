"""The services beside the monolith: a line here and a package in `extracted` make one.

From a line follow the service's database, roles and passwords, its variables, processes and ports,
and its migrations.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

# A process of a service -> its port, counted from the service's first.
ROLE_PORTS: Mapping[str, int] = MappingProxyType(
    {"events": 10, "relay": 11, "chores": 13, "projector": 14, "kafka": 15}
)
# Who works in the database of a side, each with a role of its own.
STAFF = ("app", "owner", "relay", "applier")
# The monolith tells nobody anything.
STAFF_OF_MONOLITH = ("app", "owner")
# Who looks into the databases of all sides with one role each. The SQL that installs the outbox names
# `strangler`, as it names the appliers; nobody comes as one of these any more.
VISITORS = ("strangler", "auditor")


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What runs of a service: so many instances that answer requests, and its other processes.

    The gateway's files say where its instances are: there are always as many.
    """

    name: str
    first_port: int
    instances: int = 0
    roles: tuple[str, ...]

    @property
    def instance_ports(self) -> tuple[int, ...]:
        """The offsets of the instances' ports."""
        return tuple(self.instance_port(n) for n in range(1, self.instances + 1))

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
        roles=("events", "relay"),
    ),
    Service(name="inventory", first_port=240, instances=2, roles=("relay", "chores")),
    Service(name="payments", first_port=260, instances=2, roles=("relay", "chores")),
    Service(name="notifications", first_port=220, roles=("events", "relay", "chores")),
    Service(
        name="orders",
        first_port=280,
        instances=2,
        roles=("relay", "chores", "projector"),
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
        staff = STAFF if side != "monolith" else STAFF_OF_MONOLITH
        for worker in staff[1:]:
            known[f"{side.upper()}_{worker.upper()}_DATABASE_URL"] = (f"{side}_{worker}", side)
        for visitor in VISITORS:
            known[f"{visitor.upper()}_{side.upper()}_DATABASE_URL"] = (visitor, side)
    return known
