"""`python -m model` tells people and machines what it saw."""

import json
from dataclasses import replace

from click.testing import CliRunner

from model import mutants
from model.__main__ import main


def test_a_mutant_is_told_as_numbered_steps_with_the_state_each_led_to() -> None:
    done = CliRunner().invoke(main, ["--mutant", "no-lock"])
    assert done.exit_code == 0
    assert "violates acknowledged_is_kept after 6 steps:" in done.output
    assert "2. release: monolith" in done.output
    assert "RELEASED 2 | rows ()" in done.output


def test_a_machine_reads_searches_with_their_states() -> None:
    done = CliRunner().invoke(main, ["--bounds", "small", "--json"])
    assert done.exit_code == 0
    searches = json.loads(done.stdout)["searches"]
    assert all(search["ok"] and search["states"] for search in searches)
    assert {s["name"] for s in searches if s["kind"] == "mutant"} == set(mutants.names())


def test_a_mutant_without_a_counterexample_is_a_failure(monkeypatch) -> None:
    harmless = replace(mutants.named("no-lock"), without=())
    monkeypatch.setattr(mutants, "MUTANTS", (harmless,))
    assert CliRunner().invoke(main, ["--mutant", "no-lock"]).exit_code == 1
