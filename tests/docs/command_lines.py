"""The command lines of this project, asked what they know without running anything."""

import importlib
import os
import re
import subprocess
import sys
from functools import cache

import click
import yaml

from stack import profile as profiles
from stack import table
from tests.docs.markdown import ROOT

CLICK = {
    "stack": "stack.__main__:cli",
    "demo": "demo.__main__:main",
    "loadtests": "loadtests.__main__:main",
    "kong_admin": "kong_admin.commands:cli",
    "seeding": "seeding.__main__:main",
    "stages": "stages.__main__:cli",
    "strangler.survey": "strangler.survey.__main__:main",
}


_JOINING = {"|", "||", "&&", ">"}


def complaint(words: list[str]) -> str | None:
    """What is wrong with a command of ours; None for a good one, or for a command of others."""
    words = [word for word in words if not re.match(r"^[A-Z_]+=", word)]
    # What comes behind a pipe is of others.
    ours = next((place for place, word in enumerate(words) if word in _JOINING), len(words))
    words = words[:ours]
    program = words[0].rpartition("/")[2] if words else ""
    if program == "make":
        unknown = [word for word in words[1:] if word not in make_targets()]
        return f"no make target {unknown}" if unknown else None
    if program.startswith("python") and words[1:2] == ["-m"]:
        return _module_complaint(words[2], words[3:])
    return None


@cache
def make_targets() -> frozenset[str]:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    return frozenset(re.findall(r"^([a-z0-9-]+):.*## ", text, re.MULTILINE))


@cache
def programs(command: str) -> frozenset[str]:
    """What can be stopped and started by this command, each by its name."""
    if command == "docker compose":
        return frozenset(yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"])
    return frozenset(program.name for program in table.everything(profiles.load("dev")))


def _module_complaint(module: str, arguments: list[str]) -> str | None:
    if module in CLICK:
        return _click_complaint(module, arguments)
    verbs = [argument for argument in arguments[:1] if not argument.startswith("-")]
    helped = _help(module, *verbs)
    unknown = [word for word in arguments if word.startswith("--") and word not in helped]
    return f"{module} knows no {unknown}" if unknown else None


def _click_complaint(program: str, arguments: list[str]) -> str | None:
    command = _command(program)
    while isinstance(command, click.Group) and arguments and not arguments[0].startswith("-"):
        if arguments[0] not in command.commands:
            return f"{program} has no command {arguments[0]}"
        command, arguments = command.commands[arguments[0]], arguments[1:]
    known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    given = [word.partition("=")[0] for word in arguments if word.startswith("-")]
    unknown = [word for word in given if word not in known]
    return f"{program} {command.name} has no {unknown}" if unknown else None


def _command(program: str) -> click.Command:
    module, _, name = CLICK[program].partition(":")
    command = getattr(importlib.import_module(module), name)
    assert isinstance(command, click.Command)
    return command


@cache
def _help(module: str, *verbs: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", module, *verbs, "--help"],
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "monolith.config.settings.test"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
