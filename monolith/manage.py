"""Run a Django command: `python -m monolith.manage <command>`."""

import os
import sys
from typing import NoReturn

import psycopg
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import ManagementUtility, get_commands
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError

# Commands that change the schema; all others run with the application's own rights, which cannot.
OWNER_COMMANDS = frozenset({"migrate", "makemigrations", "sqlmigrate", "showmigrations"})
# Processes that wait for a database that is away, and log it; all others say one line and end.
STANDING = frozenset({"runserver"})


def main(argv: list[str]) -> None:
    """Choose the database role by the command, then let Django run it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "monolith.config.settings.dev")
    if OWNER_COMMANDS.intersection(argv[1:2]):
        os.environ["MONOLITH_DATABASE_ROLE"] = "owner"
    if not STANDING.intersection(argv[1:2]):
        # A pool tries for seconds before it says that nobody answers; and one connection is enough.
        os.environ["MONOLITH_DATABASE_POOL"] = "off"
    # Each command makes a parser of its own, and there is no other way to all of them.
    CommandParser.error = _refuse  # type: ignore[assignment, method-assign]
    try:
        _Utility(argv).execute()
    except ImproperlyConfigured as error:
        _complain(str(error))
    except OperationalError as error:
        if not _is_unreachable(error):
            raise
        why = " ".join(str(error).split())
        sys.exit(f"manage: the database does not answer ({why}); start it: python -m stack up")


class _Utility(ManagementUtility):
    def fetch_command(self, subcommand: str) -> BaseCommand:
        # Without settings hardly a command is known: reading them raises what is wrong with them.
        if subcommand not in get_commands() and settings.INSTALLED_APPS:
            _complain(f"no command {subcommand!r}; there are: python -m monolith.manage help")
        return super().fetch_command(subcommand)


def _refuse(parser: CommandParser, message: str) -> NoReturn:
    if not parser.called_from_command_line:
        raise CommandError(f"Error: {message}")
    _complain(f"{message}; see --help")


def _complain(text: str) -> NoReturn:
    print(f"manage: {text}", file=sys.stderr)
    sys.exit(2)


def _is_unreachable(error: OperationalError) -> bool:
    # A server that answers gives its refusals a code.
    return isinstance(error.__cause__, psycopg.OperationalError) and not error.__cause__.sqlstate


if __name__ == "__main__":
    main(sys.argv)
