"""Changes in words for people and as JSON for programs."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from kong_admin.audit import SECRET
from kong_admin.compare import Difference
from kong_admin.diff import Change
from kong_admin.drift import Drift, plugin_of
from kong_admin.entity import Entity, Reference
from kong_admin.errors import HIDDEN
from kong_admin.sync import Synced
from kong_admin.weights import WeightChange

_SIGN = {"create": "+", "update": "~", "delete": "-"}


def lines(changes: Iterable[Change]) -> list[str]:
    """`+ route orders-read`, and below an update each field as `live → desired`."""
    text = []
    for change in changes:
        text.append(f"{_SIGN[change.verb]} {change.entity.label}")
        text.extend(
            f"    {difference.field}: {_shown(change, difference, 'live')} → "
            f"{_shown(change, difference, 'desired')}"
            for difference in change.differences
        )
    return text


def as_json(changes: Iterable[Change]) -> list[dict[str, Any]]:
    """The same for programs."""
    return [
        {
            "verb": change.verb,
            "kind": change.entity.kind,
            "key": change.entity.label.removeprefix(f"{change.entity.kind} "),
            "fields": {
                difference.field: {
                    "live": _shown(change, difference, "live"),
                    "desired": _shown(change, difference, "desired"),
                }
                for difference in change.differences
            },
        }
        for change in changes
    ]


def text(changes: Iterable[Change], missing: Iterable[Entity], *, otherwise: str) -> str:
    """The changes, and what this gateway cannot have."""
    return "\n".join([*(lines(changes) or [otherwise]), *map(_missing_line, missing)])


def facts(changes: Iterable[Change], missing: Iterable[Entity]) -> dict[str, Any]:
    """The same for programs."""
    return {"changes": as_json(changes), "missing": [entity.label for entity in missing]}


def drift_text(found: Drift) -> str:
    """What is at the gateway and not in the files, and the other way round."""
    said = [line for change in found.changes for line in _drifted(change)]
    others = [f"? {entity.label}: in no file, and not ours" for entity in found.foreign]
    rest = [*map(_missing_line, found.missing), *others]
    return "\n".join([*(said or ["no drift"]), *rest])


def drift_facts(found: Drift) -> dict[str, Any]:
    """The same for programs."""
    foreign = [entity.label for entity in found.foreign]
    return facts(found.changes, found.missing) | {"foreign": foreign}


def _drifted(change: Change) -> Iterator[str]:
    if change.verb == "create":
        yield f"- {change.entity.label}: is in the files, not at the gateway"
    elif change.verb == "delete":
        yield f"+ {change.entity.label}: is at the gateway, in no file"
    for difference in change.differences:
        live, desired = (_shown(change, difference, side) for side in ("live", "desired"))
        yield f"~ {change.entity.label}: {difference.field} is {live}, the files say {desired}"


def synced_text(synced: Synced) -> str:
    """What was done, how long it took, what the proxy showed, what the gateway cannot have."""
    return "\n".join([_synced_line(synced), *map(_missing_line, synced.missing)])


def _missing_line(entity: Entity) -> str:
    return f"! {entity.label}: this gateway does not offer the plugin {plugin_of(entity)}"


def _synced_line(synced: Synced) -> str:
    if not synced.changes:
        return "nothing to change"
    way = "" if synced.node.is_writable else " as one configuration (POST /config)"
    done = f"{len(synced.changes)} changes applied{way} in {synced.seconds:.2f} s"
    live = synced.live
    if live is None:
        return f"{done}; not checked at the proxy (set KONG_PROXY_URL)"
    if live.by_marker:
        done += f"; all live at the proxy after {live.seconds:.2f} s"
    elif live.observed:
        done += f"; live at the proxy after {live.seconds:.2f} s ({', '.join(live.observed)})"
    if live.unobservable:
        done += f"; cannot be seen at the proxy: {', '.join(live.unobservable)}"
    return done


def synced_json(synced: Synced) -> dict[str, Any]:
    """The same for programs."""
    live = synced.live
    return facts(synced.changes, synced.missing) | {
        "database": synced.node.database,
        "seconds": round(synced.seconds, 4),
        "live": None
        if live is None
        else {
            "seconds": round(live.seconds, 4),
            "by_marker": live.by_marker,
            "observed": list(live.observed),
            "unobservable": list(live.unobservable),
        },
    }


def weight_line(change: WeightChange) -> str:
    """One target whose weight moves."""
    return (
        f"~ target {change.upstream} {change.target}\n    weight: {change.before} → {change.after}"
    )


def _shown(change: Change, difference: Difference, side: Literal["live", "desired"]) -> Any:
    value = getattr(difference, side)
    if difference.field in change.entity.hidden and value is not None:
        return HIDDEN
    if isinstance(value, Reference):
        return str(value)
    return list(value) if isinstance(value, tuple) else _masked(value)


def _masked(value: Any, name: str = "") -> Any:
    """A plugin's configuration may hold passwords; Kong does not say which fields do."""
    if isinstance(value, Mapping):
        return {key: _masked(below, str(key)) for key, below in value.items()}
    if isinstance(value, list):
        return [_masked(below, name) for below in value]
    return HIDDEN if value and isinstance(value, str) and SECRET.search(name) else value
