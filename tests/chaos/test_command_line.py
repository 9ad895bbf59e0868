"""What makes no sense is refused before anything starts."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from chaos import shop
from chaos.__main__ import main
from demo.errors import StoryError


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


@pytest.mark.parametrize("verb", ["matrix", "soak"])
def test_whoever_comes_while_another_kills_is_sent_away(
    verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shop, "folder", lambda: tmp_path)
    with shop.alone(tmp_path):
        done = CliRunner().invoke(main, [verb])
        with pytest.raises(StoryError, match="another run of chaos"), shop.alone(tmp_path):
            pytest.fail("there were two")
    assert done.exit_code == 2
    assert "another run of chaos is at work here" in done.output
    with shop.alone(tmp_path):
        assert list(tmp_path.iterdir()) == [tmp_path / "lock"]
