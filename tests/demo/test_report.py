"""The report tells what the samples, the steps and the verdict say."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from demo.outcome import Outcome
from demo.page import write_page
from demo.steps import Step
from demo.terminal import print_report
from demo.timeline import slices, summarize
from loadtests.samples import Sample
from loadtests.verdict import judge
from tests.loadtests.a_clean_run import clean_run

BEGAN = 1_000_000.0


def samples() -> list[Sample]:
    """Ten requests a second, every fifth a write."""
    return [
        Sample(
            at=BEGAN + number / 10,
            name="change a price" if number % 5 == 0 else "look at a product",
            journey="Merchant" if number % 5 == 0 else "Browser",
            method="PATCH" if number % 5 == 0 else "GET",
            status=200,
            latency_ms=180.0 if number == 100 else 5.0,
            served_by="monolith",
            ok=True,
        )
        for number in range(200)
    ]


def steps() -> list[Step]:
    return [
        Step(title="people shop", began=BEGAN, ended=BEGAN + 10),
        Step(title="the broker is <away>", began=BEGAN + 9.95, ended=BEGAN + 14.5),
    ]


@pytest.fixture
def outcome() -> Outcome:
    run = clean_run()
    return Outcome(
        command="python -m demo --fast",
        machine={"processor": "an <odd> one", "cores": "2"},
        began=BEGAN,
        ended=BEGAN + 20,
        requests=200,
        failures=0,
        retries=0,
        effort="generator: 12% of one core",
        facts=17,
        steps=tuple(summarize(steps(), samples(), end=BEGAN + 20)),
        slices=tuple(slices(samples())),
        verdict=judge(run.ledger, run.evidence),
    )


def test_requests_are_counted_from_one_step_to_the_next(outcome: Outcome) -> None:
    shopping, away = outcome.steps

    assert (shopping.requests, away.requests) == (100, 100)
    assert away.reads is not None
    assert away.writes is not None
    assert (away.reads.count, away.writes.count) == (80, 20)
    assert (away.reads.longest, away.writes.longest) == (5.0, 180.0)


def test_the_page_is_one_file_that_asks_nobody(outcome: Outcome, tmp_path: Path) -> None:
    page = tmp_path / "report.html"

    write_page(outcome, page)

    text = page.read_text()
    assert "<svg" in text
    assert "the broker is &lt;away&gt;" in text
    assert "17 facts of orders published" in text
    assert "an &lt;odd&gt; one" in text
    assert "src=" not in text
    assert "@import" not in text


def test_the_terminal_shows_steps_facts_and_verdict(outcome: Outcome) -> None:
    console = Console(file=io.StringIO(), width=180)

    print_report(outcome, console)

    assert isinstance(console.file, io.StringIO)
    shown = console.file.getvalue()
    assert "the broker is <away>" in shown
    assert "17 facts of orders" in shown
    assert "acknowledged" in shown


def test_a_good_outcome_needs_all_of_it(outcome: Outcome) -> None:
    lost = judge(clean_run().ledger, clean_run().with_copy("service", commands=()).evidence)

    assert outcome.good
    assert not replace(outcome, failures=1).good
    assert not replace(outcome, verdict=lost).good
    assert not replace(outcome, facts=0).good
    assert not replace(outcome, requests=0).good
