"""What is made of the records: tables, sentences, pages, and an exit code."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from loadtests.compare.__main__ import main
from loadtests.compare.checks import check, verdict
from loadtests.compare.errors import CompareError
from loadtests.compare.evidence import Evidence, Seen, common_rate
from loadtests.compare.markdown import written
from loadtests.compare.reading import sentences
from loadtests.compare.spread import Estimate
from loadtests.compare.summary import Summary, summarize
from loadtests.compare.tables import tables
from loadtests.compare.thresholds import DEFAULT, KNOWN, Bound, Thresholds
from tests.loadtests.compare.made_up import LIMITS, level, measured


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return measured(tmp_path_factory.mktemp("measured")).folder


@pytest.fixture(scope="module")
def summary(folder: Path) -> Summary:
    from loadtests.compare.results import Results

    return summarize(Results(folder))


def test_both_are_compared_at_the_highest_level_that_all_runs_carried(summary: Summary) -> None:
    assert summary.together is not None
    assert summary.together.rate == 10
    assert summary.knees["before"].whys == ("at 20/s p95 was 5000 ms",)
    [line] = [line for line in summary.together.endpoints if line.name == "GET search"]
    assert line.p95_ratio is not None
    # 102 and 103 after, 51 and 54 before.
    assert line.p95_ratio.median == pytest.approx(102.5 / 52.5)


def evidence_of(*runs: list[float]) -> list[Evidence]:
    """Runs that have carried these rates."""
    return [
        Evidence(
            run=None,  # type: ignore[arg-type]
            levels=tuple(
                Seen(
                    meters=None,  # type: ignore[arg-type]
                    result=level(rate),
                    visits=(),
                    requests=(),
                    is_carried=True,
                    doubt=None,
                )
                for rate in rates
            ),
            knee=None,
        )
        for rates in runs
    ]


@pytest.mark.parametrize(
    ("runs", "rate"),
    [
        # Both carry 40, but for one of them it is the last.
        (([10, 20, 40], [10, 20, 40, 80]), 20),
        (([10, 20, 28, 40], [10, 20, 28, 40]), 28),
        # Refined levels are not the same in all runs.
        (([10, 20, 40, 33], [10, 20, 40, 37]), 20),
        (([10], [10, 20]), 10),
        (([10, 20], [15, 30]), None),
        (([], [10]), None),
        ((), None),
    ],
)
def test_both_are_compared_well_below_the_lowest_knee(
    runs: tuple[list[float], ...], rate: float | None
) -> None:
    assert common_rate(evidence_of(*runs)) == rate


def test_costs_are_for_a_thousand_requests(summary: Summary) -> None:
    assert summary.together is not None
    costs = {cost.name: cost for cost in summary.together.processors}
    # Two seconds for the hundred requests of the level.
    assert costs["monolith"].before is not None
    assert costs["monolith"].before.median == 20
    assert costs["all"].after is not None
    assert costs["all"].after.median == 25
    assert summary.hops == {"before": 2.0, "after": 6.0}


def test_what_is_slower_is_said_with_its_ratio(summary: Summary) -> None:
    said = "\n".join(sentences(summary))
    assert "Slower after (p95): GET search 1.95 [" in said
    assert "over 6.00 hops after, and over 2.00 before" in said
    assert "Faster" not in said


def test_what_is_faster_is_said_as_well(tmp_path: Path) -> None:
    said = "\n".join(sentences(summarize(measured(tmp_path, slower=0.5))))
    assert "Faster after (p95): GET search 0." in said
    assert "Slower" not in said


def test_what_neither_side_has_is_not_shown(summary: Summary) -> None:
    titles = {table.title for table in tables(summary)}
    assert "Messages for 1 000 requests" in titles
    without = {table.title for table in tables(replace(summary, broker=()))}
    assert titles - without == {"Messages for 1 000 requests"}


def test_every_row_of_a_table_has_a_cell_for_each_column(summary: Summary) -> None:
    for table in tables(summary):
        assert table.rows, table.title
        for row in table.rows:
            assert len(row) == len(table.columns), table.title


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"slower": 2.0}, 0),
        ({"slower": 4.0}, 1),
        # Two of a hundred: the level was not carried, so nothing can be compared.
        ({"slower": 1.0, "failed": 2}, 1),
    ],
)
def test_the_exit_code_is_the_verdict(tmp_path: Path, wanted: dict[str, float], code: int) -> None:
    results = measured(tmp_path, **wanted)  # type: ignore[arg-type]
    done = CliRunner().invoke(main, ["--again", str(results.folder)])
    assert done.exit_code == code, done.output


def test_a_page_has_pictures_and_a_summary_can_be_committed(folder: Path, tmp_path: Path) -> None:
    page = tmp_path / "pages/machine.md"
    done = CliRunner().invoke(main, ["--again", str(folder), "--page", str(page)])
    assert done.exit_code == 0, done.output
    html = (folder / "report.html").read_text()
    assert html.count("<svg") == 2
    # It asks nobody for anything.
    assert 'src="http' not in html
    assert "<link" not in html
    text = page.read_text()
    for name in ("machine-curves.svg", "machine-work.svg"):
        assert f"({name})" in text
        assert (page.parent / name).read_text().startswith("<svg")
    assert "python -m loadtests.compare monolith cutover" in text
    assert "abacus" in text
    assert "a\\|b" in text
    assert str(tmp_path) not in text
    assert json.loads(page.with_suffix(".json").read_text())["met"] is True


def test_for_machines_it_is_one_document(folder: Path) -> None:
    done = CliRunner().invoke(main, ["--again", str(folder), "--json"])
    assert json.loads(done.output)["together"]["rate"] == 10


def test_what_was_not_all_measured_is_said(tmp_path: Path) -> None:
    results = measured(tmp_path)
    lines = (results.folder / "runs.jsonl").read_text().splitlines()
    (results.folder / "runs.jsonl").write_text("\n".join(lines[:3]) + "\n")
    assert "3 of 4 runs were made" in summarize(results).doubts


def test_a_folder_that_is_older_than_the_look_at_cores_is_still_read(tmp_path: Path) -> None:
    """Only what it does not know is left out: in the picture, in the table and in the sentence."""
    results = measured(tmp_path)
    runs = [json.loads(line) for line in (results.folder / "runs.jsonl").read_text().splitlines()]
    for run in runs:
        for one in run["levels"]:
            del one["cores"]
    (results.folder / "runs.jsonl").write_text("\n".join(map(json.dumps, runs)) + "\n")
    done = CliRunner().invoke(main, ["--again", str(results.folder)])
    assert done.exit_code == 0, done.output
    assert "was not looked at in every level" in done.output
    assert "cores, that before" not in done.output
    known = summarize(measured(tmp_path / "known"))
    assert "carries the system after uses 0.24" in "\n".join(sentences(known))
    assert "not looked at" not in "\n".join(known.doubts)


def test_who_else_was_at_work_is_said_and_that_all_processes_ran_on_both_sides(
    tmp_path: Path,
) -> None:
    doubts = "\n".join(summarize(measured(tmp_path, others=0.7)).doubts)
    assert "run 1 (before) was not alone: 0.7 cores" in doubts
    assert "the same processes run on both sides" in doubts
    assert "was not alone" not in "\n".join(summarize(measured(tmp_path / "quiet")).doubts)


def test_a_percentile_of_few_is_in_parentheses_and_in_no_sentence(tmp_path: Path) -> None:
    summary = summarize(measured(tmp_path))
    assert summary.together is not None
    few = replace(summary.together.endpoints[0], name="GET a rare thing")
    assert few.after is not None
    few = replace(few, after=replace(few.after, count=19))
    summary = replace(summary, together=replace(summary.together, endpoints=[few]))
    assert "rare" not in "\n".join(sentences(summary))
    assert "Too few were asked to speak of the p95 of 1 endpoints" in "\n".join(sentences(summary))
    [table] = [table for table in tables(summary) if table.title.startswith("By endpoint")]
    assert table.rows[0][5].isdecimal()
    assert table.rows[0][7].startswith("(")


def test_different_settings_are_named(tmp_path: Path) -> None:
    results = measured(tmp_path)
    stood = results.subjects()
    other = replace(stood["after"], settings={"gunicorn workers": "4"})
    results.stood({**stood, "after": other})
    assert "gunicorn workers is 2 before and 4 after" in summarize(results).doubts


ONE = Estimate(median=2.0, low=1.0, high=4.0, runs=5)


@pytest.mark.parametrize(
    ("bound", "met", "sure"),
    [
        (Bound(at_most=5), True, True),
        (Bound(at_most=3), True, False),
        (Bound(at_most=1.5), False, False),
        (Bound(at_least=5), False, True),
        (Bound(at_least=1, at_most=2), True, False),
    ],
)
def test_the_median_decides_and_the_interval_says_how_surely(
    bound: Bound, met: bool, sure: bool
) -> None:
    [found] = check({"memory": bound}, {"memory": ONE})
    assert (found.is_met, found.is_sure) == (met, sure)
    assert verdict([found]) is met


def test_what_was_not_measured_is_not_met() -> None:
    assert not verdict(check({"memory": Bound(at_most=9)}, {"memory": None}))
    assert not verdict(check({"memory": Bound(at_most=9)}, {}))
    assert not verdict([])


# Of five runs of each, in turns.
OF_BEFORE, OF_AFTER = (1, 4, 5, 8, 9), (2, 3, 6, 7, 10)


@pytest.mark.parametrize(
    ("without_end", "said"),
    [
        ((), "carries 10.0 requests a second, that before 10.0: 1.00 [1.00, 1.00] times as many"),
        (OF_AFTER, "carries 20.0 requests a second or more, that before 10.0: at least 2.00 ["),
        (OF_BEFORE, "carries 10.0 requests a second, that before 20.0 or more: at most 0.50 ["),
        # One run that found no end is enough: its knee would have moved the median, or not.
        (OF_BEFORE[:1], "second, that before 10.0 or more: at most 1.00 ["),
        (OF_AFTER[:1], "10.0 requests a second or more, that before 10.0: at least 1.00 ["),
        ((*OF_BEFORE[:1], *OF_AFTER), "Nothing can be said of how many times as many that is"),
    ],
)
def test_a_knee_that_was_not_found_makes_a_ratio_of_one_side_only(
    tmp_path: Path, without_end: tuple[int, ...], said: str
) -> None:
    summary = summarize(measured(tmp_path, runs=5, without_end=without_end))
    first, *_ = sentences(summary)
    assert said in first
    assert ("raise `--levels`" in first) is (summary.knee_ratio is None)
    [knees] = [table for table in tables(summary) if table.title == "The knee"]
    # With one run of five the brackets hold the first level alone, and still the end is open.
    assert [" or more" in row[1] for row in knees.rows[:2]] == [
        bool({*without_end} & {*side}) for side in (OF_BEFORE, OF_AFTER)
    ]


@pytest.mark.parametrize(
    ("without_end", "bound", "met", "sure"),
    [
        ((), Bound(at_least=0.4), True, True),
        (OF_BEFORE, Bound(at_least=0.4), True, False),
        # Half at most: what was not found before makes it less, and it stays missed.
        (OF_BEFORE, Bound(at_least=0.6), False, True),
        (OF_BEFORE, Bound(at_most=0.6), True, True),
        (OF_BEFORE, Bound(at_most=0.4), False, False),
        (OF_AFTER, Bound(at_least=0.4), True, True),
        (OF_AFTER, Bound(at_least=3), False, False),
        (OF_AFTER, Bound(at_most=3), True, False),
        (OF_AFTER, Bound(at_most=1), False, True),
        # Neither end was found: that is no value.
        ((*OF_BEFORE, *OF_AFTER), Bound(at_least=0.4), False, False),
    ],
)
def test_a_threshold_is_not_sure_where_a_knee_that_was_not_found_could_change_it(
    tmp_path: Path, without_end: tuple[int, ...], bound: Bound, met: bool, sure: bool
) -> None:
    results = measured(tmp_path, runs=5, without_end=without_end)
    asked = Thresholds(level=LIMITS, after={"throughput_at_the_knee": bound})
    summary = summarize(results, thresholds=asked)
    [found] = summary.checks
    assert (found.is_met, found.is_sure) == (met, sure)
    assert (found.value is None) is (without_end == (*OF_BEFORE, *OF_AFTER))
    if found.value is None:
        assert "Not measured: throughput at the knee, wanted ≥ 0.4." in [*sentences(summary)]


@pytest.mark.parametrize("runs", [1, 2, 4])
def test_of_few_runs_nothing_is_called_sure(tmp_path: Path, runs: int) -> None:
    summary = summarize(measured(tmp_path, runs=runs, slower=1.9))
    text = written(summary, name="few", has_work=False)
    assert "(95 %)" not in text
    assert "interval holds 1" not in text
    assert not any(one.is_sure for one in summary.checks)
    assert all("not surely" in row[3] for row in next(tables(summary)).rows)
    assert "5 of each are needed to be sure" in "\n".join(summary.doubts)
    if runs > 1:
        assert text.count("no 95 % interval") == len(("a sentence", "a doubt", "a note"))
        assert "any of those differences may be chance" in text


def test_of_five_runs_it_is_said_how_sure_one_may_be(tmp_path: Path) -> None:
    summary = summarize(measured(tmp_path, runs=5, slower=1.9))
    text = written(summary, name="five", has_work=False)
    assert "(95 %)" in text
    assert "no 95 % interval" not in text
    assert "may be chance" not in text
    assert "needed to be sure" not in text
    assert {one.name: one.is_sure for one in summary.checks} == {
        "p95_of_all": True,
        "failed": False,
    }


def test_a_side_of_which_runs_are_missing_has_few(tmp_path: Path) -> None:
    results = measured(tmp_path, runs=5)
    lines = (results.folder / "runs.jsonl").read_text().splitlines()
    (results.folder / "runs.jsonl").write_text("\n".join(lines[:9]) + "\n")
    summary = summarize(results)
    assert "4 runs of each" in "\n".join(summary.doubts)
    assert "(95 %)" not in written(summary, name="few", has_work=False)


def test_our_own_thresholds_are_read_and_all_are_known() -> None:
    assert set(Thresholds.of(DEFAULT).after) == set(KNOWN)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("after: [", "is no file of thresholds"),
        ("level: {}", "is no file of thresholds"),
        (DEFAULT.read_text().replace("memory:", "memorie:"), "nothing is called memorie"),
    ],
)
def test_a_file_of_thresholds_that_says_nothing_is_refused(
    tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "thresholds.yaml"
    path.write_text(text)
    with pytest.raises(CompareError, match=said):
        Thresholds.of(path)
