"""Do what has to be done from time to time, until told to stop."""

import os
import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from handover.probe import serve_probe
from monolith.outbox.chores import Chores
from monolith.web.environment import required

TICK_S = 0.5


class Command(BaseCommand):
    """Run the chores of the settings."""

    help = "Send mails, finish what crashes left open, give back what is overdue, until SIGTERM."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Work, and answer on the probe's port."""
        chores = Chores(paces_s=settings.CHORES)
        stopped = chores.stopped
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stopped.set())
        host = os.environ.get("LISTEN_HOST", "127.0.0.1")
        probe = serve_probe(host=host, port=int(required("PORT")), trouble=chores.trouble)
        while not stopped.is_set():
            chores.do_what_is_due()
            stopped.wait(TICK_S)
        probe.shutdown()
