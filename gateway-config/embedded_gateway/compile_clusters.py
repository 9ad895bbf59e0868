"""A Kong service becomes a cluster, an upstream's targets become its weighted endpoints."""

from collections.abc import Mapping, Sequence

from embedded_gateway.compile_hashing import lb_policy
from embedded_gateway.compile_passive import bad_answers, ejection
from embedded_gateway.envoy_types import Json, file_source, seconds, socket_address, typed
from embedded_gateway.healthchecks import Active, Passive
from embedded_gateway.models import Service, Target, Upstream

# Below the keep-alive of every backend (gunicorn's default is 2 s): an idle connection is closed
# by Envoy, never by the backend under a request that was just put on it. A connection of its own
# for every write would be safe too, and costs a third of the throughput; 28 000 POSTs over 13
# reloads of the backend showed no need for it.
_IDLE_TIMEOUT = "1s"
_HTTP = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
_NO_LIMIT = 100000


def cluster_name(service: Service) -> str:
    """One cluster per service: timeouts are the service's, and clusters hold them."""
    return f"svc.{service.name or service.id}"


def compile_cluster(service: Service, upstream: Upstream | None) -> Json:
    """By its upstream's targets, or by the name of its host where no upstream has that name."""
    cluster: Json = {
        "name": cluster_name(service),
        "connect_timeout": seconds(service.connect_timeout),
        # Panic mode would send requests to targets known to be dead; Kong answers 503.
        # The merge window would delay health changes by a second.
        "common_lb_config": {
            "healthy_panic_threshold": {"value": 0},
            "update_merge_window": "0s",
        },
        "circuit_breakers": {"thresholds": [_no_breaker()]},
        "typed_extension_protocol_options": {_HTTP: _http_options(upstream)},
        **lb_policy(upstream),
    }
    if upstream is None:
        return {**cluster, **_by_dns(service)}
    return {**cluster, **_by_endpoints(upstream)}


def compile_endpoints(
    upstream: Upstream, targets: Sequence[Target], *, addresses: Mapping[str, tuple[str, ...]]
) -> Json:
    """Every target at every address of its name, with its weight."""
    endpoints = [
        _endpoint(upstream, target, address)
        for target in targets
        for address in addresses.get(target.address[0], (target.address[0],))
    ]
    return {"cluster_name": upstream.name, "endpoints": [{"lb_endpoints": endpoints}]}


def host_header(host: str, port: int) -> str:
    """Kong names the port only where it is not the protocol's own."""
    bare = f"[{host}]" if ":" in host else host
    return bare if port == 80 else f"{bare}:{port}"


def _endpoint(upstream: Upstream, target: Target, address: str) -> Json:
    host, port = target.address
    endpoint: Json = {
        "endpoint": {
            "address": socket_address(address, port),
            "hostname": host_header(host, port),
            "health_check_config": {"hostname": upstream.host_header or host_header(host, port)},
        },
        "load_balancing_weight": max(target.weight, 1),
        # For file-log: of a connection that was never made Envoy's log knows no address.
        "metadata": {"filter_metadata": {"kong": {"ip": address, "port": port}}},
    }
    if target.weight == 0:
        # Not left out: a host that comes back would wait for its first health check.
        endpoint["health_status"] = "DRAINING"
    return endpoint


def _no_breaker() -> Json:
    return {
        "priority": "DEFAULT",
        "max_connections": _NO_LIMIT,
        "max_pending_requests": _NO_LIMIT,
        "max_requests": _NO_LIMIT,
        "max_retries": _NO_LIMIT,
    }


def _http_options(upstream: Upstream | None) -> Json:
    options = typed(
        _HTTP,
        explicit_http_config={"http_protocol_options": {}},
        common_http_protocol_options={"idle_timeout": _IDLE_TIMEOUT},
    )
    passive = upstream.healthchecks.passive if upstream else Passive()
    if passive.is_on:
        options["outlier_detection"] = bad_answers(passive)
    return options


def _by_dns(service: Service) -> Json:
    address = {"endpoint": {"address": socket_address(service.host, service.port)}}
    return {
        "type": "STRICT_DNS",
        "dns_lookup_family": "V4_PREFERRED",
        "load_assignment": {
            "cluster_name": cluster_name(service),
            "endpoints": [{"lb_endpoints": [address]}],
        },
    }


def _by_endpoints(upstream: Upstream) -> Json:
    source = file_source(f"eds/{upstream.name}.json")
    cluster: Json = {
        "type": "EDS",
        "eds_cluster_config": {"service_name": upstream.name, "eds_config": source},
        # Else a removed target keeps its traffic as long as it passes its checks.
        "ignore_health_on_host_removal": True,
    }
    active = upstream.healthchecks.active
    if active.is_on:
        cluster["health_checks"] = [_health_check(active)]
    if upstream.healthchecks.passive.is_on:
        cluster["outlier_detection"] = ejection(upstream.healthchecks.passive)
    return cluster


def _health_check(active: Active) -> Json:
    healthy, unhealthy = f"{active.healthy.interval}s", f"{active.unhealthy.interval}s"
    return {
        "timeout": f"{active.timeout}s",
        "interval": healthy,
        "unhealthy_interval": unhealthy,
        # Before the first request Envoy would check only once a minute.
        "no_traffic_interval": unhealthy,
        "no_traffic_healthy_interval": healthy,
        "healthy_threshold": active.healthy.successes,
        "unhealthy_threshold": active.unhealthy.threshold,
        "http_health_check": {
            "path": active.http_path,
            "expected_statuses": [
                {"start": status, "end": status + 1} for status in active.healthy.http_statuses
            ],
            # Else one bad answer ejects at once and the threshold is ignored.
            "retriable_statuses": [{"start": 100, "end": 600}],
        },
    }
