"""Does a replacement carry traffic? Asked before the targets it replaces give theirs up."""

from collections.abc import Iterable, Mapping, Sequence

from kong_admin.client import KongAdmin
from kong_admin.diff import Change
from kong_admin.entities import Target
from kong_admin.errors import NotFoundError, NotLiveError
from kong_admin.proxy import Patience
from kong_admin.resource import quoted
from kong_admin.state import State

_CARRIES = frozenset({"HEALTHY", "HEALTHCHECKS_OFF"})


def wait_for_replacements(
    admin: KongAdmin, changes: Iterable[Change], *, after: State, patience: Patience
) -> None:
    """Where targets of an upstream are to lose weight or to leave, return once those that gained
    weight are healthy, and one of those that stay; or raise NotLiveError.
    """
    changes = tuple(changes)
    deadline = patience.clock() + patience.timeout_s
    for upstream in sorted(_losing(changes)):
        gained = [target for target in _gaining(changes) if str(target.upstream) == upstream]
        staying = [t for t in after.targets if str(t.upstream) == upstream and t.weight]
        while complaint := _complaint(healths(admin, upstream), gained, staying):
            if patience.clock() >= deadline:
                raise NotLiveError(
                    f"{complaint} after {patience.timeout_s:g} s, so what is to leave keeps its "
                    "traffic; is something listening there? Then run the same command again"
                )
            patience.pause(patience.pause_s)


def healths(admin: KongAdmin, upstream: str) -> dict[str, str] | None:
    """Address → health, as the gateway's own checks see it; None where it cannot tell."""
    path = f"/upstreams/{quoted(upstream)}/health"
    try:
        return {str(found.get("target")): str(found.get("health")) for found in admin.pages(path)}
    except NotFoundError:
        return None


def _losing(changes: Iterable[Change]) -> set[str]:
    return {
        str(change.entity.upstream)
        for change in changes
        if isinstance(change.entity, Target) and change.is_retiring
    }


def _gaining(changes: Iterable[Change]) -> list[Target]:
    return [
        change.entity
        for change in changes
        if isinstance(change.entity, Target) and not change.is_retiring and change.entity.weight
    ]


def _complaint(
    healths: Mapping[str, str] | None, gained: Iterable[Target], staying: Sequence[Target]
) -> str | None:
    """What keeps the others from leaving. A gateway that cannot tell keeps nobody."""
    if healths is None:
        return None
    ill = [target for target in gained if healths.get(target.target) not in _CARRIES]
    if ill:
        return f"{ill[0].label} is {healths.get(ill[0].target, 'not known to the balancer')}"
    if staying and not any(healths.get(target.target) in _CARRIES for target in staying):
        return f"no target that upstream {staying[0].upstream} keeps is healthy"
    return None
