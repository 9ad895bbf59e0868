"""The command line of a service: python -m extracted.<service> <role>.

Imports nothing that a role might not want in its process: what a role imports decides whether
eventlet and nameko are there.
"""

import argparse
import os
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from extracted.chassis.config import ConfigError, required
from extracted.chassis.silence import SilentServer, noticed
from extracted.contracts.parser import Parser

Environ = Mapping[str, str]
DEAD_LETTERS = "dead-letters"


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """One process of a service; `run` returns when it was told to stop, or is done."""

    name: str
    help: str
    run: Callable[[Environ], None]
    # Whether it is done once: then it does not wait for a server that is away.
    ends: bool = False


def main(
    arguments: Sequence[str],
    *,
    service: str,
    roles: Sequence[Role],
    migrate: Callable[[str, str | None], list[str]],
    handlers: Callable[[], type[Any]] | None = None,
) -> int:
    """Run one of the roles, migrate, or look after dead letters of `handlers`.

    A missing setting, or a server that is away, is one clear line, not a traceback.
    """
    parsed = _parser(service, roles, has_handlers=handlers is not None).parse_args(arguments)
    # Said once, in decision 4, and not at every start.
    warnings.filterwarnings("ignore", message=r"[\s\S]*Eventlet is deprecated")
    try:
        if parsed.role == "migrate":
            with noticed():
                url = required(os.environ, f"{service.upper()}_OWNER_DATABASE_URL")
                print("\n".join(migrate(url, parsed.to)) or "nothing to do")
        elif parsed.role == DEAD_LETTERS and handlers is not None:
            _look_after_dead_letters(parsed, handlers())
        else:
            _run(next(role for role in roles if role.name == parsed.role), parsed)
    except (ConfigError, SilentServer) as error:
        print(f"{service} {parsed.role}: {error}", file=sys.stderr)
        return 2 if isinstance(error, ConfigError) else 1
    return 0


def _run(role: Role, parsed: argparse.Namespace) -> None:
    # A relay that is told to --end says so to the database, and ends.
    ends = role.ends or getattr(parsed, "end", False)
    with noticed() if ends else nullcontext():
        role.run({**os.environ, **_sink(parsed)})


def _parser(service: str, roles: Sequence[Role], *, has_handlers: bool) -> argparse.ArgumentParser:
    parser = Parser(prog=f"python -m extracted.{service}")
    names = parser.add_subparsers(dest="role", required=True)
    for role in roles:
        known = names.add_parser(role.name, help=role.help)
        if role.name == "relay":
            _add_sinks(known)
    migrating = names.add_parser("migrate", help="bring the schema up to date")
    migrating.add_argument("--to", help="a migration's name, or zero", default=None)
    if has_handlers:
        _add_dead_letters(names)
    return parser


def _add_dead_letters(names: Any) -> None:
    parser = names.add_parser(DEAD_LETTERS, help="what event handlers have put aside")
    parser.add_argument("--replay", action="store_true", help="give them back to their handlers")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")


def _look_after_dead_letters(parsed: argparse.Namespace, service: type[Any]) -> None:
    from extracted.chassis import dead_letters  # noqa: PLC0415 - brings Nameko along

    dead_letters.run(os.environ, service, is_replayed=parsed.replay, is_json=parsed.json)


def _add_sinks(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--to", choices=("rabbitmq", "kafka"), default="rabbitmq")
    parser.add_argument(
        "--end", action="store_true", help="forget how far Kafka is: nothing waits for it"
    )


def _sink(parsed: argparse.Namespace) -> Environ:
    """What a relay is told on its command line, as the settings it reads."""
    if parsed.role != "relay":
        return {}
    if parsed.end and parsed.to != "kafka":
        msg = "--end is for --to kafka"
        raise ConfigError(msg)
    return {"RELAY_TO": parsed.to, "RELAY_ENDS": "on" if parsed.end else ""}
