"""Delete what was kept of sign-ins and is over."""

from typing import Any

from monolith.customers import sessions, throttle
from monolith.outbox.periodic import PeriodicCommand

AT_ONCE = 1_000


class Command(PeriodicCommand):
    """Sweep sessions and counts of tries; any number may run at once."""

    help = "Delete sessions that are over, and counts of tries whose window is."

    def work(self, **options: Any) -> str:
        """Delete, some at a time, until nothing is left: who guesses passwords leaves many counts."""
        found = {"sessions": 0, "counts": 0}
        for name, forget in (("counts", throttle.forget_old), ("sessions", sessions.forget_old)):
            while not options["stopped"].is_set():
                gone = forget(at_once=AT_ONCE)
                found[name] += gone
                if gone < AT_ONCE:
                    break
        return f"forgotten: {found['sessions']} sessions, {found['counts']} counts of tries"
