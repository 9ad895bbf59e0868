"""The TLA+ text that readers are shown speaks of the same things as what is searched."""

import re

import pytest

from model.actions import ACTIONS
from model.bounds import BOUNDS, Scope
from model.invariants import INVARIANTS
from model.state import Attempt, Operator, Side, State
from model.tlc import TEXT, TlcError, configuration, distinct_states, in_text, module

TLA = TEXT.read_text(encoding="utf-8")
CFG = TEXT.with_suffix(".cfg").read_text(encoding="utf-8")
DEFINED = set(re.findall(r"^(\w+)(?:\([^)]*\))? ==", TLA, re.MULTILINE))
# The state's two tuples of tuples are spread over variables of their own.
SPREAD = {"sides", "attempts"}


def uncommented(text: str) -> str:
    return re.sub(r"\\\*.*", "", text)


def declared(keyword: str) -> set[str]:
    """The names between a keyword and the blank line after it."""
    body = uncommented(TLA.partition(f"\n{keyword}")[2]).partition("\n\n")[0]
    return set(re.findall(r"\w+", body))


def called(name: str) -> set[str]:
    """What a formula like `Progress` speaks of, in capitals."""
    body = TLA.partition(f"\n{name} ==\n")[2].partition("\n\n")[0]
    return set(re.findall(r"\b([A-Z][a-z]\w+)\b", body)) - {"Other", "Sides", "Entities"}


def in_capitals(*, faults: bool) -> set[str]:
    return {in_text(action.name) for action in ACTIONS if action.is_fault is faults}


def test_every_action_has_its_namesake() -> None:
    assert in_capitals(faults=False) | in_capitals(faults=True) <= DEFINED


def test_the_text_lets_the_same_actions_happen_and_calls_the_same_faults() -> None:
    assert called("Progress") - {"Commands", "Operators"} == in_capitals(faults=False)
    assert called("Fault") - {"Commands", "Operators"} == in_capitals(faults=True)


def test_the_variables_are_those_of_the_state() -> None:
    fields = {*Side._fields, *Attempt._fields, *State._fields} - SPREAD
    assert declared("VARIABLES") == fields


def test_what_an_operator_believes_has_the_same_parts() -> None:
    record = re.search(r"\[does \|-> \"awaits\", giver \|-> x, epoch \|-> epoch\[x\]\]", TLA)
    assert record is not None
    assert Operator._fields == ("does", "giver", "epoch")


@pytest.mark.parametrize("name", [invariant.name for invariant in INVARIANTS])
def test_every_invariant_has_its_namesake_and_tlc_is_asked_for_it(name: str) -> None:
    assert in_text(name) in DEFINED
    assert re.search(rf"^  {in_text(name)}$", CFG, re.MULTILINE)


@pytest.mark.parametrize("scope", BOUNDS["small"], ids=lambda scope: scope.name)
def test_tlc_is_given_every_constant_of_the_text(scope: Scope) -> None:
    given = set(re.findall(r"^  (\w+) (?:=|<-)", configuration(scope), re.MULTILINE))
    assert given == declared("CONSTANTS")
    assert "TheEntityOf ==" in module(scope)


def test_the_configuration_for_readers_is_that_of_the_first_small_world() -> None:
    made = configuration(BOUNDS["small"][0]).replace("TheEntityOf", "OneEntity")
    assert made == uncommented(CFG).lstrip("\n")


def test_the_count_is_read_from_what_tlc_says() -> None:
    said = (
        "Model checking completed. No error has been found.\n"
        "955258 states generated, 118937 distinct states found, 0 states left on queue.\n"
    )
    assert distinct_states(said) == 118_937


@pytest.mark.parametrize(
    "said",
    [
        "Error: Invariant OneOwner is violated.\n96 states generated, 48 distinct states found, 0 states left on queue.\n",
        "Model checking completed. No error has been found.\n",
        "Error: Could not find or load main class tlc2.TLC",
    ],
)
def test_no_count_is_read_when_tlc_found_an_error_or_did_not_end(said: str) -> None:
    with pytest.raises(TlcError):
        distinct_states(said)
