"""The survey of real projects, as `migration-plan/survey.md` shows it."""

import subprocess
import sys
from pathlib import Path

import pytest

from strangler.survey.crossing import Kind
from strangler.survey.findings import survey
from strangler.survey.settings import Choices
from tests.docs.markdown import ROOT
from tests.docs.test_survey_documents import rows

SHOWN = rows(ROOT / "migration-plan" / "survey.md", header="project")
COLUMNS = (
    Kind.IMPORT,
    Kind.ADMIN,
    Kind.COMMAND,
    Kind.SIGNAL,
    Kind.JOIN,
    Kind.KEY,
    Kind.TRANSACTION,
)


def installed(name: str, version: str, *, at: Path) -> Path:
    """The project alone, as a wheel: nothing of it is run. Skips when the index does not give it."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile"]
    done = subprocess.run(
        [*pip, "--only-binary", ":all:", "--target", str(at), f"{name}=={version}"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"the package index does not give {name}: {done.stderr.splitlines()[-1]}")
    return at


@pytest.mark.slow
@pytest.mark.timeout(480)
@pytest.mark.parametrize("shown", SHOWN, ids=lambda cells: cells[0])
def test_a_public_project_is_as_tied_as_we_say(shown: list[str], tmp_path: Path) -> None:
    name, version, without = shown[:3]
    choices = Choices(without=tuple(filter(None, without.split(", "))))
    found = survey(installed(name, version, at=tmp_path / "project"), choices=choices)
    kinds = found.kinds()
    models = sum(used.models for used in found.usage.values())
    numbers = [len(found.apps), models, found.number, *(kinds[kind] for kind in COLUMNS)]
    first = ", ".join(step.app for step in found.order[:3])
    largest = max((len(cycle.apps) for cycle in found.cycles), default=0)
    assert [*map(str, numbers), first, str(largest)] == shown[3:]
    assert found.skipped == []


def test_at_least_three_are_shown() -> None:
    assert len(SHOWN) >= 3
