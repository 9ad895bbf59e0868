"""A purchase on its way, and processes that are killed while they go on with it."""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.extracted.orders.asking import Buyer, Neighbors
from tests.extracted.orders.home import Home
from tests.extracted.running import Program

PROGRAMS = Path(__file__).parents[1] / "programs"
NEIGHBORS, REPLACED = str(PROGRAMS / "neighbors.py"), str(PROGRAMS / "replaced.py")
SERVICE = ("-m", "extracted.orders")
Run = Callable[..., Program]


@dataclass
class Scene:
    """A buyer, the neighbors, and processes that are killed at a moment of the neighbors' plan."""

    buyer: Buyer
    neighbors: Neighbors
    home: Home
    run: Run
    # Where the id of the process is that shall be killed.
    victim: Path

    def kills(self, *moments: str) -> list[dict[str, Any]]:
        return [{"how": "kill", "when": moment, "file": str(self.victim)} for moment in moments]

    def kill(self) -> None:
        os.kill(int(self.victim.read_text()), signal.SIGKILL)

    def replaced(self) -> Program:
        """The chores, and whoever replaces them when they are killed."""
        return self.run(REPLACED, is_awaited=False, PID_FILE=str(self.victim))

    def chores(self) -> Program:
        return self.run(*SERVICE, "chores")

    def steps(self, table: str = "checkout") -> list[str]:
        return [step for (step,) in self.home.rows(f"SELECT step FROM orders.{table} ORDER BY id")]

    def has(self, *steps: str, table: str = "checkout") -> bool:
        return self.steps(table) == list(steps)

    def lease(self, seconds: int, *, only: str | None = None) -> None:
        """Let the leases end so many seconds from now, whoever owns."""
        self.home.owner.execute("ALTER TABLE orders.checkout DISABLE TRIGGER USER")
        self.home.owner.execute(
            "UPDATE orders.checkout SET leased_until = clock_timestamp() + make_interval(secs => %s) "
            "WHERE step NOT IN ('done', 'failed') AND coalesce(id = %s, true)",
            (seconds, only),
        )
        self.home.owner.execute("ALTER TABLE orders.checkout ENABLE TRIGGER USER")

    def refusals(self) -> int:
        """How many transactions of this database were rolled back."""
        (row,) = self.home.rows(
            "SELECT xact_rollback FROM pg_stat_database WHERE datname = current_database()"
        )
        return int(row[0])

    def begin(self, card: str = "tok_approve") -> dict[str, Any]:
        """Begin a purchase that cannot go on for now."""
        self.buyer.fill()
        self.neighbors.plan(inventory__reserve=[{"how": "crash"}])
        pending = self.buyer.check_out(card)
        assert pending.status_code == 202, pending.text
        checkout: dict[str, Any] = pending.json()
        assert pending.headers["location"] == f"/api/v1/checkouts/{checkout['id']}"
        assert checkout["status"] == "pending"
        return checkout
