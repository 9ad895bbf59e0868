"""A route's plugins become a filter chain of its own, in the order in which Kong runs them."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from embedded_gateway import compile_auth, compile_headers, compile_limits
from embedded_gateway.callers import Callers
from embedded_gateway.envoy_types import FILTERS, Json, typed
from embedded_gateway.models import Plugin
from embedded_gateway.plugin_config import PluginConfig
from embedded_gateway.plugin_traffic import RateLimiting
from embedded_gateway.plugins import OFFERED, PRIORITY

_CHAIN = "envoy.filters.http.filter_chain"
_CHAIN_PER_ROUTE = FILTERS + "filter_chain.v3.FilterChainConfigPerRoute"
_AUTHENTICATION = frozenset({"jwt", "key-auth"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a filter may have to know of the route it is made for."""

    callers: Callers
    authenticated: bool
    service: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a route's plugins ask of its entry in the route table.

    * `filters`: the chain of every request. `preflight`: that of a browser's question before it.
    * `termination`: the answer that takes the service's place.
    * `rate_limits`, `switches`: which counters of the listener count here.
    """

    filters: list[Json] = field(default_factory=list)
    preflight: list[Json] | None = None
    termination: Json | None = None
    rate_limits: list[Json] = field(default_factory=list)
    switches: Json = field(default_factory=dict)

    @property
    def per_filter(self) -> Json:
        """The entry's `typed_per_filter_config`."""
        return _per_filter(self.filters, self.switches)

    @property
    def per_filter_of_preflight(self) -> Json:
        """The same for the entry that answers preflights."""
        return _per_filter(self.preflight or [], {})


def compile_chain(plugins: Iterable[Plugin], callers: Callers, *, service: str) -> Plan:
    """What the plugins of one route ask for."""
    ordered = sorted(plugins, key=lambda plugin: -PRIORITY[plugin.name])
    known = any(plugin.name in _AUTHENTICATION for plugin in ordered)
    scope = Scope(callers=callers, authenticated=known, service=service)
    found: dict[str, Any] = {"filters": []}
    for plugin in ordered:
        config: Any = config_of(plugin)
        if plugin.name == "cors":
            found["preflight"] = [*found["filters"], *compile_headers.preflight(config)]
        if plugin.name == "rate-limiting":
            found["rate_limits"] = compile_limits.actions(plugin, config)
            found["switches"] = compile_limits.switched_on(config)
        if plugin.name == "request-termination":
            mark, found["termination"] = compile_headers.termination(config)
            found["filters"] += mark
        if plugin.name in _FILTERS:
            found["filters"] += _FILTERS[plugin.name](config, scope)
    return Plan(**found)


def limits_of(plugins: Iterable[Plugin]) -> dict[str, dict[str, int]]:
    """What each rate-limiting plugin counts up to: by id, then by window."""
    found = {plugin.id: config_of(plugin) for plugin in plugins if plugin.enabled}
    return {key: config.limits for key, config in found.items() if isinstance(config, RateLimiting)}


def config_of(plugin: Plugin) -> PluginConfig:
    """The plugin's configuration as its type; it was checked when it was stored."""
    return _read(plugin.name, json.dumps(plugin.config, sort_keys=True))


@lru_cache(maxsize=4096)
def _read(name: str, text: str) -> PluginConfig:
    return OFFERED[name].model_validate_json(text)


# What is not here has no filter: the listener counts, traces and writes logs.
_FILTERS: Mapping[str, Callable[[Any, Scope], list[Json]]] = {
    "correlation-id": lambda config, _: compile_headers.correlation_id(config),
    "cors": lambda config, _: compile_headers.cors(config),
    "jwt": lambda config, scope: compile_auth.jwt(config, scope.callers),
    "key-auth": lambda config, scope: compile_auth.key_auth(config, scope.callers),
    "acl": lambda config, scope: compile_auth.acl(
        config, scope.callers, authenticated=scope.authenticated
    ),
    "ip-restriction": lambda config, _: compile_auth.ip_restriction(config),
    "request-size-limiting": lambda config, _: compile_limits.request_size(config),
    "rate-limiting": lambda config, scope: compile_limits.rate_limiting(
        config, authenticated=scope.authenticated, service=scope.service
    ),
    "request-transformer": lambda config, _: compile_headers.request_transformer(config),
    "response-transformer": lambda config, _: compile_headers.response_transformer(config),
}


def _per_filter(filters: list[Json], switches: Json) -> Json:
    chain = typed(_CHAIN_PER_ROUTE, filter_chain={"filters": filters})
    config = {_CHAIN: chain, **switches} if filters else switches
    return {"typed_per_filter_config": config} if config else {}
