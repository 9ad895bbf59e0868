"""A route that is made after the changes, to see at the proxy when they are in force.

Kong's workers rebuild their routes and their plugins from all that is stored. A worker that answers
for the marker, which is stored last, has therefore taken in every change before it: also a deleted
route, a changed plugin, and a route behind a catch-all, which no other request could show.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from kong_admin.client import KongAdmin
from kong_admin.entities import Plugin, Route
from kong_admin.entity import Reference
from kong_admin.node import Node
from kong_admin.proxy import Probe
from kong_admin.state import State

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


def can_be_seen(state: State, node: Node) -> bool:
    """Whether a marker in this state would answer for itself."""
    everywhere = {
        plugin.name for plugin in state.plugins if plugin.enabled and not any(plugin.identity[1:])
    }
    return node.is_writable and ANSWERING in (node.plugins or ()) and everywhere <= _LET_PASS


@contextmanager
def marker(admin: KongAdmin, *, select_tag: str) -> Iterator[Probe]:
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
        admin.routes.put(name, route)
        admin.plugins.create(answer)
        yield Probe(route=name, path=f"/{name}", headers=((_HEADER, token),), answer=token)
    finally:
        # Its plugin goes with it.
        admin.routes.delete(name)
