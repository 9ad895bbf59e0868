"""The processes of orders: python -m extracted.orders serve|projector|relay|chores|migrate|rebuild."""

# ruff: noqa: PLC0415 - what a role imports decides whether eventlet and nameko are in its process

import sys
from functools import partial

from extracted.chassis.command_line import Environ, Role, main

SERVICE = "orders"


def _serve(environ: Environ) -> None:
    from extracted.chassis import boot, config

    settings = config.read_settings(environ, service=SERVICE, keys="MONOLITH_URL", shop="SHOP_URL")
    boot.patch()
    # Only now: these import nameko and psycopg.
    from extracted.chassis.runner import run
    from extracted.orders.service import OrdersService

    run(OrdersService, settings)


def _chores(environ: Environ) -> None:
    from extracted.chassis import boot, config

    settings = config.read_settings(environ, service=SERVICE)
    boot.patch()
    from extracted.chassis.runner import run
    from extracted.orders.chores import OrdersChores

    run(OrdersChores, settings)


def _projector(environ: Environ) -> None:
    from extracted.orders.projector import run_projector

    run_projector(environ)


def _rebuild(environ: Environ) -> None:
    from extracted.chassis.config import required
    from extracted.orders.rebuild import rebuild

    print(f"{rebuild(required(environ, 'ORDERS_DATABASE_URL'))} orders shown")


def _check(environ: Environ) -> None:
    from extracted.chassis.config import required
    from extracted.orders.checking import differences

    found = differences(required(environ, "ORDERS_DATABASE_URL"))
    print("\n".join(found) or "the events tell it all")
    if found:
        sys.exit(1)


def _relay(environ: Environ) -> None:
    from extracted.chassis import streams

    streams.run_relay(environ, service=SERVICE)


def _migrate(url: str, target: str | None) -> list[str]:
    from extracted.orders.migrate import migrate

    return migrate(url, target=target)


ROLES = (
    Role(name="serve", help="HTTP and RPC", run=_serve),
    Role(name="projector", help="the read models, from the events", run=_projector),
    Role(name="relay", help="our facts to the broker", run=_relay),
    Role(name="chores", help="finish what was left halfway", run=_chores),
    Role(
        name="rebuild",
        help="make the read models anew from the events, once",
        run=_rebuild,
        ends=True,
    ),
    Role(
        name="check",
        help="compare states and read models with the events, once",
        run=_check,
        ends=True,
    ),
)
run = partial(main, service=SERVICE, roles=ROLES, migrate=_migrate)

if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
