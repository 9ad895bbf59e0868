"""Entities to Envoy resources: pure, so that a change is known to be good before it is stored."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from embedded_gateway.compile_clusters import compile_cluster, compile_endpoints
from embedded_gateway.compile_routes import compile_routes
from embedded_gateway.envoy_types import CLUSTER, ENDPOINTS, ROUTES, Json, discovery
from embedded_gateway.models import Upstream
from embedded_gateway.state import State
from embedded_gateway.values import is_ip

Addresses = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """What Envoy is told: endpoints by upstream name, clusters by name, and the route table."""

    endpoints: Mapping[str, Json]
    clusters: Mapping[str, Json]
    routes: Json

    def users_of(self, upstream: str) -> list[str]:
        """The clusters that read the endpoints of one upstream."""
        return [
            name
            for name, cluster in self.clusters.items()
            if cluster.get("eds_cluster_config", {}).get("service_name") == upstream
        ]


def compile_state(
    state: State,
    *,
    addresses: Addresses,
    previous: Compiled | None = None,
    before: State | None = None,
) -> Compiled:
    """With the previous result at hand only what a change can touch is compiled anew."""
    if previous and before and _same_routing(state, before):
        return Compiled(
            endpoints=_endpoints(state, addresses),
            clusters=previous.clusters,
            routes=previous.routes,
        )
    upstreams = _by_name(state)
    clusters = [
        compile_cluster(service, upstreams.get(service.host))
        for service in state.services.values()
        if service.enabled
    ]
    return Compiled(
        endpoints=_endpoints(state, addresses),
        clusters={cluster["name"]: cluster for cluster in clusters},
        routes=compile_routes(state),
    )


def names_to_resolve(state: State) -> set[str]:
    """Hosts of targets that are not addresses."""
    hosts = {target.address[0] for target in state.targets.values()}
    return {host for host in hosts if not is_ip(host)}


def cds(clusters: Mapping[str, Json]) -> Json:
    """The file of all clusters."""
    resources = [clusters[name] for name in sorted(clusters)]
    return discovery(CLUSTER, resources, version=version_of(resources))


def eds(endpoints: Json) -> Json:
    """The file of one upstream's endpoints."""
    return discovery(ENDPOINTS, [endpoints], version=version_of(endpoints))


def rds(routes: Json) -> Json:
    """The file of all routes."""
    return discovery(ROUTES, [routes], version=version_of(routes))


def version_of(resource: object) -> str:
    """A hash of the content: writing the same again changes nothing, here or in Envoy."""
    text = json.dumps(resource, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _same_routing(state: State, before: State) -> bool:
    kinds = ("services", "routes", "plugins", "upstreams")
    return all(state.of(kind) is before.of(kind) for kind in kinds)


def _by_name(state: State) -> dict[str, Upstream]:
    return {upstream.name: upstream for upstream in state.upstreams.values()}


def _endpoints(state: State, addresses: Addresses) -> dict[str, Json]:
    return {
        upstream.name: compile_endpoints(
            upstream, state.targets_of(upstream.id), addresses=addresses
        )
        for upstream in state.upstreams.values()
    }
