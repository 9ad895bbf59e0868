"""Does a new target carry traffic? Asked before the old ones give theirs up."""

from collections.abc import Iterable

from kong_admin.client import KongAdmin
from kong_admin.diff import Change
from kong_admin.entities import Target
from kong_admin.errors import NotFoundError, NotLiveError
from kong_admin.proxy import Patience
from kong_admin.resource import quoted

_CARRIES = frozenset({"HEALTHY", "HEALTHCHECKS_OFF"})


def wait_for_replacements(
    admin: KongAdmin, changes: Iterable[Change], *, patience: Patience
) -> None:
    """Return once the targets that gained weight are healthy, where others of their upstream are
    to lose it; NotLiveError if they do not become so in time.
    """
    changes = tuple(changes)
    losing = {str(target.upstream) for target in _targets(changes, retiring=True)}
    deadline = patience.clock() + patience.timeout_s
    for target in _targets(changes, retiring=False):
        if str(target.upstream) in losing and target.weight:
            _wait_for(admin, target, deadline=deadline, patience=patience)


def _targets(changes: Iterable[Change], *, retiring: bool) -> list[Target]:
    return [
        change.entity
        for change in changes
        if isinstance(change.entity, Target) and change.is_retiring is retiring
    ]


def _wait_for(admin: KongAdmin, target: Target, *, deadline: float, patience: Patience) -> None:
    while (health := _health(admin, target)) not in _CARRIES:
        if patience.clock() >= deadline:
            raise NotLiveError(
                f"{target.label} is {health} after {patience.timeout_s:g} s, so the targets it "
                "replaces keep their traffic; is something listening there? Then run it again"
            )
        patience.pause(patience.pause_s)


def _health(admin: KongAdmin, target: Target) -> str:
    path = f"/upstreams/{quoted(str(target.upstream))}/health"
    try:
        for found in admin.pages(path):
            if found.get("target") == target.target:
                return str(found.get("health"))
    except NotFoundError:
        # A gateway that cannot tell must not keep a change from being made.
        return "HEALTHCHECKS_OFF"
    return "not known to the balancer"
