"""What a move does, as a list of named, idempotent effects in order."""

from dataclasses import replace
from functools import partial

from strangler import acts, copying, retire_effects, way_back
from strangler.effect import Effect, place, verify
from strangler.gateway import Traffic
from strangler.handing import hand_the_writes
from strangler.journal import HAND_OVER, RECONCILE, START_CAPTURE, TRY_WAY
from strangler.ladder import Move
from strangler.plan import Stage


def effects_of(move: Move) -> tuple[Effect, ...]:
    """List what a move does, in order."""
    if move.goal.stage is Stage.RETIRED:
        return retire_effects.retire(move, before=(_reconcile_when_stale(), _checks(move)))
    if move.origin.stage is Stage.RETIRED:
        return retire_effects.keep(move)
    if move.changes_owner:
        return _hand_over(move)
    if move.origin.stage is Stage.MONOLITH:
        return _start(move)
    if move.goal.stage is Stage.MONOLITH:
        return _stop(move)
    return _shift_reads(move)


def _start(move: Move) -> tuple[Effect, ...]:
    catch_up = partial(copying.catch_up, giver="monolith", taker="service")
    return (
        _checks(move),
        Effect(name=START_CAPTURE, act=acts.start_capture),
        Effect(name="copy history", act=copying.backfill),
        Effect(name="await that the service has caught up", act=catch_up, changes=False),
        Effect(name=RECONCILE, act=acts.reconcile_clean, changes=False),
        place(move.goal),
    )


def _stop(move: Move) -> tuple[Effect, ...]:
    catch_up = partial(copying.catch_up, giver="monolith", taker="service")
    # Whatever is still sent to the service, by hand or by an old file, would be answered from a copy
    # that stands still.
    return (
        _checks(move),
        *((*_opt_in(move), _set_share("reads", 0)) if move.is_routed else ()),
        place(move.goal),
        *((verify(move.goal),) if move.is_routed else ()),
        Effect(name="stop the change stream", act=acts.stop_capture),
        Effect(name="await that the stream is empty", act=catch_up, changes=False),
    )


def _shift_reads(move: Move) -> tuple[Effect, ...]:
    preparation = (_reconcile_when_stale(), _comparisons()) if move.gives_more else ()
    return (
        *preparation,
        _checks(move),
        *_opt_in(move),
        _set_share("reads", move.goal.weight),
        place(move.goal),
        # On the way down it may be the service that does not answer: only its absence is verified.
        *((verify(move.goal),) if move.gives_more or not move.goal.weight else ()),
    )


def _hand_over(move: Move) -> tuple[Effect, ...]:
    giver, taker = move.origin.owner, move.goal.owner
    return (
        *_before_handing_over(move),
        _checks(move),
        Effect(name=HAND_OVER, act=partial(hand_the_writes, giver=giver, taker=taker)),
        *((_set_share("writes", 100 if taker == "service" else 0),) if move.is_routed else ()),
        place(move.goal),
        Effect(
            name="see that one side owns", act=partial(acts.see_owner, owner=taker), changes=False
        ),
        *((verify(move.goal),) if move.is_routed else ()),
    )


def _before_handing_over(move: Move) -> tuple[Effect, ...]:
    if move.goal.owner == "monolith":
        return ()
    return (
        _reconcile_when_stale(),
        *((_comparisons(),) if move.is_routed else ()),
        # Last: what takes long would make it stale.
        _try_the_way_back(),
    )


def _checks(move: Move) -> Effect:
    return Effect(
        name="check that nothing forbids it",
        act=partial(acts.check, move=move),
        changes=False,
        is_preparation=True,
    )


def _reconcile_when_stale() -> Effect:
    return Effect(
        name=RECONCILE,
        act=acts.reconcile_clean,
        changes=False,
        is_preparation=True,
        needed=acts.is_stale,
    )


def _try_the_way_back() -> Effect:
    return Effect(
        name=TRY_WAY,
        act=way_back.try_it,
        changes=False,
        is_preparation=True,
        needed=way_back.is_untried,
    )


def _comparisons() -> Effect:
    return Effect(
        name="await shadow comparisons",
        act=acts.await_comparisons,
        changes=False,
        is_preparation=True,
    )


def _opt_in(move: Move) -> tuple[Effect, ...]:
    """Who asks for the canary gets it as long as there is one, and from no copy that is not whole."""
    if move.origin.weight and move.goal.weight:
        return ()
    effect = _set_share("opted-in reads", 100 if move.goal.weight else 0)
    return (replace(effect, needed=lambda world: world.routes.has_opt_in),)


def _set_share(traffic: Traffic, percent: int) -> Effect:
    return Effect(
        name=f"send {percent} % of the {traffic} to the service",
        act=lambda world: {"weights": world.routes.set_share(traffic, percent)},
    )
