"""One running copy of the stack: where its state lives and which ports it uses."""

import hashlib
import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from stack.errors import StackError

ROOT = Path(__file__).resolve().parents[2]

# The kernel takes 107 bytes for the path of a Unix socket; leave room for the file's name.
LONGEST_SOCKET_DIRECTORY = 75


class Kind(StrEnum):
    """What a copy is for."""

    DEV = "dev"
    TEST = "test"


_STATE = {Kind.DEV: Path(".run"), Kind.TEST: Path(".run/test")}
_BASE = {Kind.DEV: 18000, Kind.TEST: 19000}


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One running copy; every path and port follows from it."""

    kind: Kind
    root: Path
    state: Path
    base: int

    @property
    def durable(self) -> bool:
        """Whether a commit survives a power cut; the tests of the code do not need it."""
        return self.kind is Kind.DEV

    @property
    def logs(self) -> Path:
        """Where every program writes."""
        return self.state / "log"

    @property
    def outside(self) -> Path:
        """A short directory of ours that any user can reach, for what cannot live in the clone."""
        digest = hashlib.sha256(str(self.state).encode()).hexdigest()[:12]
        return Path("/var/tmp") / f"strangler-{digest}"  # noqa: S108 - ownership is checked

    @property
    def socket(self) -> Path:
        """Supervisor's socket."""
        fits = len(str(self.state)) <= LONGEST_SOCKET_DIRECTORY
        return self.state / "supervisor.sock" if fits else Path(f"{self.outside}.sock")

    def port(self, offset: int) -> int:
        """A port of this copy by its offset."""
        return self.base + offset

    @property
    def access_log(self) -> Path:
        """What the gateway's plugin file-log writes, an entry per request."""
        return self.logs / "gateway-requests.jsonl"

    def log(self, program: str) -> Path:
        """What one program wrote."""
        return self.logs / f"{program}.log"


def load(kind: Kind | str) -> Profile:
    """The copy of this kind in this clone."""
    kind = Kind(kind)
    text = os.environ.get("STACK_PORT_BASE", str(_BASE[kind]))
    # 32768 is where the kernel's ephemeral ports begin: there a bind can lose to any client.
    if not text.isdigit() or not 1024 <= int(text) <= 32000:
        raise StackError(f"STACK_PORT_BASE must be a number from 1024 to 32000, not {text!r}")
    return Profile(kind=kind, root=ROOT, state=ROOT / _STATE[kind], base=int(text))


def current() -> Profile:
    """The copy whose variables this process was given; dev when it was given none."""
    state = os.environ.get("STATE_DIR", "")
    return load(next((kind for kind in Kind if str(ROOT / _STATE[kind]) == state), Kind.DEV))
