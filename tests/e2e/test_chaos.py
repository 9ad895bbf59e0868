"""A sample of the crash matrix; `make chaos` runs all of it."""

from pathlib import Path

import pytest

from chaos.cases import COORDINATOR, DATABASE, POSTMASTERS, Case, chosen, matrix
from chaos.results import CLEAN
from chaos.shop import plans
from chaos.standing import Seams
from chaos.trial import Bench, run_case
from demo.commands import Commands
from tests.conftest import System

WHOLE = matrix(plans())
# The server of tests is one for all sides, and does not wait for its disk: what it has acknowledged,
# it may lose.
POSSIBLE = [case for case in WHOLE if case.victim not in {DATABASE, *POSTMASTERS.values()}]
SAMPLE = (
    *chosen(POSSIBLE, seams=["catalog"], victims=[COORDINATOR], sample=3, seed=2),
    *chosen([case for case in POSSIBLE if case.victim != COORDINATOR], sample=4, seed=2),
)


@pytest.fixture
def bench(system: System, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    for name, value in system.variables.items():
        monkeypatch.setenv(name, value)
    known = plans()
    seams = Seams(Commands(tmp_path / "logs"), known)
    return Bench(seams=seams, folder=tmp_path, plans=known, users=12, rate=40)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("case", SAMPLE, ids=lambda case: case.name)
def test_a_kill_does_no_harm(bench: Bench, case: Case) -> None:
    observed = run_case(case, bench)
    assert observed.verdict == CLEAN, observed
