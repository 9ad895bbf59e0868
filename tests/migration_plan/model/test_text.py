"""What readers are shown is what is searched: names, tables, lines of the code."""

import re

import pytest

from model.actions import ACTIONS
from model.bounds import BOUNDS
from model.guards import ALL
from model.invariants import INVARIANTS, SETTLES
from model.mutants import MUTANTS
from model.search import Search
from tests.docs.markdown import ROOT

PLAN = ROOT / "migration-plan"
TLA = (PLAN / "handover.tla").read_text(encoding="utf-8")
CFG = (PLAN / "handover.cfg").read_text(encoding="utf-8")
PROOF = (PLAN / "proof.md").read_text(encoding="utf-8")
DEFINED = set(re.findall(r"^(\w+)(?:\([^)]*\))? ==", TLA, re.MULTILINE))


def camel(name: str) -> str:
    return name.title().replace("_", "")


@pytest.mark.parametrize("name", [action.name for action in ACTIONS])
def test_an_action_has_its_namesake_in_the_text_and_a_line_in_the_proof(name: str) -> None:
    assert camel(name) in DEFINED
    assert f"`{name}`" in PROOF


def test_the_text_calls_the_same_actions_faults() -> None:
    fault = TLA.partition("Fault ==\n")[2].partition("Next ==")[0]
    named = set(re.findall(r"\b([A-Z][a-z]\w+)\(", fault)) - {"Other"}
    assert named == {camel(action.name) for action in ACTIONS if action.is_fault}


@pytest.mark.parametrize("name", [invariant.name for invariant in INVARIANTS])
def test_an_invariant_has_its_namesake_in_the_text_and_a_line_in_the_proof(name: str) -> None:
    assert camel(name) in DEFINED
    assert re.search(rf"^  {camel(name)}$", CFG, re.MULTILINE)
    assert f"`{name}`" in PROOF


def test_the_text_says_what_settles_means() -> None:
    assert {camel(SETTLES), "Settled"} <= DEFINED


def test_the_proof_names_every_guard_mutant_and_scope() -> None:
    for name in (*ALL.__slots__, *(mutant.name for mutant in MUTANTS)):
        assert f"`{name}`" in PROOF
    for scope in (scope for bounds in ("ci", "large") for scope in BOUNDS[bounds]):
        assert f"| {scope.name} |" in PROOF


def test_the_proof_tells_the_numbers_that_the_command_tells() -> None:
    scope = BOUNDS["ci"][0]
    result = Search(scope).run()
    assert f"| {result.states:,} | {result.transitions:,} |" in PROOF
