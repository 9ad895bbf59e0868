"""The catalog's processes: python -m extracted.catalog serve|events|relay|applier|migrate."""

# ruff: noqa: PLC0415 - what a role imports decides whether eventlet and nameko are in its process

import argparse
import os
import sys

from extracted.chassis.config import ConfigError, required


def main(arguments: list[str]) -> int:
    """Run one of the catalog's processes; a missing setting is one clear line, not a traceback."""
    parser = argparse.ArgumentParser(prog="python -m extracted.catalog", description=__doc__)
    roles = parser.add_subparsers(dest="role", required=True)
    roles.add_parser("serve", help="HTTP and RPC").set_defaults(run=_serve)
    roles.add_parser("events", help="event handlers").set_defaults(run=_events)
    roles.add_parser("relay", help="our facts to the broker").set_defaults(run=_relay)
    roles.add_parser("applier", help="the other side's stream to our tables").set_defaults(
        run=_applier
    )
    migrate = roles.add_parser("migrate", help="bring the schema up to date")
    migrate.add_argument("--to", help="a migration's name, or zero", default=None)
    migrate.set_defaults(run=_migrate)
    parsed = parser.parse_args(arguments)
    try:
        parsed.run(parsed)
    except ConfigError as error:
        print(f"catalog {parsed.role}: {error}", file=sys.stderr)
        return 2
    return 0


def _serve(_: argparse.Namespace) -> None:
    from extracted.chassis import boot, config

    settings = config.read_settings(os.environ, service="catalog", peer="MONOLITH_URL")
    boot.patch()
    # Only now: these import nameko and psycopg.
    from extracted.catalog.service import CatalogService
    from extracted.chassis.runner import run

    run(CatalogService, settings)


def _events(_: argparse.Namespace) -> None:
    from extracted.chassis import boot, config

    settings = config.read_settings(os.environ, service="catalog", needs_broker=True)
    boot.patch()
    from extracted.catalog.events import CatalogEvents
    from extracted.chassis.runner import run

    run(CatalogEvents, settings)


# Relay and applier are plain processes, without eventlet: they only wait for two sockets in turn,
# and py-amqp without a green hub confirms ten times as fast.
def _relay(_: argparse.Namespace) -> None:
    from extracted.catalog import streams

    streams.run_relay(os.environ)


def _applier(_: argparse.Namespace) -> None:
    from extracted.catalog import streams

    streams.run_applier(os.environ)


def _migrate(parsed: argparse.Namespace) -> None:
    from extracted.catalog.migrate import migrate

    steps = migrate(required(os.environ, "CATALOG_OWNER_DATABASE_URL"), target=parsed.to)
    print("\n".join(steps) or "nothing to do")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
