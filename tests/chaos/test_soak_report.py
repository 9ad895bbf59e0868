"""A long run is clean only when nothing is wrong, and the page and the document say so."""

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from chaos import document, soak_report
from chaos.bounds import LIMITS, judge
from chaos.gauges import OUTBOXES, Reading
from chaos.soak import Event, Soaked
from chaos.soak_report import Report
from demo.steps import Order
from loadtests.verdict import judge as judge_ledger
from tests.chaos.test_table import MACHINE
from tests.loadtests.a_clean_run import clean_run

BEGAN = 1_000_000.0
MOVE = Event(
    began=BEGAN + 10,
    ended=BEGAN + 22,
    order=Order(seam="catalog", verb="advance", to="cutover"),
    origin="canary-100",
    said="killed",
    victim="coordinator",
    struck_at=BEGAN + 12,
    recovery=("resume",),
    pause_ms=77.0,
)


def readings(growth=0.0):
    return tuple(
        Reading(at=BEGAN + 5 * n, values={kind: {"x": 10 + growth * n} for kind in LIMITS})
        for n in range(60)
    )


def report(**changes):
    run, seen = clean_run(), changes.pop("readings", readings())
    soaked = Soaked(
        began=BEGAN,
        ended=BEGAN + 300,
        events=(MOVE,),
        readings=seen,
        at_rest=Reading(at=BEGAN + 310, values={OUTBOXES: {"monolith": 0}}),
        gauges=tuple(judge(seen)),
        verdict=judge_ledger(run.ledger, run.evidence),
    )
    return Report(
        soaked=replace(soaked, **changes),
        samples=(),
        machine=MACHINE,
        command="python -m chaos soak",
        load_average=(1.0, 3.0),
    )


def test_a_run_without_a_fault_is_clean() -> None:
    assert report().wrongs == []


def test_what_grows_is_wrong() -> None:
    assert any("memory, MiB, x" in wrong for wrong in report(readings=readings(20)).wrongs)


def test_what_is_left_in_an_outbox_is_wrong() -> None:
    rest = Reading(at=BEGAN, values={OUTBOXES: {"catalog": 3}})
    assert report(at_rest=rest).wrongs == [
        "facts not published, catalog: 3 when all had come to rest"
    ]


def test_a_gauge_that_was_not_read_is_wrong() -> None:
    found = report(readings=readings()[:5]).wrongs
    assert len(found) == len(LIMITS)
    assert all("never read often enough" in wrong for wrong in found)


def test_a_write_that_was_lost_is_wrong_and_one_that_failed_is_not() -> None:
    run = clean_run()
    nothing = judge_ledger(run.ledger, [])
    assert "no write was acknowledged" in report(verdict=nothing).wrongs
    verdict = report().soaked.verdict
    finding = ("found",)
    assert report(verdict=replace(verdict, lost=finding)).wrongs == ["lost 1"]
    assert report(verdict=replace(verdict, failed=finding)).wrongs == []


def test_a_run_that_ended_early_is_wrong() -> None:
    assert report(error="the load has ended by itself").wrongs == ["the load has ended by itself"]


def test_the_page_shows_moves_gauges_and_pictures(tmp_path: Path) -> None:
    soak_report.write_page(report(), tmp_path / "soak.html")
    page = (tmp_path / "soak.html").read_text()
    assert page.count("<svg") == 2
    assert "Nothing lost, nothing doubled, nothing grows" in page
    assert "catalog: canary-100 → cutover" in page
    soak_report.write_page(report(error="x"), tmp_path / "soak.html")
    assert "Something went wrong" in (tmp_path / "soak.html").read_text()


def test_programs_read_the_same(tmp_path: Path) -> None:
    soak_report.write_json(report(readings=readings(20)), tmp_path / "soak.json")
    found = json.loads((tmp_path / "soak.json").read_text())
    assert found["clean"] is False
    assert found["wrongs"] == report(readings=readings(20)).wrongs
    assert found["events"][0]["victim"] == "coordinator"
    assert not all(gauge["is_bounded"] for gauge in found["gauges"])


def test_the_terminal_names_what_is_wrong() -> None:
    console = Console(file=io.StringIO(), width=200)
    soak_report.print_report(report(error="the broker is away"), console)
    assert "the broker is away" in console.file.getvalue()  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["summary", "gauges", "moves"])
def test_the_document_has_a_place_for_each_block(name: str) -> None:
    text = document.SOAK.read_text(encoding="utf-8")
    lines = soak_report.blocks(report())[name]
    assert document.block(document.replaced(text, name, lines), name) == lines
