"""How often one process asks another for the sake of one request: counted, with one person in the shop.

* **hop**: one question over the network, with its answer. A client that asks the gateway is one, the
  gateway that asks whom it sends to another; a question over the broker goes by two. Databases are not
  counted here: their transactions are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from loadtests.compare import counters
from loadtests.compare.rpc import listening
from loadtests.compare.systems import System

TIMES = 4
EVERY_S = 0.1
Make = Callable[[str, str], Mapping[str, Any]]
"""Make a visit several times: of a journey, its task. Returns how many requests people sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hops:
    """What one thing that people do asks for, in all of its times."""

    journey: str
    task: str
    requests: int
    at_gateway: int
    answered: int
    rpc: int

    @property
    def per_request(self) -> float | None:
        """Hops for each request that a person sent."""
        return self.hops / self.requests if self.requests else None

    @property
    def hops(self) -> int:
        """Each question at the gateway, each at a side, and two for each over the broker."""
        return self.at_gateway + self.answered + 2 * self.rpc


def walk(system: System, menu: list[tuple[str, str]], make: Make) -> list[Hops]:
    """Do everything that people do, one thing at a time."""
    found = []
    with listening(system.environment) as ear:
        before, _ = counters.answered(system.environment), ear.heard()
        for journey, task in menu:
            made = make(journey, task)
            rpc = ear.until_quiet()
            after = counters.answered(system.environment)
            added = {side: int(value - before.get(side, 0.0)) for side, value in after.items()}
            found.append(
                Hops(
                    journey=journey,
                    task=task,
                    requests=int(made["requests"]),
                    at_gateway=added.pop("gateway", 0),
                    answered=sum(added.values()),
                    rpc=rpc,
                )
            )
            before = after
    return found
