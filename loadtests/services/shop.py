"""The shop as it stands on this machine: started if nothing runs, left as it was found.

* **position**: where a seam stands, as strangler names it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import httpx

from loadtests.services import commands
from loadtests.services.curious import curious
from loadtests.services.errors import BenchError

Say = Callable[[str], None]
# Who is asked for something stands at cutover before whoever asks it.
SEAMS = ("catalog", "notifications", "inventory", "payments", "orders")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """What the stack says of itself."""

    environment: Mapping[str, str]
    say: Say

    @property
    def gateway(self) -> str:
        return self.environment["KONG_PROXY_URL"]

    def auditor(self, database: str) -> str:
        """Where one may read everything of a side's database."""
        return self.environment[f"AUDITOR_{database.upper()}_DATABASE_URL"]

    def pids(self, *programs: str) -> tuple[int, ...]:
        """The processes of these programs; raises BenchError when one is missing."""
        rows = commands.ask("stack", "status", "--json", codes=(0, 1))
        known = {row["process"]: row["pid"] for row in rows if row["pid"]}
        if missing := set(programs) - known.keys():
            raise BenchError(f"not running: {', '.join(sorted(missing))}")
        return tuple(int(known[program]) for program in programs)

    def programs(self, service: str) -> tuple[str, ...]:
        """The instances of a service."""
        rows = commands.ask("stack", "status", "--json", codes=(0, 1))
        names = [str(row["process"]) for row in rows]
        return tuple(n for n in names if n.removeprefix(f"{service}-").isdigit())

    def position(self, seam: str) -> str:
        return str(commands.ask("strangler", "status", seam, "--json")["position"])

    def place(
        self,
        seam: str,
        position: str,
        *,
        is_read: bool = True,
        more: Mapping[str, str] | None = None,
    ) -> None:
        """Bring a seam to a position, forward or back, whatever an earlier run left.

        Moves into a canary want reads that were compared; where none are wanted, nobody reads.
        """
        if self.position(seam) != position:
            self.move(seam, position, is_read=is_read, more=more)

    def move(
        self,
        seam: str,
        position: str,
        *,
        is_read: bool = True,
        more: Mapping[str, str] | None = None,
    ) -> Mapping[str, Any]:
        """Move a seam; returns strangler's document, or raises BenchError with what it said."""
        status = commands.ask("strangler", "status", seam, "--json")
        ladder, here = list(status["positions"]), status["position"]
        verb = "resume"
        if here in ladder:
            verb = "advance" if ladder.index(here) < ladder.index(position) else "retreat"
        self.say(f"{verb} {seam} to {position}")
        with curious(self.gateway, self.environment) if is_read else nullcontext():
            return self.order(verb, seam, position, more=more)

    def order(
        self, verb: str, seam: str, position: str, *, more: Mapping[str, str] | None = None
    ) -> Mapping[str, Any]:
        """Give strangler one order, and nothing else: what a handover is measured by."""
        answer: Mapping[str, Any] = commands.ask(
            "strangler", verb, seam, "--to", position, "--json", more=more, codes=(0, 1, 2)
        )
        if not answer.get("ok"):
            raise BenchError(f"{verb} {seam} to {position}: {answer.get('error', answer)}")
        return answer


@contextmanager
def opened(*, products: int, customers: int, orders: int, say: Say) -> Iterator[Shop]:
    """The running shop with goods in it; afterwards every seam is where it was."""
    states = _states()
    is_ours = "ready" not in states
    try:
        if states != {"ready"}:
            say("starting servers, services and the gateway")
            commands.run("stack", "up")
        # For our own commands and requests as well: ports, roles and passwords are this copy's.
        known = {name: str(value) for name, value in commands.ask("stack", "env", "--json").items()}
        os.environ.update(known)
        shop = Shop(environment=known, say=say)
        _fill(shop, products=products, customers=customers, orders=orders)
        found = _positions()
        try:
            yield shop
        finally:
            _put_back(shop, found)
    finally:
        if is_ours:
            say("stopping everything")
            commands.run("stack", "down")


def _states() -> set[str]:
    rows = commands.ask("stack", "status", "--json", codes=(0, 1))
    return {str(row["state"]) for row in rows}


def _positions() -> dict[str, str]:
    return {row["seam"]: row["position"] for row in commands.ask("strangler", "status", "--json")}


def _fill(shop: Shop, *, products: int, customers: int, orders: int) -> None:
    page = httpx.get(f"{shop.gateway}/api/v1/products?limit=1", timeout=30, trust_env=False)
    if not (page.is_success and page.json()["items"]):
        shop.say(f"filling the monolith with {products} products")
        sizes = {"products": products, "customers": customers, "orders": orders}
        words = [word for name, size in sizes.items() for word in (f"--{name}", str(size))]
        commands.run("monolith.manage", "seed", *words, "--seed", "1")
    commands.run("monolith.manage", "make_identities")


def _put_back(shop: Shop, found: Mapping[str, str]) -> None:
    moved = {seam for seam, position in _positions().items() if position != found[seam]}
    # Back in the one order, forward in the other: who asks leaves last and returns first.
    for seam in (*reversed(SEAMS), *SEAMS):
        if seam in moved:
            try:
                shop.place(seam, found[seam])
            except BenchError as error:
                shop.say(f"not put back: {error}")
