"""Ask the side that owns a domain's writes, when the monolith itself is the client.

The counterpart of `forward`, which does the same for a client's HTTP request. Every request carries
an id under which it is done once, so asking again at either side is safe.
"""

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from extracted.contracts.http import FIRST_RETRY_S, LAST_RETRY_S
from extracted.contracts.rpc import Unanswered
from monolith.seams.fence import NotOwner
from monolith.seams.rpc import RemoteUnavailable
from monolith.seams.where import Standing

# Longer than a handover takes, shorter than what waits for us.
DEADLINE_S = 2.5
Side = TypeVar("Side")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Either(Generic[Side]):
    """Both sides of a seam; while the writes change hands, whichever takes them."""

    domain: str
    local: Side
    remote: Side
    where: Callable[[], Standing]
    deadline_s: float = DEADLINE_S
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def ask(self, question: Callable[[Side], T]) -> T:
        """Return the owner's answer; raises Unanswered, and what the owner raises.

        Call it before a transaction is opened, never inside.
        """
        is_remote_first = self.where().stage.owner == "service"
        order = (self.remote, self.local) if is_remote_first else (self.local, self.remote)
        gives_up_at, pause_s = self.clock() + self.deadline_s, FIRST_RETRY_S
        for number, side in enumerate(itertools.cycle(order), start=1):
            try:
                return question(side)
            except (NotOwner, RemoteUnavailable) as error:
                reason = error
            if number % len(order) == 0:
                if self.clock() + pause_s >= gives_up_at:
                    break
                self.sleep(pause_s)
                pause_s = min(pause_s * 2, LAST_RETRY_S)
        raise Unanswered(f"nobody takes a write of {self.domain} now: {reason}") from reason
