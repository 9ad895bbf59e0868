"""Run a Django command: `python -m monolith.manage <command>`."""

import logging
import os
import sys

import psycopg
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import OperationalError

# Commands that change the schema or load tables with COPY; all others run with the application's
# own rights, which cannot do either.
OWNER_COMMANDS = frozenset({"migrate", "makemigrations", "sqlmigrate", "showmigrations", "seed"})
# Processes that wait for a database that is away, and log it; all others say one line and end.
STANDING = frozenset({"relay", "applier", "chores", "runserver"})


def main(argv: list[str]) -> None:
    """Choose the database role by the command, then let Django run it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "monolith.config.settings.dev")
    if OWNER_COMMANDS.intersection(argv[1:2]):
        os.environ["MONOLITH_DATABASE_ROLE"] = "owner"
    if not STANDING.intersection(argv[1:2]):
        logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)
    try:
        execute_from_command_line(argv)
    except ImproperlyConfigured as error:
        sys.exit(f"manage: {error}")
    except OperationalError as error:
        if not _is_unreachable(error):
            raise
        why = " ".join(str(error).split())
        sys.exit(f"manage: the database does not answer ({why}); start it: python -m stack up")


def _is_unreachable(error: OperationalError) -> bool:
    # A server that answers gives its refusals a code.
    return isinstance(error.__cause__, psycopg.OperationalError) and not error.__cause__.sqlstate


if __name__ == "__main__":
    main(sys.argv)
