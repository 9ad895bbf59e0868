"""Compare the gateway we want with the gateway we have. Touches no network.

Order of the changes: creates and updates from upstreams down to routes; then weights that are
lowered; then deletes from routes up to upstreams. Retiring: what takes something away, a lowered
weight or a delete. It comes after everything else, so that a target leaves only after its
replacement carries traffic.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from kong_admin.compare import Difference
from kong_admin.entities import Plugin, Route, Target
from kong_admin.entity import Entity
from kong_admin.errors import UnsafeWeightsError
from kong_admin.state import LEVELS, State

SELECT_TAG = "strangler-reference"
# Somebody else moves the weight of a target with this tag; the files only say where it starts.
HELD_WEIGHT_TAG = "weight-by-strangler"

Verb = Literal["create", "update", "delete"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """`entity` is the desired one, for a delete the live one."""

    verb: Verb
    entity: Entity
    live: Entity | None = None
    differences: tuple[Difference, ...] = ()

    def __str__(self) -> str:
        return f"{self.verb} {self.entity.label}"

    @property
    def is_retiring(self) -> bool:
        """True when it takes something away."""
        return self.verb == "delete" or self.lowers_weight

    @property
    def turn(self) -> tuple[int, int, int]:
        """Changes of one turn need no order among themselves; a lower turn comes first."""
        level = _level(self.entity)
        if self.verb == "delete":
            return 2, -level, 0
        return int(self.lowers_weight), level, _turn_within_level(self.entity)

    @property
    def lowers_weight(self) -> bool:
        """True when a target gets less than it has."""
        if not isinstance(self.entity, Target) or not isinstance(self.live, Target):
            return False
        return self.entity.weight < self.live.weight


def diff(*, desired: State, live: State, select_tag: str = SELECT_TAG) -> tuple[Change, ...]:
    """What would make `live` equal to `desired`. Only entities with the select tag are deleted."""
    _refuse_dead_upstreams(desired, live, select_tag)
    desired = _with_first_weights(desired, live, select_tag)
    changes = [*_creates_and_updates(desired, live), *_deletes(desired, live, select_tag)]
    return tuple(sorted(changes, key=lambda change: change.turn))


def _creates_and_updates(desired: State, live: State) -> Iterator[Change]:
    found = live.by_identity()
    for identity, wanted in desired.by_identity().items():
        existing = found.get(identity)
        if existing is None:
            yield Change(verb="create", entity=wanted)
            continue
        entity = _with_held_weight(wanted, existing)
        differences = entity.differences(existing)
        if differences:
            yield Change(verb="update", entity=entity, live=existing, differences=differences)


def _deletes(desired: State, live: State, select_tag: str) -> Iterator[Change]:
    wanted = desired.by_identity()
    for identity, existing in live.tagged(select_tag).by_identity().items():
        if identity not in wanted:
            yield Change(verb="delete", entity=existing, live=existing)


def _with_held_weight(wanted: Entity, existing: Entity) -> Entity:
    if (
        isinstance(wanted, Target)
        and isinstance(existing, Target)
        and HELD_WEIGHT_TAG in wanted.tags
    ):
        return wanted.model_copy(update={"weight": existing.weight})
    return wanted


def _with_first_weights(desired: State, live: State, select_tag: str) -> State:
    """Let a target whose weight others move begin with none where those that stay carry everything.

    Somebody has moved the weights, and may have taken this target out: a monolith that has retired
    would come back with all that the file once gave it. Where one that carries leaves, as by a new
    address, its requests need another.
    """
    found, declared = live.by_identity(), desired.by_identity()
    carrying, leaving = set[str](), set[str]()
    for target in live.targets:
        stays = (target.kind, target.identity) in declared or select_tag not in target.tags
        if target.weight:
            (carrying if stays else leaving).add(str(target.upstream))
    carrying -= leaving
    targets = (
        target.model_copy(update={"weight": 0})
        if HELD_WEIGHT_TAG in target.tags
        and (target.kind, target.identity) not in found
        and str(target.upstream) in carrying
        else target
        for target in desired.targets
    )
    return replace(desired, targets=tuple(targets))


# A route comes after what its service asks of callers, so that it is never open before; only a
# plugin of its own must come later.
_ROUTE, _PLUGIN_OF_A_ROUTE = len(LEVELS), len(LEVELS) + 1


def _level(entity: Entity) -> int:
    if isinstance(entity, Route):
        return _ROUTE
    if isinstance(entity, Plugin) and entity.route is not None:
        return _PLUGIN_OF_A_ROUTE
    return LEVELS.index(entity.kind)


def _turn_within_level(entity: Entity) -> int:
    if isinstance(entity, Route):
        # The catch-all comes last: once it answers, everything before it is in force too.
        return -max(map(len, entity.paths or ("",)))
    return 0


def _refuse_dead_upstreams(desired: State, live: State, select_tag: str) -> None:
    """An upstream all of whose weights would be 0 answers every request with 503."""
    found, declared = live.by_identity(), desired.by_identity()
    remaining = [
        target
        for target in live.targets
        if select_tag not in target.tags and (target.kind, target.identity) not in declared
    ]
    weights: dict[str, int] = {}
    for target in [*desired.targets, *remaining]:
        existing = found.get((target.kind, target.identity))
        held = _with_held_weight(target, existing) if existing else target
        weight = held.weight if isinstance(held, Target) else 0
        weights[str(target.upstream)] = weights.get(str(target.upstream), 0) + weight
    for upstream in (u.name for u in desired.upstreams if weights.get(u.name) == 0):
        raise UnsafeWeightsError(
            f"upstream {upstream}: all weights would be 0 and every request would fail; "
            "give one target a weight"
        )
