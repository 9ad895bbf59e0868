"""The catalog's processes: python -m extracted.catalog serve|events|relay|migrate."""

# ruff: noqa: PLC0415 - what a role imports decides whether eventlet and nameko are in its process

import sys
from functools import partial

from extracted.chassis.command_line import Environ, Role, main

SERVICE = "catalog"


def _serve(environ: Environ) -> None:
    from extracted.chassis import boot, config

    settings = config.read_settings(environ, service=SERVICE, keys="MONOLITH_URL")
    boot.patch()
    # Only now: these import nameko and psycopg.
    from extracted.catalog.service import CatalogService
    from extracted.chassis.runner import run

    run(CatalogService, settings)


def _events(environ: Environ) -> None:
    from extracted.chassis import boot, config

    settings = config.read_settings(environ, service=SERVICE, needs_broker=True)
    boot.patch()
    from extracted.catalog.events import CatalogEvents
    from extracted.chassis.runner import run

    run(CatalogEvents, settings)


def _relay(environ: Environ) -> None:
    from extracted.chassis import streams

    streams.run_relay(environ, service=SERVICE)


def _migrate(url: str, target: str | None) -> list[str]:
    from extracted.catalog.migrate import migrate

    return migrate(url, target=target)


def _handlers() -> type[object]:
    from extracted.catalog.events import CatalogEvents

    return CatalogEvents


ROLES = (
    Role(name="serve", help="HTTP and RPC", run=_serve),
    Role(name="events", help="event handlers", run=_events),
    Role(name="relay", help="our facts to the broker", run=_relay),
)
run = partial(main, service=SERVICE, roles=ROLES, migrate=_migrate, handlers=_handlers)

if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
