"""Move the weights of an upstream's targets without a moment in which all are zero."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from kong_admin.addresses import normal_address
from kong_admin.client import KongAdmin
from kong_admin.diff import Change
from kong_admin.entities import Target
from kong_admin.errors import (
    NotAppliedError,
    NotWritableError,
    UnsafeWeightsError,
    UnusableInputError,
)
from kong_admin.reading import read_state
from kong_admin.writers import AsAWhole

HEAVIEST = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightChange:
    """One target that gets more or less."""

    upstream: str
    target: str
    before: int
    after: int


def plan_weights(
    upstream: str, *, live: Iterable[Target], wanted: Mapping[str, int]
) -> tuple[WeightChange, ...]:
    """The changes in a safe order. Targets that are not mentioned keep their weight."""
    now = {target.target: target.weight for target in live}
    goal = {_known(address, now, upstream): weight for address, weight in wanted.items()}
    _refuse_bad_weights(goal)
    if not any((now | goal).values()):
        raise UnsafeWeightsError(
            f"upstream {upstream}: all weights would be 0 and every request would fail; "
            "give one target a weight"
        )
    changes = [
        WeightChange(upstream=upstream, target=address, before=now[address], after=weight)
        for address, weight in goal.items()
        if weight != now[address]
    ]
    # Kong changes one target at a time. Raised first, the sum never falls below its end value.
    return tuple(sorted(changes, key=lambda change: change.after < change.before))


def set_weights(
    admin: KongAdmin,
    upstream: str,
    wanted: Mapping[str, int],
    *,
    dry_run: bool = False,
    on_change: Callable[[WeightChange], None] = lambda _: None,
) -> tuple[WeightChange, ...]:
    """Apply the plan and read it back. A second call with the same mapping changes nothing."""
    targets = admin.targets(upstream)
    changes = plan_weights(upstream, live=targets.list_all(), wanted=wanted)
    if dry_run or not changes:
        return changes
    try:
        for change in changes:
            targets.patch(change.target, {"weight": change.after}, idempotent=True)
            on_change(change)
    except NotWritableError:
        _set_as_a_whole(admin, changes)
        for change in changes:
            on_change(change)
    found = read_weights(admin, upstream)
    for change in changes:
        if found.get(change.target) != change.after:
            raise NotAppliedError(
                f"target {change.target} of {upstream} was set to {change.after} and now answers "
                f"{found.get(change.target)}; is someone else changing this gateway? Try again"
            )
    return changes


def _set_as_a_whole(admin: KongAdmin, changes: Iterable[WeightChange]) -> None:
    """For a Kong without a database, which refused the first change."""
    live = read_state(admin)
    found = {target.identity: target for target in live.targets}
    wanted = [
        (
            found[change.upstream, change.target],
            found[change.upstream, change.target].model_copy(update={"weight": change.after}),
        )
        for change in changes
    ]
    AsAWhole(admin, live).write(
        Change(verb="update", entity=after, live=before, differences=after.differences(before))
        for before, after in wanted
    )


def read_weights(admin: KongAdmin, upstream: str) -> dict[str, int]:
    """Target → weight, as the gateway has them now."""
    return {target.target: target.weight for target in admin.targets(upstream).list_all()}


def _known(address: str, now: Mapping[str, int], upstream: str) -> str:
    try:
        normal = normal_address(address)
    except ValueError as malformed:
        raise UnusableInputError(str(malformed)) from malformed
    if normal not in now:
        targets = ", ".join(sorted(now)) or "none; run `kong_admin sync` first"
        raise UnusableInputError(f"upstream {upstream} has no target {normal} (it has: {targets})")
    return normal


def _refuse_bad_weights(goal: Mapping[str, int]) -> None:
    for address, weight in goal.items():
        if type(weight) is not int or not 0 <= weight <= HEAVIEST:
            raise UnusableInputError(
                f"target {address}: a weight is a whole number from 0 to {HEAVIEST}, not {weight!r}"
            )
