"""The ledger keeps what clients asked for and what they were told, whatever happens to them."""

from __future__ import annotations

from pathlib import Path

import pytest

from loadtests.ledger import STOPPED, Intent, Kind, Ledger, Outcome, read_ledger


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "demo" / "ledger.jsonl"


def an_intent(key: str = "k1") -> Intent:
    return Intent(key=key, kind=Kind.PRODUCT_CREATE, mark="LT-1")


def test_the_last_outcome_counts(path: Path) -> None:
    with Ledger(path) as ledger:
        ledger.sent(an_intent(), attempt=1)
        ledger.unknown("k1", reason="time-out")
        ledger.sent(an_intent(), attempt=2)
        ledger.ok("k1", status=201, served_by="catalog", aggregate="p1", version=1, replayed=True)

    (intent,) = read_ledger(path)

    assert intent.acknowledged
    assert (intent.attempts, intent.unknown_before, intent.replayed) == (2, True, True)
    assert (intent.aggregate, intent.version, intent.served_by) == ("p1", 1, "catalog")


def test_a_line_is_there_as_soon_as_it_is_noted(path: Path) -> None:
    ledger = Ledger(path)
    ledger.sent(an_intent(), attempt=1)

    assert read_ledger(path)[0].outcome is Outcome.SENT


def test_half_a_line_at_the_end_is_left_out(path: Path) -> None:
    with Ledger(path) as ledger:
        ledger.sent(an_intent(), attempt=1)
    with path.open("a") as lines:
        lines.write('{"at": 1.0, "event": "se')

    assert len(read_ledger(path)) == 1


def test_two_workers_may_share_a_ledger(path: Path) -> None:
    with Ledger(path) as one, Ledger(path) as other:
        one.sent(an_intent("k1"), attempt=1)
        other.sent(an_intent("k2"), attempt=1)
        one.ok("k1", status=201)

    assert [intent.key for intent in read_ledger(path)] == ["k1", "k2"]


def test_an_outcome_nobody_asked_for_is_an_error(path: Path) -> None:
    with Ledger(path) as ledger:
        ledger.ok("k1", status=201)

    with pytest.raises(ValueError, match="never noted as sent"):
        read_ledger(path)


@pytest.mark.parametrize(("reason", "failed"), [("time-out", True), (STOPPED, False)])
def test_silence_is_a_failure_unless_the_load_was_ended(reason: str, failed: bool) -> None:
    intent = Intent(key="k", kind=Kind.ORDER_PLACE, outcome=Outcome.UNKNOWN, reason=reason)

    assert intent.failed is failed
