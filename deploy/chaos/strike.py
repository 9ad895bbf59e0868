"""One try at a kill: begin the handover, see the step begin, kill, and see whether it was in time."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass

from chaos import victims
from chaos.cases import COORDINATOR, Case
from chaos.coordinator import Coordinator, Said
from chaos.hold import Hold, holding
from chaos.journal import Moment, Watch
from chaos.victims import Victim
from demo.steps import Order
from stack import waiting

RUN_WITHIN_S = 180.0
HELD_WITHIN_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike:
    """What became of a try; without a victim, the step was not met."""

    said: Said
    watch: Watch
    victim: Victim | None = None
    struck_at: float = 0.0
    after_ms: float = 0.0
    is_held: bool = False

    def was_in_time(self, step: str) -> bool:
        """Whether the step had not ended when the victim died."""
        ended_at = self.watch.ended_at(step)
        return self.victim is not None and (ended_at is None or ended_at > self.struck_at)


def strike(case: Case, order: Order, *, is_held: bool) -> Strike:
    """Give the order and kill the victim in the case's step, held at its end if so wished."""
    watch = Watch(case.seam)
    victim = None if case.victim == COORDINATOR else victims.of_program(case.victim)
    with ExitStack() as held:
        hold = held.enter_context(holding(case.seam, case.step)) if is_held else None
        run = Coordinator(order)
        victim = victim or victims.of_pid(COORDINATOR, run.pid)
        moment = _moment(case, watch, run, hold)
        if moment is None:
            if hold:
                hold.release(coordinator_is_dead=False)
            return Strike(said=run.said(timeout_s=RUN_WITHIN_S), watch=watch)
        struck_at = victim.kill()
        victim.await_death()
        if hold:
            hold.release(coordinator_is_dead=case.victim == COORDINATOR)
        said = run.said(timeout_s=RUN_WITHIN_S)
    return Strike(
        said=said,
        watch=watch,
        victim=victim,
        struck_at=struck_at,
        after_ms=1000 * (struck_at - moment.at.timestamp()),
        is_held=is_held,
    )


def _moment(case: Case, watch: Watch, run: Coordinator, hold: Hold | None) -> Moment | None:
    moment = watch.await_step(case.step, unless=lambda: run.has_ended)
    if moment is None or hold is None:
        return moment
    waiting.until(lambda: hold.is_held or run.has_ended, timeout_s=HELD_WITHIN_S)
    return moment if hold.is_held else None
