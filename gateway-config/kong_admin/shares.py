"""An upstream that is shared: the instances of one service have a percentage, the rest what is left. Pure.

Each instance weighs the percentage, the rest (100 - percentage) times their number. So the share is
exact, every instance tells it, and one that comes or goes changes two weights and no percentage.
Who stands aside comes or goes just now: it weighs 0 and counts for no share.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from kong_admin.entities import Target
from kong_admin.errors import UnsettledError

# A target that an instance has made for itself: no file declares it, and no sync takes it away.
SELF_REGISTERED_TAG = "self-registered"
ASIDE_TAG = "aside"
WHOLE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """What one target is to be; `tags` None leaves them alone."""

    target: str
    weight: int
    tags: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """An upstream as it was at one moment, seen by the instance `me`.

    `is_share`: now or earlier, the weights were those of a share, so that the rest's follows the
    number of instances; what somebody set by hand to anything else is left alone.
    `wrote_rest`: we have changed the rest's weight ourselves since we began to look.
    """

    found: Mapping[str, Target]
    me: str
    rest: str
    is_share: bool = False
    wrote_rest: bool = False

    @property
    def mine(self) -> Target:
        """Our own target."""
        return self.found[self.me]

    @property
    def is_aside(self) -> bool:
        """Whether we stand aside."""
        return ASIDE_TAG in self.mine.tags

    @property
    def siblings(self) -> dict[str, int]:
        """The other instances."""
        instances = instances_of(self.found.values(), rest=self.rest)
        return {address: weight for address, weight in instances.items() if address != self.me}

    @property
    def percent(self) -> int:
        """What each of us should weigh; UnsettledError while the siblings disagree.

        Without siblings, the target that a former life of ours has left tells.
        """
        if not self.siblings:
            return 0 if self.is_aside else self.mine.weight
        weights = set(self.siblings.values())
        if len(weights) > 1:
            shown = ", ".join(f"{at}={weight}" for at, weight in sorted(self.siblings.items()))
            raise UnsettledError(
                f"the instances do not weigh the same ({shown}); is somebody moving them?"
            )
        return weights.pop()


def weights_for(percent: int, *, rest: str, instances: Collection[str]) -> dict[str, int]:
    """Weights that give the instances `percent` of the requests, evenly over them."""
    # Scaled by their number, so that no share has to be rounded.
    return {
        rest: (WHOLE - percent) * max(1, len(instances)),
        **dict.fromkeys(instances, percent),
    }


def instances_of(live: Iterable[Target], *, rest: str) -> dict[str, int]:
    """Address → weight of those who share: all but the rest, and but who stands aside."""
    return {
        target.target: target.weight
        for target in live
        if target.target != rest and ASIDE_TAG not in target.tags
    }


def looks_like_a_share(look: Look) -> bool:
    """Whether the weights are those of some percentage, and of some number of instances."""
    rest = look.found.get(look.rest)
    try:
        percent = look.percent
    except UnsettledError:
        return False
    if rest is None or percent >= WHOLE:
        return rest is not None and percent == WHOLE and rest.weight == 0
    return rest.weight > 0 and rest.weight % (WHOLE - percent) == 0


def to_join(look: Look) -> tuple[Update, ...]:
    """What is still to do until we, who have a target, have what the siblings have."""
    percent = look.percent
    updates = _rest(look, percent=percent, instances=len(look.siblings) + 1)
    if (look.mine.weight, set(look.mine.tags)) != (percent, {SELF_REGISTERED_TAG}):
        updates.append(Update(target=look.me, weight=percent, tags=(SELF_REGISTERED_TAG,)))
    # As in every move of weights: raised first, so that the sum never falls below its end value.
    return tuple(sorted(updates, key=lambda u: u.weight < look.found[u.target].weight))


def to_step_aside(look: Look, *, percent: int) -> tuple[Update, ...]:
    """What is still to do until nobody is sent to us; nothing for the last instance.

    The last one keeps its weight, because nothing else remembers the share; the health checks see
    that it is gone. Two that leave at once may both find that the other has left: then `percent`,
    what we weighed before, is put back.
    """
    if not look.siblings:
        kept = Update(target=look.me, weight=percent, tags=(SELF_REGISTERED_TAG,))
        return (*_rest(look, percent=percent, instances=1), *((kept,) if look.is_aside else ()))
    try:
        others = _rest(look, percent=look.percent, instances=len(look.siblings))
    except UnsettledError:
        # Whoever moves them looks again at who is there.
        others = []
    if look.is_aside and look.mine.weight == 0:
        return tuple(others)
    aside = Update(target=look.me, weight=0, tags=(SELF_REGISTERED_TAG, ASIDE_TAG))
    return (aside, *others)


def _rest(look: Look, *, percent: int, instances: int) -> list[Update]:
    target = look.found.get(look.rest)
    wanted = (WHOLE - percent) * instances
    if target is None or not look.is_share or target.weight == wanted:
        return []
    if 0 < percent < WHOLE:
        return [Update(target=look.rest, weight=wanted)]
    # At 0 any weight is right. At 100 it may be somebody's first half of a move back, and without
    # it the second half would leave nobody any weight: only what we wrote is ours to take away.
    return [Update(target=look.rest, weight=0)] if percent == WHOLE and look.wrote_rest else []
