"""One named, repeatable thing that a move does, and the two that most moves share."""

from collections.abc import Callable
from dataclasses import dataclass

from strangler.acts import Detail
from strangler.ladder import Position
from strangler.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One thing a move does. `changes` says whether anything is different afterwards."""

    name: str
    act: Callable[[World], Detail]
    changes: bool = True
    # Whether a run that goes on after another one was cut off may leave it out.
    is_preparation: bool = False
    needed: Callable[[World], bool] = lambda _: True


def place(position: Position) -> Effect:
    """Say where the seam stands."""

    def act(world: World) -> Detail:
        world.monolith.place_seam(
            world.domain,
            stage=position.stage.value,
            read_weight=position.weight,
            shadow_sample=world.plan.shadow_sample,
        )
        return {}

    return Effect(name=f"place the seam at {position.name}", act=act)


def verify(position: Position) -> Effect:
    """Ask through the gateway until the right sides answer."""
    return Effect(
        name="see who answers live requests",
        act=lambda world: {"answers": dict(world.routes.await_answers(position.weight))},
        changes=False,
    )
