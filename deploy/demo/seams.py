"""The seams of the story, and what strangler is told about them."""

from __future__ import annotations

from collections.abc import Callable

from demo.commands import Commands
from demo.errors import StoryError
from demo.steps import Order, Step, steps_of

# Each stands at cutover before those that ask it leave; see `needs` in migration-plan/seams.
RETIRED = "retired"
SEAMS = ("catalog", "notifications", "inventory", "payments", "orders")


def begin_at_the_monolith(
    commands: Commands, *, say: Callable[[str], None]
) -> dict[str, tuple[str, ...]]:
    """An earlier run may have left a seam at another position; returns all there are, by seam.

    Of a retired seam nothing moves any more, and what it may ask is not taken away from it.
    """
    ladders: dict[str, tuple[str, ...]] = {}
    is_held = False
    for seam in reversed(SEAMS):
        status = commands.ask("strangler", "strangler", "status", seam, "--json")
        ladder, position = tuple(status["positions"]), str(status["position"])
        if position == RETIRED:
            say(f"{seam} is retired and stays with its service")
            is_held = True
            continue
        if position != ladder[0] and not is_held:
            say(f"{seam} stands at {position}; bringing it back first")
            # A run that was cut off leaves the seam between two positions.
            verb = "retreat" if position in ladder else "resume"
            give(commands, Order(seam=seam, verb=verb, to=ladder[0]))
        ladders[seam] = ladder
    return ladders


def give(commands: Commands, order: Order) -> list[Step]:
    """Give strangler an order; returns the steps it made, or says why it failed."""
    words = ("strangler", order.verb, order.seam, "--to", order.to, "--json")
    answer = commands.ask("strangler", *words)
    steps = steps_of(answer, seam=order.seam)
    if not answer.get("ok") or not all(step.ok for step in steps):
        why = answer.get("error", "it did not say why")
        cause = f"{order.verb} {order.seam} to {order.to} failed: {why}"
        raise StoryError(cause, log=commands.log("strangler"))
    return steps
