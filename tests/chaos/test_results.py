"""What was observed survives the run that observed it."""

from pathlib import Path

from chaos.results import HARM, Results
from tests.chaos.seen import CASES, seen


def test_results_are_read_as_they_were_written(tmp_path: Path) -> None:
    results = Results(tmp_path / "chaos" / "cases.jsonl")
    assert results.read() == {}
    results.add(seen())
    assert results.read() == {CASES[0].name: seen()}


def test_of_a_case_that_was_run_again_the_last_result_counts(tmp_path: Path) -> None:
    results = Results(tmp_path / "cases.jsonl")
    results.add(seen(verdict=HARM, wrongs={"lost": 1}))
    results.add(seen())
    assert results.read()[CASES[0].name].is_clean


def test_half_a_line_of_a_run_that_was_killed_is_no_result(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    results = Results(path)
    results.add(seen())
    results.add(seen(CASES[1]))
    path.write_text(path.read_text()[:-20])
    assert list(results.read()) == [CASES[0].name]
