"""Delete what was kept of sign-ins and is over."""

from typing import Any

from django.core.management.base import BaseCommand

from monolith.customers import sessions, throttle

AT_ONCE = 1_000


class Command(BaseCommand):
    """Sweep sessions and counts of tries, as cron does every few minutes; any number may run at once."""

    help = "Delete sessions that are over, and counts of tries whose window is."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Delete, some at a time, until nothing is left: who guesses passwords leaves many counts."""
        found = {"sessions": 0, "counts": 0}
        for name, forget in (("counts", throttle.forget_old), ("sessions", sessions.forget_old)):
            gone = AT_ONCE
            while gone == AT_ONCE:
                gone = forget(at_once=AT_ONCE)
                found[name] += gone
        self.stdout.write(
            f"forgotten: {found['sessions']} sessions, {found['counts']} counts of tries"
        )
