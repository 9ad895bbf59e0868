"""Changes in words for people and as JSON for programs."""

from collections.abc import Iterable
from typing import Any

from kong_admin.diff import Change
from kong_admin.entity import Reference
from kong_admin.sync import Synced
from kong_admin.weights import WeightChange

_SIGN = {"create": "+", "update": "~", "delete": "-"}


def lines(changes: Iterable[Change]) -> list[str]:
    """`+ route orders-read`, and below an update each field as `live → desired`."""
    text = []
    for change in changes:
        text.append(f"{_SIGN[change.verb]} {change.entity.label}")
        text.extend(
            f"    {difference.field}: {_value(difference.live)} → {_value(difference.desired)}"
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
                    "live": _value(difference.live),
                    "desired": _value(difference.desired),
                }
                for difference in change.differences
            },
        }
        for change in changes
    ]


def synced_line(synced: Synced) -> str:
    """What was done, how long it took, and what the proxy showed."""
    if not synced.changes:
        return "nothing to change"
    done = f"{len(synced.changes)} changes applied in {synced.seconds:.2f} s"
    live = synced.live
    if live is None:
        return f"{done}; not checked at the proxy (set KONG_PROXY_URL)"
    if live.observed:
        done += f"; live at the proxy after {live.seconds:.2f} s ({', '.join(live.observed)})"
    if live.unobservable:
        done += f"; cannot be seen at the proxy: {', '.join(live.unobservable)}"
    return done


def synced_json(synced: Synced) -> dict[str, Any]:
    """The same for programs."""
    live = synced.live
    return {
        "changes": as_json(synced.changes),
        "seconds": round(synced.seconds, 4),
        "live": None
        if live is None
        else {
            "seconds": round(live.seconds, 4),
            "observed": list(live.observed),
            "unobservable": list(live.unobservable),
        },
    }


def weight_line(change: WeightChange) -> str:
    """One target whose weight moves."""
    return (
        f"~ target {change.upstream} {change.target}\n    weight: {change.before} → {change.after}"
    )


def _value(value: Any) -> Any:
    if isinstance(value, Reference):
        return str(value)
    return list(value) if isinstance(value, tuple) else value
