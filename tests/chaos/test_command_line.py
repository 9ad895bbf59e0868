"""What makes no sense is refused before anything starts."""

import click
import pytest
from click.testing import CliRunner

from chaos.__main__ import main


@pytest.mark.parametrize("verb", ["matrix", "soak"])
@pytest.mark.parametrize("words", [("--users", "0"), ("--users", "-1"), ("--rate", "0")])
def test_a_number_that_is_impossible_is_refused(verb: str, words: tuple[str, str]) -> None:
    command = main.commands[verb]
    with pytest.raises(click.BadParameter):
        command.make_context(verb, [*words])


def test_a_step_that_no_case_has_is_refused_and_the_steps_are_named() -> None:
    done = CliRunner().invoke(main, ["matrix", "--dry-run", "--step", "hand", "--step", "nonsense"])
    assert done.exit_code == 2
    assert "no step has 'nonsense' in its name; there are: " in done.output
