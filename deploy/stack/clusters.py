"""The PostgreSQL clusters of one copy: one for the databases of all sides, or one for each side."""

import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from stack.errors import MissingError
from stack.profile import LONGEST_SOCKET_DIRECTORY, Profile
from stack.services import SERVICES, sides

POSTGRESQL = "postgresql"
POSTGRESQL_PORT = 432
MONOLITH = "monolith"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """One server, called as its program and its directory are, and whose databases it has."""

    name: str
    port: int
    sides: tuple[str, ...]
    profile: Profile

    @property
    def place(self) -> Path:
        """The data directory; the server's socket lies in it, behind its mode 0700."""
        fits = len(str(self.link)) <= LONGEST_SOCKET_DIRECTORY
        return self.link if fits and _reachable(self.profile.state) else self._outside

    @property
    def link(self) -> Path:
        """Where it is found, wherever it lies."""
        return self.profile.state / self.name

    @property
    def _outside(self) -> Path:
        outside = self.profile.outside
        return outside if self.name == POSTGRESQL else Path(f"{outside}-{self.name}")


def clusters(profile: Profile) -> tuple[Cluster, ...]:
    """Every cluster of a copy, the monolith's first."""
    port = profile.port(POSTGRESQL_PORT)
    if not profile.apart:
        return (Cluster(name=POSTGRESQL, port=port, sides=sides(), profile=profile),)
    ports = {MONOLITH: port} | {
        service.name: profile.port(service.role_port(POSTGRESQL)) for service in SERVICES
    }
    return tuple(
        Cluster(name=f"{side}-{POSTGRESQL}", port=ports[side], sides=(side,), profile=profile)
        for side in sides()
    )


def serving(profile: Profile, side: str) -> Cluster:
    """The cluster that has the database of a side."""
    return next(cluster for cluster in clusters(profile) if side in cluster.sides)


def system_user() -> str:
    """Whom a server runs as when we are root, which PostgreSQL refuses to be."""
    if os.geteuid() != 0:
        return ""
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        raise MissingError("there is no system user `postgres`: run `make setup`") from None


def _reachable(directory: Path) -> bool:
    """Whether the server's own user can come down to this directory, as far as it is there yet."""
    if not system_user():
        return True
    found = (path for path in (directory, *directory.parents) if path.exists())
    return all(path.stat().st_mode & 0o001 for path in found)
