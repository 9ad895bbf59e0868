"""The processes of notifications: python -m extracted.notifications events|relay|chores|migrate."""

# ruff: noqa: PLC0415 - what a role imports decides whether eventlet and nameko are in its process

import sys
from functools import partial

from extracted.chassis.command_line import Environ, Role, main

SERVICE = "notifications"


def _events(environ: Environ) -> None:
    from extracted.chassis import boot, config

    settings = config.read_settings(environ, service=SERVICE, needs_broker=True)
    boot.patch()
    # Only now: these import nameko and psycopg.
    from extracted.chassis.runner import run
    from extracted.notifications.events import NotificationsEvents

    run(NotificationsEvents, settings)


def _relay(environ: Environ) -> None:
    from extracted.chassis import streams

    streams.run_relay(environ, service=SERVICE)


def _chores(environ: Environ) -> None:
    from extracted.notifications.chores import run_chores

    run_chores(environ)


def _migrate(url: str, target: str | None) -> list[str]:
    from extracted.notifications.migrate import migrate

    return migrate(url, target=target)


def _handlers() -> type[object]:
    from extracted.notifications.events import NotificationsEvents

    return NotificationsEvents


ROLES = (
    Role(name="events", help="event handlers: what is heard of orders", run=_events),
    Role(name="relay", help="our facts to the broker", run=_relay),
    Role(name="chores", help="write and send the mails that are ours", run=_chores),
)
run = partial(main, service=SERVICE, roles=ROLES, migrate=_migrate, handlers=_handlers)

if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
