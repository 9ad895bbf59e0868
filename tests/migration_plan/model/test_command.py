"""`python -m model` tells people and machines what it saw."""

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from model import bounds, mutants
from model.__main__ import main
from model.invariants import INVARIANTS
from model.mutants import MUTANTS, TORN, hunt
from model.search import Counterexample, Search, Step
from model.state import initial
from model.telling import _SENTENCES, sentence, story

ONE_WRITE = bounds.Scope(name="one write", commands=(bounds.PUT,), releases=1)


@pytest.fixture
def small(monkeypatch) -> None:
    monkeypatch.setitem(bounds.BOUNDS, "small", (ONE_WRITE,))


def test_a_mutant_is_told_as_numbered_steps_with_the_state_each_led_to() -> None:
    done = CliRunner().invoke(main, ["--mutant", "no-lock"])
    assert done.exit_code == 0
    assert "breaks acknowledged_is_kept (I1) in 6 steps" in done.output
    assert "2. the monolith releases, and is RELEASED at epoch 2" in done.output
    assert "RELEASED 2 | rows ()" in done.output
    assert "1 of 1 mutants caught" in done.output


def test_people_are_told_what_is_asked_and_every_counterexample_as_a_story(small) -> None:
    done = CliRunner().invoke(main, ["--bounds", "small"])
    assert done.exit_code == 0
    for name in [invariant.name for invariant in INVARIANTS]:
        assert f" {name} " in done.output
    assert "1 of 1 worlds hold" in done.output
    assert f"{len(MUTANTS)} of {len(MUTANTS)} mutants caught" in done.output
    assert done.output.count("  1. the ") == len(MUTANTS)


def test_a_machine_reads_searches_with_their_states(small) -> None:
    done = CliRunner().invoke(main, ["--bounds", "small", "--json"])
    assert done.exit_code == 0
    searches = json.loads(done.stdout)["searches"]
    assert all(search["ok"] and search["states"] for search in searches)
    assert {s["name"] for s in searches if s["kind"] == "mutant"} == set(mutants.names())


def test_a_mutant_without_a_counterexample_is_a_failure(monkeypatch) -> None:
    harmless = replace(mutants.named("no-lock"), without=())
    monkeypatch.setattr(mutants, "MUTANTS", (harmless,))
    done = CliRunner().invoke(main, ["--mutant", "no-lock"])
    assert done.exit_code == 1
    assert "NOT OK mutant no-lock" in done.output


def test_a_protocol_that_breaks_is_a_failure_and_is_told_in_full(monkeypatch, small) -> None:
    broken = mutants.named("no-burn").guards
    monkeypatch.setattr("model.verdicts.Search", lambda scope: Search(scope, guards=broken))
    monkeypatch.setattr(mutants, "MUTANTS", ())
    done = CliRunner().invoke(main, ["--bounds", "small"])
    assert done.exit_code == 1
    assert "NOT OK protocol one write" in done.output
    assert "0 of 1 worlds hold" in done.output
    assert "| applied 0, waiting []" in done.output


def test_an_unknown_option_is_another_exit_code() -> None:
    assert CliRunner().invoke(main, ["--bounds", "boundless"]).exit_code == 2


def test_without_java_tlc_cannot_be_asked(monkeypatch, tmp_path) -> None:
    jar = tmp_path / "tla2tools.jar"
    jar.touch()
    monkeypatch.setenv("PATH", str(tmp_path))
    done = CliRunner().invoke(main, ["--tlc", str(jar)])
    assert done.exit_code == 1
    assert "there is no java here" in done.output


def test_every_action_has_a_sentence() -> None:
    assert set(_SENTENCES) == {action.name for action in TORN}


@pytest.mark.parametrize("action", TORN, ids=lambda action: action.name)
def test_a_sentence_can_be_told_of_every_step_that_happens(action) -> None:
    """Of the first such step of a world in which all of them happen."""
    for step in steps_of(action):
        assert sentence(step)
        return
    assert action.name == "close_fence"


def steps_of(action):
    world = bounds.Scope(
        name="all", commands=(bounds.PUT,), releases=1, copies=1, tampers=1, wipes=1
    )
    search = Search(world, reduces=False, settles=False)
    search.states = [initial(world)]
    for state in seen(search, at_most=3000):
        for arguments, after in action.steps(state, world, search._guards):
            yield Step(action=action.name, arguments=arguments, before=state, state=after)


def seen(search, *, at_most: int):
    for place, state in enumerate(search.states):
        if place == at_most:
            return
        yield state
        list(search._expand(place, state))


def test_a_story_has_a_line_per_step() -> None:
    found = hunt(mutants.named("torn-release")).counterexample
    assert isinstance(found, Counterexample)
    assert len(list(story(found))) == len(found.steps)
