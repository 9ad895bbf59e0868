"""Progressive delivery: a window of traffic at each canary position, then on, wait, or back.

Nobody else moves the seam meanwhile: `promote` holds it from its beginning to its end.
"""

import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from strangler import engine
from strangler.analysis import Advice, Judgment
from strangler.attempt import attempt
from strangler.canary_judge import CanaryJudge
from strangler.engine import Verb
from strangler.errors import FailedError, RefusedError, StoppedError, StranglerError
from strangler.ladder import Position
from strangler.plan import Stage
from strangler.world import World, alone

ANALYZE = "analyze the canary"
REFUGE = "shadow"
# Gateways keep lines of their logs back for about a second, and slow answers end late.
SETTLE_S = 2.0
_TICK_S = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Analyzed:
    """One window at one position."""

    position: str
    judgment: Judgment


@dataclass(slots=True, kw_only=True)
class Promotion:
    """What a run of `promote` did; `error` says why it did not arrive."""

    seam: str
    origin: str
    goal: str
    stands_at: str
    windows: list[Analyzed] = field(default_factory=list)
    error: StranglerError | None = None

    def to_json(self) -> dict[str, Any]:
        """The document that --json prints."""
        return {
            "seam": self.seam,
            "from": self.origin,
            "to": self.goal,
            "stands_at": self.stands_at,
            "ok": self.error is None,
            **({"error": str(self.error)} if self.error else {}),
            "windows": [
                {"position": one.position, **one.judgment.to_json()} for one in self.windows
            ],
        }


def ahead(world: World, *, goal: str | None) -> list[Position]:
    """List the positions to climb, the next one first; raises RefusedError if there is no way."""
    canaries = [p for p in world.ladder.positions if p.stage is Stage.CANARY]
    target = world.ladder.named(goal) if goal else canaries[-1]
    if target not in canaries:
        raise RefusedError(f"{target.name} is no canary position; strangler advance goes there")
    standing, rungs = world.standing(), [world.ladder.named(REFUGE), *canaries]
    if standing.towards is not None or standing.position not in rungs:
        raise RefusedError(
            f"{world.domain} stands at {standing.name}; promote climbs from {REFUGE} or a canary "
            f"position: see strangler status {world.domain}"
        )
    here, there = rungs.index(standing.position), rungs.index(target)
    if there < here:
        raise RefusedError(
            f"{target.name} lies behind {standing.name}: "
            f"strangler retreat {world.domain} --to {target.name}"
        )
    return rungs[here + 1 : there + 1]


def promote(world: World, judge: CanaryJudge, *, goal: str | None) -> Promotion:
    """Climb as long as the judge says so; raises RefusedError when nothing was begun."""
    with alone(world):
        rungs = ahead(world, goal=goal)
        here = world.standing().name
        end = rungs[-1].name if rungs else here
        promotion = Promotion(seam=world.domain, origin=here, goal=end, stands_at=here)
        try:
            for rung in rungs:
                _climb(world, judge, rung, promotion)
        except StranglerError as error:
            promotion.error = error
        promotion.stands_at = attempt(lambda: world.standing().name, world)
        if isinstance(promotion.error, RefusedError):
            _tell_refusal(promotion, promotion.error)
    return promotion


def _tell_refusal(promotion: Promotion, refused: RefusedError) -> None:
    if promotion.stands_at != promotion.origin:
        stopped = StoppedError(refused, seam=promotion.seam, standing=promotion.stands_at)
        promotion.error = stopped
    elif not promotion.windows:
        raise refused


def _climb(world: World, judge: CanaryJudge, rung: Position, promotion: Promotion) -> None:
    if promotion.stands_at != REFUGE:
        _await_promotion(world, judge, promotion)
    try:
        _move(world, "advance", goal=rung.name)
    except FailedError as error:
        # The gateway may have been told already: do not leave readers with what does not answer.
        if world.standing().towards is not None:
            _roll_back(world, because=str(error))
        raise
    promotion.stands_at = rung.name


def _await_promotion(world: World, judge: CanaryJudge, promotion: Promotion) -> None:
    position, windows = promotion.stands_at, judge.criteria.windows
    for _ in range(windows):
        judgment = _watch(world, judge, position)
        promotion.windows.append(Analyzed(position=position, judgment=judgment))
        if judgment.advice is Advice.PROMOTE:
            return
        if judgment.advice is Advice.ROLLBACK:
            _roll_back(world, because=judgment.because)
    raise FailedError(
        f"{world.domain} stays at {position}, the last of {windows} windows of "
        f"{judge.criteria.window_s:g} s says {judgment.advice}: {judgment.because}; go on with "
        f"strangler promote {world.domain}, or back: strangler retreat {world.domain}"
    )


def _watch(world: World, judge: CanaryJudge, position: str) -> Judgment:
    run_id, window_s = uuid.uuid4(), judge.criteria.window_s
    since_s = time.time()
    noted = {"position": position, "window_s": window_s}
    attempt(lambda: world.journal.note(run_id, ANALYZE, "intent", **noted), world)
    while (passed_s := time.time() - since_s) < window_s + SETTLE_S:
        done = int(min(passed_s, window_s))
        world.watch.progress(f"{ANALYZE} at {position}", done, int(window_s))
        time.sleep(_TICK_S)
    judgment = judge.judge(until_s=since_s + window_s)
    told = {**noted, **judgment.to_json()}
    attempt(lambda: world.journal.note(run_id, ANALYZE, "done", **told), world)
    said = f"{position}: {judgment.advice}"
    world.watch.done(said, passed_s, judgment.because)
    return judgment


def _roll_back(world: World, *, because: str) -> None:
    _move(world, "retreat", goal=REFUGE)
    raise FailedError(f"{world.domain} was rolled back to {REFUGE}: {because}")


def _move(world: World, verb: Verb, *, goal: str) -> None:
    result = engine.run(world, verb, goal=goal)
    if result.error:
        raise result.error
