"""What the journal's rows tell about a run."""

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

from strangler.journal import Entry, read_run

RUN = UUID(int=1)
CUTOVER = {"from": "canary-100", "to": "cutover"}


def entries(*rows: tuple[str, str, Mapping[str, object]]) -> list[Entry]:
    return [
        Entry(
            id=number,
            run_id=RUN,
            step=step,
            phase=phase,  # type: ignore[arg-type]
            actor="ada@host",
            detail=dict(detail),
            at=datetime(2026, 11, 22, 10, 0, number, tzinfo=UTC),
        )
        for number, (step, phase, detail) in enumerate(rows)
    ]


BEGIN = ("run", "intent", {"verb": "advance", "to": "cutover", "between": None})
CHECKED = ("check that nothing forbids it", "intent", {**CUTOVER, "changes": False})
HANDING = ("hand over the writes", "intent", {**CUTOVER, "changes": True})


def test_an_empty_journal_has_no_run() -> None:
    assert read_run([]) is None


def test_how_long_a_retirement_was_to_watch_is_kept_for_whoever_resumes_it() -> None:
    begin = {"verb": "retire", "to": "retired", "between": None, "quiet_s": 7200.0}
    run = read_run(entries(("run", "intent", begin)))
    assert run
    assert run.quiet_s == 7200


def test_a_run_that_was_not_closed_is_open_and_says_who_runs_since_when() -> None:
    run = read_run(entries(BEGIN, CHECKED))
    assert run
    assert run.state == "open"
    assert run.summary == "advance to cutover by ada@host since 10:00:00 UTC"


def test_before_anything_was_changed_a_run_stands_at_a_position() -> None:
    run = read_run(entries(BEGIN, CHECKED, ("run", "failed", {"error": "no"})))
    assert run
    assert (run.state, run.between) == ("failed", None)


def test_an_intent_that_changes_something_puts_the_seam_between_two_positions() -> None:
    run = read_run(entries(BEGIN, CHECKED, HANDING))
    assert run
    assert run.between == ("canary-100", "cutover")


def test_a_move_that_was_finished_leaves_nothing_between() -> None:
    run = read_run(entries(BEGIN, HANDING, ("move", "done", dict(CUTOVER))))
    assert run
    assert (run.state, run.between) == ("open", None)


def test_a_resume_that_was_refused_still_stands_where_the_run_before_it_left_off() -> None:
    begin = (
        "run",
        "intent",
        {"verb": "resume", "to": "cutover", "between": list(CUTOVER.values())},
    )
    run = read_run(entries(begin, ("run", "failed", {"error": "no"})))
    assert run
    assert run.between == ("canary-100", "cutover")
