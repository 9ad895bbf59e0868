"""The inventory's processes: python -m extracted.inventory serve|relay|chores|migrate."""

# ruff: noqa: PLC0415 - what a role imports decides whether eventlet and nameko are in its process

import sys
from functools import partial

from extracted.chassis.command_line import Environ, Role, main

SERVICE = "inventory"


def _serve(environ: Environ) -> None:
    from extracted.chassis import boot, config

    settings = config.read_settings(environ, service=SERVICE, keys="MONOLITH_URL", shop="SHOP_URL")
    boot.patch()
    # Only now: these import nameko and psycopg.
    from extracted.chassis.runner import run
    from extracted.inventory.service import InventoryService

    run(InventoryService, settings)


def _relay(environ: Environ) -> None:
    from extracted.chassis import streams

    streams.run_relay(environ, service=SERVICE)


def _chores(environ: Environ) -> None:
    from extracted.inventory.chores import run_chores

    run_chores(environ)


def _migrate(url: str, target: str | None) -> list[str]:
    from extracted.inventory.migrate import migrate

    return migrate(url, target=target)


ROLES = (
    Role(name="serve", help="HTTP and RPC", run=_serve),
    Role(name="relay", help="our facts to the broker", run=_relay),
    Role(name="chores", help="give back what was reserved and never bought", run=_chores),
)
run = partial(main, service=SERVICE, roles=ROLES, migrate=_migrate)

if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
