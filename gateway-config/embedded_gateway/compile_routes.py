"""Kong's routes become one ordered Envoy route table: the first entry that matches wins."""

from collections.abc import Iterator
from typing import Any

from embedded_gateway.callers import Callers
from embedded_gateway.compile_clusters import cluster_name, host_header
from embedded_gateway.compile_hashing import hash_policy
from embedded_gateway.compile_limits import switched_off
from embedded_gateway.compile_plugins import Plan, compile_chain
from embedded_gateway.envoy_types import APPEND, SET, Json, header, seconds, typed
from embedded_gateway.filters import INTERNAL
from embedded_gateway.match import Match, matches_of
from embedded_gateway.models import Route, Service, Upstream
from embedded_gateway.state import State

# None of these has put a byte of the request on the wire.
_RETRY_ON = "connect-failure,refused-stream,reset-before-request"
# What may be sent twice may also be sent again after a reset. Envoy adds what this header says to
# the policy of the entry, so that one entry serves all methods.
_IDEMPOTENT = "['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'TRACE']"
_RETRY_ON_RESET = header(
    "x-envoy-retry-on", f"%CEL(request.method in {_IDEMPOTENT} ? 'reset' : '')%"
)
_NO_SERVICE = {
    "status": 503,
    "body": {"inline_string": "no Service found with those values"},
}
_PREFLIGHT = (
    {"name": ":method", "string_match": {"exact": "OPTIONS"}},
    {"name": "origin", "present_match": True},
    {"name": "access-control-request-method", "present_match": True},
)
_PREVIOUS_HOSTS = "envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate"


def compile_routes(state: State) -> Json:
    """The whole table, with Kong's 404 as its last entry."""
    upstreams = {upstream.name: upstream for upstream in state.upstreams.values()}
    callers = Callers.of(state)
    entries: list[Json] = []
    for match in _in_order(state):
        service = _service_of(state, match.route)
        if service is None or service.enabled:
            plugins = state.plugins_at(service=service, route=match.route)
            plan = compile_chain(plugins, callers, service=service.id if service else "none")
            upstream = upstreams.get(service.host) if service else None
            entries += _entries(match, service, upstream, plan)
    entries.append(_not_found(state))
    # What all entries have in common stands here once: Envoy compiles every header of every entry.
    host: Json = {
        "name": "all",
        "domains": ["*"],
        "routes": entries,
        "request_headers_to_add": [*_forwarded(), _RETRY_ON_RESET],
        "request_headers_to_remove": ["x-envoy-external-address", *INTERNAL],
        "response_headers_to_add": [header("X-Kong-Request-Id", "%REQ(X-REQUEST-ID)%")],
        "typed_per_filter_config": switched_off(),
    }
    return {"name": "main", "virtual_hosts": [host], "max_direct_response_body_size_bytes": 65536}


def _in_order(state: State) -> list[Match]:
    found = [match for route in state.routes.values() for match in matches_of(route)]
    return sorted(found, key=lambda match: match.priority)


def _service_of(state: State, route: Route) -> Service | None:
    return state.services[route.service.id] if route.service else None


def _entries(
    match: Match, service: Service | None, upstream: Upstream | None, plan: Plan
) -> Iterator[Json]:
    route = match.route
    service_label = (service.name or service.id) if service else ""
    route_label = route.name or route.id
    named: Json = {
        "name": f"{service_label}|{route_label}",
        "metadata": _metadata(service_label, route_label),
    }
    if plan.preflight is not None:
        asked = {**match.envoy, "headers": [*match.envoy.get("headers", []), *_PREFLIGHT]}
        answer = {"status": 200, "body": {"inline_string": ""}}
        yield {**named, "match": asked, "direct_response": answer, **plan.per_filter_of_preflight}
    named["match"] = match.envoy
    if plan.termination is not None or service is None:
        answer = plan.termination or _NO_SERVICE
        yield {**named, "direct_response": answer, **plan.per_filter}
        return
    yield _proxied(
        {**named, **_headers_of(match), **plan.per_filter}, match, service, upstream, plan
    )


def _headers_of(match: Match) -> Json:
    found: Json = {"response_headers_to_add": _response_headers()}
    if match.prefix:
        found["request_headers_to_add"] = [header("X-Forwarded-Prefix", match.prefix)]
    return found


def _proxied(
    entry: Json, match: Match, service: Service, upstream: Upstream | None, plan: Plan
) -> Json:
    action = _action(match, service, upstream)
    if plan.rate_limits:
        action["rate_limits"] = plan.rate_limits
    return {**entry, "route": action}


def _action(match: Match, service: Service, upstream: Upstream | None) -> Json:
    action: Json = {
        "cluster": cluster_name(service),
        "timeout": "0s",
        "idle_timeout": "0s",
        "retry_policy": _retry_policy(service),
        **_host_rewrite(match.route, service, upstream),
        **hash_policy(upstream),
    }
    rewrite = match.rewrite(service.path)
    return {**action, "regex_rewrite": rewrite} if rewrite else action


def _retry_policy(service: Service) -> Json:
    predicate = {
        "name": "envoy.retry_host_predicates.previous_hosts",
        "typed_config": typed(_PREVIOUS_HOSTS),
    }
    return {
        "retry_on": _RETRY_ON,
        "num_retries": service.retries,
        # Kong's read_timeout is between two reads, not for the whole answer.
        "per_try_idle_timeout": seconds(service.read_timeout),
        "retry_back_off": {"base_interval": "0.001s", "max_interval": "0.01s"},
        "retry_host_predicate": [predicate],
        "host_selection_retry_max_attempts": 5,
    }


def _host_rewrite(route: Route, service: Service, upstream: Upstream | None) -> Json:
    if route.preserve_host:
        return {}
    if upstream is None:
        return {"host_rewrite_literal": host_header(service.host, service.port)}
    if upstream.host_header:
        return {"host_rewrite_literal": upstream.host_header}
    return {"auto_host_rewrite": True}  # the name of the target that was chosen, as Kong


def _forwarded() -> list[Json]:
    """Kong trusts nobody's X-Forwarded-* by default, except to append to X-Forwarded-For."""
    client = "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%"
    return [
        header("X-Forwarded-For", client, APPEND),
        header("X-Forwarded-Host", "%REQ(:AUTHORITY)%"),
        header("X-Forwarded-Port", "%DOWNSTREAM_LOCAL_PORT%"),
        header("X-Forwarded-Path", "%PATH(NQ)%"),
        header("X-Real-IP", client),
        header("X-Kong-Request-Id", "%REQ(X-REQUEST-ID)%"),
    ]


def _response_headers() -> list[Json]:
    return [
        header("X-Kong-Upstream-Latency", "%COMMON_DURATION(US_TX_END:US_RX_BEG:ms)%"),
        header("X-Kong-Proxy-Latency", "%COMMON_DURATION(DS_RX_BEG:US_TX_BEG:ms)%"),
        header("Via", "1.1 embedded-gateway", SET),
    ]


def _not_found(state: State) -> Json:
    """Kong answers before it runs plugins; the correlation id is worth more than that likeness."""
    everywhere = state.plugins_at(service=None, route=None)
    shown = [plugin for plugin in everywhere if plugin.name == "correlation-id"]
    chain = compile_chain(shown, Callers(), service="none").per_filter
    return {
        "name": "no-route",
        "match": {"prefix": "/"},
        "metadata": _metadata("", ""),
        "direct_response": {"status": 404},
        **chain,
    }


def _metadata(service: str, route: str) -> dict[str, Any]:
    return {"filter_metadata": {"kong": {"service": service, "route": route}}}
