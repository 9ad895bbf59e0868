"""What a command of Django's says when something is missing: one line."""

import subprocess
import sys

import pytest

from stack import environment
from stack import profile as profiles
from stack.profile import ROOT

# Nobody listens there.
ELSEWHERE = {
    "DJANGO_SETTINGS_MODULE": "monolith.config.settings.dev",
    "MONOLITH_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/monolith",
    "SEED_PASSWORD": "only the merchant knows",
}


def manage(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "monolith.manage", *arguments],
        cwd=ROOT,
        env=environment.variables(profiles.load("test")) | variables,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "arguments",
    [("rotate_key",)],
    ids=lambda arguments: arguments[0],
)
def test_a_database_that_is_away_is_one_line(arguments: tuple[str, ...]) -> None:
    ended = manage(*arguments, **ELSEWHERE)
    assert ended.returncode == 1
    assert ended.stderr.startswith("manage: the database does not answer (")
    assert ended.stderr.endswith("); start it: python -m stack up\n")
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "variables", "said"),
    [
        (("nonsense",), {}, "no command 'nonsense'"),
        (("sales_report",), {}, "the following arguments are required: --since, --until"),
        (("migrate",), {"MONOLITH_OWNER_DATABASE_URL": ""}, "MONOLITH_OWNER_DATABASE_URL is not"),
        (("nonsense",), {"MONOLITH_DATABASE_URL": ""}, "MONOLITH_DATABASE_URL is not set"),
    ],
)
def test_what_makes_no_sense_is_one_line_and_exit_code_two(
    arguments: tuple[str, ...], variables: dict[str, str], said: str
) -> None:
    ended = manage(*arguments, **ELSEWHERE | variables)
    assert ended.returncode == 2
    assert ended.stderr.startswith("manage: ")
    assert said in ended.stderr
    assert ended.stderr.count("\n") == 1
