"""What the benchmark of the services makes of its measurements; nothing here is timed."""

import subprocess
import sys
import time

import httpx
import pytest
from rich.console import Console

from loadtests.services import reads, serving
from loadtests.services.backfill import on_a_budget
from loadtests.services.errors import BenchError
from loadtests.services.measured import AT_MOST, Part, Ratio, percentile, ratio_of, table_of
from loadtests.services.pace import Pace
from loadtests.services.people import answered, products
from loadtests.services.trickle import handled_after


@pytest.mark.parametrize(("percent", "value"), [(50, 50), (95, 95), (99, 99), (100, 100), (0.1, 1)])
def test_a_percentile_is_one_of_the_values(percent: float, value: int) -> None:
    assert percentile(range(100, 0, -1), percent) == value


def test_without_values_there_is_no_percentile() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 95)


def test_nothing_below_the_line_is_no_ratio() -> None:
    assert ratio_of(3, 2) == 1.5
    assert ratio_of(3, 0) is None


@pytest.mark.parametrize(
    ("ratio", "met"),
    [
        (Ratio(name="r", value=3.0, target=3.0), True),
        (Ratio(name="r", value=2.99, target=3.0), False),
        (Ratio(name="r", value=250.0, target=250.0, sense=AT_MOST), True),
        (Ratio(name="r", value=250.1, target=250.0, sense=AT_MOST), False),
        (Ratio(name="r", value=None, target=3.0), False),
        (Ratio(name="r", value=float("nan"), target=3.0, sense=AT_MOST), False),
        (Ratio(name="r", value=0.1), None),
    ],
)
def test_a_target_is_met_or_missed_and_what_was_not_measured_never_meets_it(
    ratio: Ratio, met: bool | None
) -> None:
    assert ratio.is_met is met
    assert Part(name="p", ratios=(ratio,)).is_met is (met is not False)


def shown(*parts: Part) -> list[str]:
    console = Console(width=120)
    with console.capture() as caught:
        console.print(table_of(parts))
    return [" ".join(line.split()) for line in caught.get().splitlines()]


def test_the_table_says_what_was_wanted_and_whether_it_came_true() -> None:
    lines = shown(
        Part(
            name="relay",
            ratios=(
                Ratio(name="of raw", value=0.31, target=0.5),
                Ratio(name="p99", value=197.2, target=250, sense=AT_MOST, unit="ms"),
                Ratio(name="beside", value=None),
            ),
        )
    )
    assert lines[1:] == [
        "relay: of raw 0.31 x ≥ 0.5 x NO",
        "relay: p99 197 ms ≤ 250 ms yes",
        "relay: beside not measured",
    ]


def test_for_machines_it_is_the_same() -> None:
    found = Part(name="p", ratios=(Ratio(name="r", value=1.23456, target=3),)).to_json()
    assert found["ratios"] == [
        {"name": "r", "value": 1.235, "unit": "x", "target": 3, "sense": "≥", "met": False}
    ]


def test_a_process_that_is_new_began_at_nothing_and_one_that_is_gone_counts_no_more() -> None:
    assert serving.used({1: 10.0, 2: 5.0}, {1: 12.5, 3: 1.0}) == 3.5


def test_the_cost_of_a_read_is_divided_not_its_speed() -> None:
    theirs = reads.Sum(requests=100, serving_s=0.4, backends_s=0.2)
    ours = reads.Sum(requests=200, serving_s=0.2, backends_s=0.2)
    assert reads.times(ours, theirs, with_backends=False) == 4.0
    assert reads.times(ours, theirs, with_backends=True) == 3.0


def test_one_of_each_weighs_every_question_alike_however_often_it_was_asked() -> None:
    sums = {
        ("monolith", "a"): reads.Sum(requests=1000, serving_s=4.0),
        ("service", "a"): reads.Sum(requests=1000, serving_s=1.0),
        ("monolith", "b"): reads.Sum(requests=10, serving_s=0.02),
        ("service", "b"): reads.Sum(requests=10, serving_s=0.01),
    }
    assert reads.of_each(sums, ("a", "b"), with_backends=False) == 3.0
    sums["service", "b"].failed = 1
    assert reads.of_each(sums, ("a", "b"), with_backends=False) is None


def test_a_side_that_failed_once_is_not_compared() -> None:
    sound = reads.Sum(requests=100, serving_s=1.0)
    assert (
        reads.times(sound, reads.Sum(requests=100, failed=1, serving_s=1.0), with_backends=False)
        is None
    )
    assert reads.times(reads.Sum(), sound, with_backends=False) is None


def test_a_fact_is_handled_when_the_applier_was_first_seen_to_have_come_that_far() -> None:
    committed = {"a": 10.0, "b": 10.5, "c": 10.6}
    sequences = {"a": 1, "b": 2, "c": 4}
    seen = [(0, 9.0), (1, 10.1), (3, 10.7), (4, 11.0)]
    assert handled_after(committed, sequences, seen) == pytest.approx([100.0, 200.0, 400.0])


def test_a_budget_takes_the_place_of_the_chunk() -> None:
    changed = on_a_budget("backfill:\n  chunk_rows: 500\n  pause: 50\n", rows_per_s=300)
    assert changed == "backfill:\n  chunk_rows: 50\n  rows_per_s: 300\n  pause: 50\n"
    with pytest.raises(BenchError, match="0 budgets"):
        on_a_budget("seam: catalog\n", rows_per_s=300)


def test_who_waits_for_a_slow_answer_counts_the_wait_of_the_next_one() -> None:
    def asker(_: int):
        def ask(turn: int) -> int:
            if turn == 0:
                time.sleep(0.2)
            return 503 if turn == 1 else 201

        return ask

    pace = Pace(asker, rate=20.0, workers=1)
    pace.begin(seconds=0.2)
    first, second, *rest = pace.result()
    assert [sample.ok for sample in (first, second)] == [True, False]
    assert second.at - first.at == pytest.approx(0.05)
    assert second.ms >= 140
    assert len(rest) == 2


def test_what_is_prepared_is_not_measured_and_a_stop_ends_it() -> None:
    prepared: list[int] = []
    pace = Pace(lambda _: lambda _: 200, rate=1.0, workers=2, prepare=prepared.append)
    pace.begin(seconds=600)
    assert len(pace.stop()) <= 2
    assert set(prepared) <= {0, 1}


def test_an_answer_that_is_no_good_is_told_with_its_status() -> None:
    sent = []

    def shop(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return (
            httpx.Response(409, text="sold out")
            if request.method == "PUT"
            else httpx.Response(200, json={"items": []})
        )

    client = httpx.Client(base_url="http://shop", transport=httpx.MockTransport(shop))
    with pytest.raises(BenchError, match="409 sold out"):
        answered(client, "PUT", "/api/v1/carts/1", body={})
    with pytest.raises(BenchError, match="nothing in the shop"):
        products(client, limit=5)
    assert ["Idempotency-Key" in request.headers for request in sent] == [True, False]


def test_its_threads_are_threads() -> None:
    told = "import sys, loadtests.services.__main__; print('gevent' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_help_names_the_parts_and_the_codes() -> None:
    command = [sys.executable, "-m", "loadtests.services", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    said = " ".join(done.stdout.split())
    assert "reads|relay|backfill|checkout|rpc" in said
    assert "1 one missed" in said
