"""Kong's balancing algorithms as Envoy's, and what consistent hashing hashes."""

from embedded_gateway.envoy_types import Json
from embedded_gateway.models import Upstream

_POLICIES = {
    "round-robin": "ROUND_ROBIN",
    "least-connections": "LEAST_REQUEST",
    "consistent-hashing": "RING_HASH",
}


def lb_policy(upstream: Upstream | None) -> Json:
    """A cluster's policy."""
    algorithm = upstream.algorithm if upstream else "round-robin"
    policy: Json = {"lb_policy": _POLICIES[algorithm]}
    if upstream and algorithm == "consistent-hashing":
        # Kong's slots are the points on its ring: the more, the nearer shares come to the weights.
        policy["ring_hash_lb_config"] = {"minimum_ring_size": upstream.slots}
    return policy


def hash_policy(upstream: Upstream | None) -> Json:
    """A route's; the fallback is asked only where the first finds nothing."""
    if upstream is None or upstream.algorithm != "consistent-hashing":
        return {}
    policies = []
    for kind, name in (
        (upstream.hash_on, upstream.hash_on_header or upstream.hash_on_query_arg),
        (upstream.hash_fallback, upstream.hash_fallback_header or upstream.hash_fallback_query_arg),
    ):
        if kind != "none":
            policies.append({**_policy(kind, name, upstream), "terminal": True})
    return {"hash_policy": policies}


def _policy(kind: str, name: str | None, upstream: Upstream) -> Json:
    if kind == "ip":
        return {"connection_properties": {"source_ip": True}}
    if kind == "query_arg":
        return {"query_parameter": {"name": name}}
    if kind == "cookie":
        # Envoy makes the cookie where there is none, as Kong does.
        path = upstream.hash_on_cookie_path
        return {"cookie": {"name": upstream.hash_on_cookie, "path": path, "ttl": "0s"}}
    header = {"consumer": "X-Consumer-ID", "path": ":path"}.get(kind, name)
    return {"header": {"header_name": header}}
