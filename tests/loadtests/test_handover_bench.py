"""What the benchmark of the handover makes of its measurements; nothing here is timed."""

import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from loadtests.handover import moves
from loadtests.handover.moves import MOST_LATE_S, check_pace, cost_of_a_write
from loadtests.handover.windows import MARGIN_S, Window, felt, window_of
from loadtests.services.errors import BenchError
from loadtests.services.pace import SILENCE, Pace, Sample
from strangler.journal import HAND_OVER

READS = "send the reads"
MOVED_AT = datetime(2026, 11, 28, 12, tzinfo=UTC)


def answer(*, pause_ms: float | None, names: tuple[str, ...]) -> dict[str, Any]:
    """A move of which each effect begins a second after the one before it."""
    effects = [
        {
            "name": name,
            "started_at": (MOVED_AT + timedelta(seconds=number)).isoformat(),
            "seconds": 0.2,
        }
        for number, name in enumerate(names)
    ]
    reads = {"pause_ms": None, "effects": [effect for effect in effects if effect["name"] == READS]}
    return {"steps": [reads, {"pause_ms": pause_ms, "effects": effects}, reads]}


def test_the_window_is_that_of_the_one_effect_that_hands_over() -> None:
    window = window_of(answer(pause_ms=35.0, names=(READS, HAND_OVER, "send the writes")))
    begun_at = MOVED_AT.timestamp() + 1
    assert window.begun_at == pytest.approx(begun_at - MARGIN_S)
    assert window.ended_at == pytest.approx(begun_at + 0.2 + MARGIN_S)
    assert window.pause_ms == 35.0


@pytest.mark.parametrize(("pause_ms", "name"), [(None, HAND_OVER), (35.0, "anything else")])
def test_a_move_that_moved_no_writes_is_not_measured(pause_ms: float | None, name: str) -> None:
    with pytest.raises(BenchError, match="no writes"):
        window_of(answer(pause_ms=pause_ms, names=(name,)))


def written(*, at: float, ms: float, status: int = 200) -> Sample:
    return Sample(at=at, ms=ms, status=status)


def test_a_handover_adds_what_its_slowest_write_took_beyond_an_ordinary_one() -> None:
    samples = [written(at=float(second), ms=10.0) for second in range(100)]
    samples[20] = written(at=20.0, ms=90.0)
    samples[21] = written(at=21.0, ms=40.0)
    samples[60] = written(at=60.0, ms=10.0, status=503)
    samples[90] = written(at=90.0, ms=200.0, status=SILENCE)
    windows = [
        Window(begun_at=19.5, ended_at=21.5, pause_ms=80.0),
        Window(begun_at=59.5, ended_at=61.5, pause_ms=80.0),
    ]

    found = felt(samples, windows)

    assert found.added_ms == (80.0, 0.0)
    assert found.median_ms == 10.0
    assert found.failed == 2
    assert max(found.quiet_ms) == 190.0, "what is slow without a handover is shown beside it"


def test_without_quiet_time_there_is_nothing_to_compare_with() -> None:
    with pytest.raises(BenchError, match="nobody wrote"):
        felt([written(at=1.0, ms=1.0)], [Window(begun_at=0.0, ended_at=2.0, pause_ms=1.0)])


def test_a_pace_that_nobody_can_keep_is_not_measured() -> None:
    pace = Pace(lambda _: lambda _: 200, rate=100, workers=1)
    check_pace(pace, rate=100)
    pace._late_s[0] = MOST_LATE_S + 1
    with pytest.raises(BenchError, match="100 writes a second are more"):
        check_pace(pace, rate=100)


def test_a_pace_knows_how_late_it_is() -> None:
    def ask(turn: int) -> int:
        time.sleep(0.2 if turn == 0 else 0)
        return 200

    pace = Pace(lambda _: ask, rate=50, workers=1)
    pace.begin(seconds=0.1)
    pace.result()
    assert pace.late_s > 0.05


def test_a_write_costs_what_all_cores_work_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    pace = Pace(lambda _: lambda _: 200, rate=100, workers=1)
    worked = iter((10.0, 10.5))
    monkeypatch.setattr(moves, "machine_seconds", lambda: next(worked))
    monkeypatch.setattr(moves, "CALM_S", 0.3)
    pace.begin(seconds=60)
    cost = cost_of_a_write(pace, rate=100)
    answered = len(pace.stop())
    assert pace.answered == answered
    assert 500 / answered <= cost <= 500, "half a second of work, for at least one write"


def test_without_an_answer_nothing_is_said_of_the_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moves, "CALM_S", 0.01)
    with pytest.raises(BenchError, match="no write was answered"):
        cost_of_a_write(Pace(lambda _: lambda _: 200, rate=100, workers=1), rate=100)


def test_help_names_the_parts_and_what_is_replaced() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "loadtests.handover", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    for word in ("moves", "reconcile", "sizes", "replaces all", "Exit codes"):
        assert word in done.stdout
