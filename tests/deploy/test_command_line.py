import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from stack import profile as profiles
from stack.__main__ import cli
from stack.errors import StackError
from stack.profile import ROOT, Kind, Profile
from stack.supervisor import Supervisor


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        arguments,
        cwd=ROOT,
        env=os.environ | variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def stack(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "-m", "stack", *arguments, **variables)


def test_status_tells_machines_about_every_program(servers: dict[str, str]) -> None:
    answer = stack("status", "--profile", "test", "--json")
    states = {line["process"]: line["state"] for line in json.loads(answer.stdout)}

    assert states["postgresql"] == states["rabbitmq"] == states["epmd"] == "ready"
    assert {"gateway-envoy", "monolith", "catalog-1", "catalog-events"} <= set(states)


def test_the_variables_are_what_a_shell_reads(servers: dict[str, str]) -> None:
    text = stack("env", "--profile", "test").stdout
    done = run("sh", "-c", f'{text}\nprintf %s "$AMQP_URL"')
    assert done.stdout == servers["AMQP_URL"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("up", "nothing-of-ours"),
        ("stop", "nothing-of-ours"),
        ("stop",),
        ("status", "--profile", "prod"),
        ("fly",),
    ],
)
def test_a_command_that_makes_no_sense_is_refused(arguments: tuple[str, ...]) -> None:
    answer = stack(*arguments)
    assert answer.returncode == 2
    assert answer.stderr.startswith("stack: ")
    assert answer.stderr.endswith(" See --help.\n")
    assert answer.stderr.count("\n") == 1


def test_nothing_is_deleted_without_a_yes() -> None:
    answer = stack("reset", "--profile", "test")
    assert answer.returncode == 2
    assert answer.stderr.endswith("stack: not confirmed\n")


def test_a_bad_port_base_is_one_line() -> None:
    answer = stack("status", STACK_PORT_BASE="70000")
    assert answer.returncode == 2
    assert answer.stderr.count("\n") == 1


def test_what_is_only_named_is_not_stopped(servers: dict[str, str]) -> None:
    answer = stack("stop", "--profile", "test", "--dry-run", "rabbitmq", "epmd")
    assert answer.stdout == "rabbitmq would be stopped\nepmd would be stopped\n"
    lines = json.loads(stack("status", "--profile", "test", "--json").stdout)
    states = {line["process"]: line["state"] for line in lines}
    assert states["rabbitmq"] == states["epmd"] == "ready"


@pytest.fixture
def at_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy in which nothing runs, and in which nothing shall be started."""

    def started(_supervisor: Supervisor) -> None:
        raise AssertionError("a supervisor was started")

    profile = Profile(kind=Kind.DEV, root=tmp_path, state=tmp_path / ".run", base=31000)
    monkeypatch.setattr(profiles, "load", lambda _kind: profile)
    monkeypatch.setattr(Supervisor, "ensure", started)


@pytest.mark.parametrize("command", ["restart", "stop"])
def test_where_nothing_runs_no_program_is_started_alone(at_rest: None, command: str) -> None:
    with pytest.raises(StackError, match="nothing runs here; start it with: python -m stack up"):
        cli([command, "monolith"], standalone_mode=False)


def test_make_alone_lists_every_target() -> None:
    phony = " ".join(
        (ROOT / "Makefile").read_text().split(".PHONY:")[1].split("\n\n")[0].split("\\")
    )
    listed = [line.split()[1] for line in run("make").stdout.splitlines()]
    assert sorted(listed) == sorted(phony.split())


def test_setup_refuses_an_old_python_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "deploy").mkdir()
    shutil.copy(ROOT / "deploy/setup", tmp_path / "deploy/setup")
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("dirname", "mkdir", "flock", "sh"):
        (tools / name).symlink_to(str(shutil.which(name)))
    old = tools / "python3"
    old.write_text('#!/bin/sh\n[ "$1" = -V ] && echo "Python 3.9.2" && exit\nexit 1\n')
    old.chmod(0o755)

    answer = run(str(tmp_path / "deploy/setup"), PATH=str(tools))

    assert answer.returncode == 2
    assert answer.stderr == "setup: needs Python 3.11 or newer; python3 is Python 3.9.2\n"
