"""Numbers that nothing can be measured with are refused before anything starts."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

IMPOSSIBLE = {
    "loadtests.gateway.__main__:main": (
        ["--seconds", "0"],
        ["--rounds", "0"],
        ["--changes", "1"],
        ["--routes", "0"],
    ),
    "loadtests.__main__:run": (
        ["--users", "0"],
        ["--rate", "0"],
        ["--spawn-rate", "0"],
        ["--duration", "-1"],
    ),
}


@pytest.mark.parametrize(
    ("place", "words"), [(place, words) for place, every in IMPOSSIBLE.items() for words in every]
)
def test_a_number_that_is_impossible_is_refused(place: str, words: list[str]) -> None:
    module, _, name = place.partition(":")
    command: click.Command = getattr(importlib.import_module(module), name)
    host = ["--host", "http://127.0.0.1:1"] if name == "run" else []
    with pytest.raises(click.BadParameter):
        command.make_context(name, [*host, *words])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "--host", "nonsense"), "'nonsense' is no address of a gateway"),
        (("verdict",), "there is no ledger at"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_exit_code_two(
    words: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "loadtests", *words],
        env=os.environ | {"LOADTESTS_FOLDER": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
