"""Entities to Envoy resources: pure, so that a change is known to be good before it is stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from embedded_gateway.compile_clusters import compile_cluster, compile_endpoints
from embedded_gateway.compile_limits import counters
from embedded_gateway.compile_plugins import limits_of
from embedded_gateway.compile_routes import compile_routes
from embedded_gateway.compile_telemetry import Telemetry, compile_telemetry
from embedded_gateway.envoy_types import CLUSTER, ENDPOINTS, ROUTES, Json, discovery, version_of
from embedded_gateway.models import Upstream
from embedded_gateway.state import KINDS, State
from embedded_gateway.values import is_ip

Addresses = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """What Envoy is told: endpoints by upstream name, clusters by name, and the route table."""

    endpoints: Mapping[str, Json]
    clusters: Mapping[str, Json]
    routes: Json
    counters: Mapping[str, Json] = field(default_factory=dict)
    telemetry: Telemetry = field(default_factory=Telemetry)

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
            counters=previous.counters,
            telemetry=previous.telemetry,
        )
    upstreams = _by_name(state)
    clusters = [
        compile_cluster(service, upstreams.get(service.host))
        for service in state.services.values()
        if service.enabled
    ]
    telemetry = compile_telemetry(state)
    return Compiled(
        endpoints=_endpoints(state, addresses),
        clusters={cluster["name"]: cluster for cluster in clusters} | telemetry.clusters,
        routes=compile_routes(state),
        counters=counters(limits_of(state.plugins.values())),
        telemetry=telemetry,
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


def _same_routing(state: State, before: State) -> bool:
    return all(state.of(kind) is before.of(kind) for kind in KINDS if kind != "targets")


def _by_name(state: State) -> dict[str, Upstream]:
    return {upstream.name: upstream for upstream in state.upstreams.values()}


def _endpoints(state: State, addresses: Addresses) -> dict[str, Json]:
    return {
        upstream.name: compile_endpoints(
            upstream, state.targets_of(upstream.id), addresses=addresses
        )
        for upstream in state.upstreams.values()
    }
