"""A route that is made after the changes, to see at the proxy when they are in force.

Kong's workers rebuild their routes and their plugins from all that is stored, and take in targets
and credentials as they are told of them, in order. A worker that answers for the marker, which is
stored last, has therefore taken in every change before it: also a deleted route, a changed plugin,
and a route behind a catch-all, which no other request could show.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from kong_admin.diff import Change
from kong_admin.entities import Plugin, Route
from kong_admin.entity import Reference
from kong_admin.node import Node
from kong_admin.proxy import Probe
from kong_admin.state import State
from kong_admin.writers import Writer

ANSWERING = "request-termination"
MARKER_TAG = "kong-admin-marker"
_HEADER = "X-Kong-Admin-Marker"
# Plugins for everything that let a plain GET pass. Any other could answer before the marker does.
_LET_PASS = frozenset(
    {
        "correlation-id", "cors", "prometheus", "opentelemetry", "zipkin", "request-size-limiting",
        "file-log", "http-log", "tcp-log", "udp-log", "syslog", "datadog", "statsd", "loggly",
        "request-transformer", "response-transformer",
    }
)  # fmt: skip
# More than one waits for. Below that a limit could answer for the marker.
_PLENTY = 1000
_WINDOWS = ("second", "minute", "hour", "day", "month", "year")


def can_be_seen(state: State, node: Node) -> bool:
    """Whether a marker in this state would answer for itself."""
    everywhere = [
        plugin for plugin in state.plugins if plugin.enabled and not any(plugin.identity[1:])
    ]
    return ANSWERING in (node.plugins or ()) and all(map(_lets_pass, everywhere))


def _lets_pass(plugin: Plugin) -> bool:
    if plugin.name == "rate-limiting":
        limits = [(plugin.config or {}).get(window) for window in _WINDOWS]
        return all(limit >= _PLENTY for limit in limits if isinstance(limit, int | float))
    return plugin.name in _LET_PASS


@contextmanager
def marker(writer: Writer, *, select_tag: str) -> Iterator[Probe]:
    """A marker for as long as it is waited for. One that a crash leaves goes with the next sync."""
    token = uuid4().hex
    name = f"{MARKER_TAG}-{token}"
    tags = (select_tag, MARKER_TAG)
    # Path, method and header together outrank whatever else could match.
    route = Route(
        name=name, paths=(f"/{name}",), methods=("GET",), headers={_HEADER: [token]}, tags=tags
    )
    answer = Plugin(
        name=ANSWERING,
        route=Reference(name=name),
        config={"status_code": 200, "content_type": "text/plain", "body": token},
        tags=tags,
    )
    try:
        writer.write([Change(verb="create", entity=entity) for entity in (route, answer)])
        yield Probe(route=name, path=f"/{name}", headers=((_HEADER, token),), answer=token)
    finally:
        # Its plugin goes with it.
        writer.write([Change(verb="delete", entity=route, live=route)])
