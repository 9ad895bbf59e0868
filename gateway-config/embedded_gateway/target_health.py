"""Kong's `GET /upstreams/x/health`, told from what Envoy says of its hosts."""

from collections.abc import Mapping, Sequence
from typing import Any

from embedded_gateway.models import Target, Upstream

Hosts = Mapping[tuple[str, int], bool]


def hosts_of(
    clusters: Sequence[Mapping[str, Any]], names: Sequence[str]
) -> dict[tuple[str, int], bool]:
    """Each host and whether every cluster that knows it finds it healthy."""
    hosts: dict[tuple[str, int], bool] = {}
    for cluster in clusters:
        if cluster["name"] not in names:
            continue
        for host in cluster.get("host_statuses", []):
            address = host["address"]["socket_address"]
            key = (address["address"], address["port_value"])
            failed = host.get("health_status", {}).get("failed_active_health_check", False)
            hosts[key] = hosts.get(key, True) and not failed
    return hosts


def describe(upstream: Upstream, target: Target, hosts: Hosts, addresses: Sequence[str]) -> Any:
    """One element of `data`: the target, its verdict, and each address behind its name."""
    host, port = target.address
    verdicts = [
        _verdict(upstream, is_healthy=hosts.get((address, port), True)) for address in addresses
    ]
    available = sum(target.weight for verdict in verdicts if verdict != "UNHEALTHY")
    total = target.weight * len(verdicts)
    return {
        **target.wire(),
        "health": _overall(verdicts),
        "data": {
            "host": host,
            "port": port,
            "dns": "A",
            "nodeWeight": target.weight,
            "weight": {"total": total, "available": available, "unavailable": total - available},
            "addresses": [
                {"ip": address, "port": port, "weight": target.weight, "health": verdict}
                for address, verdict in zip(addresses, verdicts, strict=True)
            ],
        },
    }


def _verdict(upstream: Upstream, *, is_healthy: bool) -> str:
    if not upstream.healthchecks.active.is_on:
        return "HEALTHCHECKS_OFF"
    return "HEALTHY" if is_healthy else "UNHEALTHY"


def _overall(verdicts: Sequence[str]) -> str:
    if not verdicts:
        return "DNS_ERROR"
    return next((verdict for verdict in verdicts if verdict != "UNHEALTHY"), "UNHEALTHY")
