"""The verdict finds every way in which a write can go wrong, and nothing in a clean run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.evidence import MONOLITH, SERVICE, Command, Copy, Row
from loadtests.ledger import STOPPED, Intent, Kind, Outcome
from loadtests.verdict import Verdict, judge
from tests.loadtests.a_clean_run import Run, clean_run


def verdict_of(run: Run) -> Verdict:
    return judge(run.ledger, run.evidence)


def on(run: Run, change: Callable[[Copy], Copy]) -> Run:
    return replace(run, copy=change(run.copy))


def without_command(key: str) -> Callable[[Copy], Copy]:
    def change(copy: Copy) -> Copy:
        return replace(copy, commands=tuple(c for c in copy.commands if c.key != key))

    return change


def with_command(key: str, **fields: Any) -> Callable[[Copy], Copy]:
    def change(copy: Copy) -> Copy:
        commands = (replace(c, **fields) if c.key == key else c for c in copy.commands)
        return replace(copy, commands=tuple(commands))

    return change


def with_row(id_: str, **fields: Any) -> Callable[[Copy], Copy]:
    def change(copy: Copy) -> Copy:
        return replace(
            copy, rows=tuple(replace(r, **fields) if r.id == id_ else r for r in copy.rows)
        )

    return change


def without_row(id_: str) -> Callable[[Copy], Copy]:
    return lambda copy: replace(copy, rows=tuple(r for r in copy.rows if r.id != id_))


def plus_row(row: Row) -> Callable[[Copy], Copy]:
    return lambda copy: replace(copy, rows=(*copy.rows, row))


def plus_command(command: Command) -> Callable[[Copy], Copy]:
    return lambda copy: replace(copy, commands=(*copy.commands, command))


def with_intent(run: Run, key: str, **fields: Any) -> Run:
    ledger = tuple(replace(i, **fields) if i.key == key else i for i in run.ledger)
    return replace(run, ledger=ledger)


AGAIN = Command(
    key="key-1-1-again", aggregate_id="p1", version=4, status=201, epoch=2, side=SERVICE
)

WRONGS: dict[str, tuple[str, Callable[[Run], Run]]] = {
    "the command of an acknowledged write is missing": (
        "lost",
        lambda run: on(run, without_command("key-1-2")),
    ),
    "the row of an acknowledged creation is missing": (
        "lost",
        lambda run: on(run, without_row("p1")),
    ),
    "the row is older than the version that was shown": (
        "lost",
        lambda run: on(run, with_row("p2", version=1)),
    ),
    "the command was recorded with another result than was shown": (
        "lost",
        lambda run: with_intent(run, "key-1-2", version=7),
    ),
    "the command was recorded for another row than was shown": (
        "lost",
        lambda run: with_intent(run, "key-1-2", aggregate="p2"),
    ),
    "a deleted product is still there": (
        "lost",
        lambda run: on(run, plus_row(Row(id="p0", mark="LT-0", version=4))),
    ),
    "the row carries another mark than the client gave it": (
        "lost",
        lambda run: on(run, with_row("p1", mark="LT-other")),
    ),
    "two rows carry the same mark": (
        "doubled",
        lambda run: on(run, plus_row(Row(id="p9", mark="LT-1", version=1))),
    ),
    "one key is recorded twice": (
        "doubled",
        lambda run: on(run, lambda copy: plus_command(copy.commands[1])(copy)),
    ),
    "one intent was done under two keys": (
        "doubled",
        lambda run: on(run, lambda copy: with_row("p1", version=4)(plus_command(AGAIN)(copy))),
    ),
    "two commands made the same version": (
        "doubled",
        lambda run: on(run, with_command("key-1-3", version=2)),
    ),
    "a row has more versions than commands": (
        "doubled",
        lambda run: on(run, with_row("p1", version=4)),
    ),
    "a row was changed and no command is recorded": (
        "doubled",
        lambda run: on(run, with_row("seeded", version=2)),
    ),
    "a write was executed by the side that did not own the epoch": (
        "wrong side",
        lambda run: on(run, with_command("key-1-2", side=MONOLITH)),
    ),
    "a write belongs to an epoch that was never granted": (
        "wrong side",
        lambda run: on(run, with_command("key-1-2", epoch=4)),
    ),
    "the side that answered is not the side that is recorded": (
        "wrong side",
        lambda run: with_intent(run, "key-1-2", served_by="monolith"),
    ),
    "nobody said who executed the write": (
        "wrong side",
        lambda run: with_intent(run, "key-1-2", served_by=None),
    ),
    "a later version belongs to an older epoch": (
        "wrong side",
        lambda run: on(run, with_command("key-1-3", epoch=1, side=MONOLITH)),
    ),
    "a write that began after another was answered has the lower version": (
        "out of order",
        lambda run: with_intent(run, "key-1-2", sent_at=32.0, ended_at=33.0),
    ),
    "a write was refused": (
        "failed",
        lambda run: with_intent(run, "key-1-2", outcome=Outcome.FAIL, status=503),
    ),
    "a write was never answered": (
        "failed",
        lambda run: with_intent(run, "key-1-2", outcome=Outcome.UNKNOWN, reason="time-out"),
    ),
    "the service does not own": (
        "unsettled",
        lambda run: run.with_copy(mode="RELEASED"),
    ),
    "the stream has not come to rest": (
        "unsettled",
        lambda run: replace(run, unsettled=("12 facts are not applied",)),
    ),
}


def test_a_clean_run_is_clean() -> None:
    verdict = verdict_of(clean_run())

    assert verdict.clean, verdict.wrongs
    assert verdict.acknowledged == 10


@pytest.mark.parametrize("wrong", WRONGS)
def test_it_is_found_when(wrong: str) -> None:
    name, break_it = WRONGS[wrong]

    verdict = verdict_of(break_it(clean_run()))

    assert verdict.wrongs[name]
    assert not verdict.clean


def test_a_run_without_writes_is_not_clean() -> None:
    run = replace(clean_run(), ledger=())

    assert not verdict_of(run).clean


def test_a_replay_may_be_answered_by_the_other_side() -> None:
    run = with_intent(clean_run(), "key-1-2", served_by="monolith", replayed=True)

    assert verdict_of(run).clean


def test_a_silence_that_was_answered_later_is_resolved() -> None:
    run = with_intent(clean_run(), "key-1-2", unknown_before=True, attempts=2)

    verdict = verdict_of(run)

    assert (verdict.unknown_resolved, verdict.unknown_unresolved) == (1, 0)
    assert verdict.clean


@pytest.mark.parametrize("applied", [True, False])
def test_a_write_cut_off_by_the_end_of_the_load_may_be_done_or_not(applied: bool) -> None:
    run = with_intent(clean_run(), "key-1-3", outcome=Outcome.UNKNOWN, reason=STOPPED)
    if not applied:
        run = on(run, without_command("key-1-3"))
        run = on(run, with_row("p1", version=2))

    verdict = verdict_of(run)

    assert verdict.unknown_unresolved == 1
    assert verdict.clean, verdict.wrongs


def test_writes_that_overlap_may_take_any_order() -> None:
    run = with_intent(clean_run(), "key-1-2", sent_at=30.5, ended_at=33.0)

    assert verdict_of(run).clean


def test_writes_without_evidence_are_counted_as_unjudged() -> None:
    intent = Intent(key="c", kind=Kind.CUSTOMER_CREATE, outcome=Outcome.OK, status=201)
    run = replace(clean_run(), ledger=(*clean_run().ledger, intent))

    assert verdict_of(run).unjudged == 1


def test_a_ledger_of_which_nothing_could_be_judged_is_not_clean() -> None:
    intent = Intent(key="c", kind=Kind.CUSTOMER_CREATE, outcome=Outcome.OK, status=201)
    verdict = verdict_of(replace(clean_run(), ledger=(intent,)))

    assert (verdict.acknowledged, verdict.unjudged) == (0, 1)
    assert not verdict.clean


@given(data=st.data(), products=st.integers(2, 12), changes=st.integers(1, 6))
def test_planted_losses_are_always_found(data: st.DataObject, products: int, changes: int) -> None:
    run = clean_run(products=products, changes=changes)
    keys = data.draw(st.sets(st.sampled_from([intent.key for intent in run.ledger]), min_size=1))
    for key in keys:
        run = on(run, without_command(key))

    assert {finding.key for finding in verdict_of(run).lost} >= keys


@given(data=st.data(), products=st.integers(2, 12), changes=st.integers(1, 6))
def test_planted_doubles_are_always_found(data: st.DataObject, products: int, changes: int) -> None:
    run = clean_run(products=products, changes=changes)
    chosen = data.draw(st.sets(st.sampled_from(range(1, products)), min_size=1))
    for number in chosen:
        again = Command(
            key=f"again-{number}",
            aggregate_id=f"p{number}",
            version=changes + 2,
            status=data.draw(st.sampled_from([200, 201])),
            epoch=2,
            side=SERVICE,
        )
        # Done twice, under a key of its own; the row's version tells in half of the cases.
        seen = changes + 1 + data.draw(st.sampled_from([0, 1]))
        twin = Row(id=f"twin-{number}", mark=f"LT-{number}", version=1)
        run = on(run, plus_command(again))
        run = on(run, with_row(f"p{number}", version=seen))
        if again.status == 200 and seen == changes + 2:
            run = on(run, plus_row(twin))

    found = " ".join(f"{finding.key} {finding.detail}" for finding in verdict_of(run).doubled)

    for number in chosen:
        assert any(name in found for name in (f"p{number}", f"LT-{number}", f"again-{number}"))
