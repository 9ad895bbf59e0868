"""The report tells what the samples, the steps and the verdict say."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from rich.console import Console

from demo.outcome import Outcome
from demo.page import write_page
from demo.seams import SEAMS
from demo.steps import Step, orders_of_all, orders_of_one, steps_of
from demo.terminal import print_report
from demo.timeline import slices, summarize
from loadtests.samples import Sample
from loadtests.verdict import judge
from tests.loadtests.a_clean_run import clean_run

BEGAN = 1_000_000.0
PLANS = Path(__file__).parents[2] / "migration-plan" / "seams"
LADDER = ("monolith", "shadow", "canary-5", "canary-100", "cutover")


def samples() -> list[Sample]:
    """Ten requests a second; the service answers reads after the move at second 10."""
    return [
        Sample(
            at=BEGAN + number / 10,
            name="change a price" if number % 5 == 0 else "look at a product",
            journey="Merchant" if number % 5 == 0 else "Browser",
            method="PATCH" if number % 5 == 0 else "GET",
            status=200,
            latency_ms=180.0 if number == 100 else 5.0,
            served_by="catalog" if number >= 100 else "monolith",
            ok=True,
        )
        for number in range(200)
    ]


def steps() -> list[Step]:
    return [
        Step(source="", target="monolith", began=BEGAN, ended=BEGAN + 10),
        Step(
            source="canary-100",
            target="cutover",
            began=BEGAN + 9.95,
            ended=BEGAN + 10.5,
            pause_ms=42.0,
        ),
    ]


@pytest.fixture
def outcome() -> Outcome:
    run = clean_run()
    return Outcome(
        command="python -m demo --fast",
        seam="catalog",
        machine={"processor": "an <odd> one", "cores": "2"},
        began=BEGAN,
        ended=BEGAN + 20,
        requests=200,
        failures=0,
        retries=0,
        effort="generator: 12% of one core",
        steps=tuple(summarize(steps(), samples(), end=BEGAN + 20)),
        slices=tuple(slices(samples())),
        verdict=judge(run.ledger, run.evidence),
    )


def test_requests_are_counted_from_one_step_to_the_next(outcome: Outcome) -> None:
    before, cutover = outcome.steps

    assert (before.requests, cutover.requests) == (100, 100)
    assert before.service is None
    assert cutover.service is not None
    assert cutover.service.count == 100


def test_the_write_pause_is_shown_as_strangler_and_as_clients_saw_it(outcome: Outcome) -> None:
    cutover = outcome.steps[1]

    assert cutover.step.pause_ms == 42.0
    assert cutover.writes is not None
    assert (cutover.writes.longest, cutover.writes.longest_before) == (180.0, 5.0)


def test_the_share_of_the_service_goes_up_with_the_step(outcome: Outcome) -> None:
    shares = [piece.service_share for piece in outcome.slices]

    assert (shares[0], shares[-1]) == (0.0, 100.0)


def test_the_page_is_one_file_that_asks_nobody(outcome: Outcome, tmp_path: Path) -> None:
    page = tmp_path / "report.html"

    write_page(outcome, page)

    text = page.read_text()
    assert "<svg" in text
    assert "canary-100 → cutover" in text
    assert "an &lt;odd&gt; one" in text
    assert "src=" not in text
    assert "@import" not in text


def test_the_terminal_shows_steps_and_verdict(outcome: Outcome) -> None:
    console = Console(file=io.StringIO(), width=180)

    print_report(outcome, console)

    assert isinstance(console.file, io.StringIO)
    shown = console.file.getvalue()
    assert "canary-100 → cutover" in shown
    assert "180 (5)" in shown
    assert "acknowledged" in shown


def test_a_good_outcome_needs_all_of_it(outcome: Outcome) -> None:
    lost = judge(clean_run().ledger, clean_run().with_copy("service", commands=()).evidence)
    failed = replace(outcome.steps[1], step=replace(outcome.steps[1].step, ok=False))

    assert outcome.good
    assert not replace(outcome, failures=1).good
    assert not replace(outcome, verdict=lost).good
    assert not replace(outcome, steps=(outcome.steps[0], failed)).good
    assert not replace(outcome, requests=0).good


def test_the_story_goes_there_and_back_and_there_again() -> None:
    positions = [order.to for order in orders_of_one("catalog", LADDER)]

    assert positions == [*LADDER[1:], *reversed(LADDER[:-1]), "cutover"]


def test_the_story_of_all_moves_each_and_one_of_them_back_and_out_again() -> None:
    told = [(order.seam, order.verb, order.to) for order in orders_of_all(("a", "b"))]

    assert told == [
        ("a", "advance", "cutover"),
        ("b", "advance", "cutover"),
        ("b", "retreat", "monolith"),
        ("b", "advance", "cutover"),
    ]


def test_seams_move_after_those_they_need() -> None:
    for place, seam in enumerate(SEAMS):
        plan = yaml.safe_load((PLANS / f"{seam}.yaml").read_text())
        assert set(plan.get("needs", ())) <= set(SEAMS[:place])
    assert {path.stem for path in PLANS.glob("*.yaml")} == set(SEAMS)


def test_what_strangler_says_is_read_as_steps() -> None:
    (step,) = steps_of(
        {
            "ok": True,
            "steps": [
                {
                    "from": "canary-100",
                    "to": "cutover",
                    "started_at": "2026-11-22T10:00:00.000000Z",
                    "ended_at": "2026-11-22T10:00:01.500000Z",
                    "duration_s": 1.5,
                    "pause_ms": 37.5,
                    "effects": [],
                }
            ],
        }
    )

    assert (step.title, step.duration_s, step.pause_ms) == ("canary-100 → cutover", 1.5, 37.5)
