"""What the last move does: cutover -> retired. Once the stream has ended there is no way back."""

from functools import partial

from strangler import copying, dumping, giving_up, quiet
from strangler.effect import Effect, place, verify
from strangler.ladder import Move

FOLLOW_AGAIN = "follow the stream at the monolith again"


def retire(move: Move, *, before: tuple[Effect, ...]) -> tuple[Effect, ...]:
    """List the effects in order; `before` looks at the data and the checks."""
    routed = (
        Effect(name="take the monolith out of the gateway", act=giving_up.take_out_of_the_gateway),
        verify(move.goal),
    )
    return (
        *(_catch_up_again() if move.begun else ()),
        *before,
        Effect(
            name="stop following the stream at the monolith",
            act=giving_up.stop_following,
            needed=giving_up.is_reversible,
        ),
        Effect(
            name="see that nobody uses the monolith's tables",
            act=quiet.see_that_nobody_uses_them,
            changes=False,
            needed=giving_up.is_reversible,
        ),
        Effect(name="end the stream to the monolith", act=giving_up.end_the_stream),
        Effect(name="dump the monolith's tables", act=dumping.dump),
        place(move.goal),
        Effect(name="set the monolith's tables aside", act=giving_up.set_aside),
        *(routed if move.is_routed else ()),
        Effect(name="see that the monolith is ready", act=giving_up.see_ready, changes=False),
        Effect(name="drop the monolith's tables", act=giving_up.drop),
    )


def _catch_up_again() -> tuple[Effect, ...]:
    """What the service has written since the copy stood still would look like differences."""
    catch_up = partial(copying.catch_up, giver="service", taker="monolith")
    return (
        Effect(
            name=FOLLOW_AGAIN,
            act=giving_up.follow_again,
            is_preparation=True,
            needed=giving_up.is_reversible,
        ),
        Effect(
            name="await that the monolith has caught up",
            act=catch_up,
            changes=False,
            is_preparation=True,
            needed=giving_up.is_reversible,
        ),
    )


def keep(move: Move) -> tuple[Effect, ...]:
    """List what takes back a retirement that has not ended the stream."""
    return (
        Effect(name=FOLLOW_AGAIN, act=giving_up.follow_again),
        place(move.goal),
    )
