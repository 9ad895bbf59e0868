"""The processes of payments: python -m extracted.payments serve|relay|chores|migrate."""

# ruff: noqa: PLC0415 - what a role imports decides whether eventlet and nameko are in its process

import sys
from functools import partial

from extracted.chassis.command_line import Environ, Role, main

SERVICE = "payments"


def _serve(environ: Environ) -> None:
    from extracted.chassis import boot, config

    # Nobody sends it HTTP requests: without the broker it has nothing to do.
    settings = config.read_settings(
        environ, service=SERVICE, needs_broker=True, own=("BANK_URL", "BANK_TIMEOUT_S")
    )
    boot.patch()
    # Only now: these import nameko and psycopg.
    from extracted.chassis.runner import run
    from extracted.payments.service import PaymentsService

    run(PaymentsService, settings)


def _relay(environ: Environ) -> None:
    from extracted.chassis import streams

    streams.run_relay(environ, service=SERVICE)


def _chores(environ: Environ) -> None:
    from extracted.payments.chores import run_chores

    run_chores(environ)


def _migrate(url: str, target: str | None) -> list[str]:
    from extracted.payments.migrate import migrate

    return migrate(url, target=target)


ROLES = (
    Role(name="serve", help="RPC, and HTTP for whoever watches over it", run=_serve),
    Role(name="relay", help="our facts to the broker", run=_relay),
    Role(name="chores", help="finish what a silent bank or a crash left open", run=_chores),
)
run = partial(main, service=SERVICE, roles=ROLES, migrate=_migrate)

if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
