"""Run a Django command: `python -m monolith.manage <command>`."""

import os
import sys

from django.core.management import execute_from_command_line

# Commands that change the schema or load tables with COPY; all others run with the application's
# own rights, which cannot do either.
OWNER_COMMANDS = frozenset({"migrate", "makemigrations", "sqlmigrate", "showmigrations", "seed"})


def main(argv: list[str]) -> None:
    """Choose the database role by the command, then let Django run it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "monolith.config.settings.dev")
    if OWNER_COMMANDS.intersection(argv[1:2]):
        os.environ["MONOLITH_DATABASE_ROLE"] = "owner"
    execute_from_command_line(argv)


if __name__ == "__main__":
    main(sys.argv)
