"""opentelemetry and file-log: what the listener traces and writes down for some routes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from embedded_gateway.access_log import plugin_log
from embedded_gateway.compile_plugins import config_of
from embedded_gateway.envoy_types import Json, seconds, socket_address, typed
from embedded_gateway.models import Plugin
from embedded_gateway.plugin_telemetry import FileLog, OpenTelemetry
from embedded_gateway.state import State

_TRACER = "envoy.config.trace.v3.OpenTelemetryConfig"


@dataclass(frozen=True, slots=True, kw_only=True)
class Telemetry:
    """What stands in the listener itself: a change of it drains kept connections, gracefully."""

    tracing: Json = field(default_factory=dict)
    logs: list[Json] = field(default_factory=list)
    clusters: dict[str, Json] = field(default_factory=dict)


def compile_telemetry(state: State) -> Telemetry:
    """At most one tracer, and one log for each file-log plugin."""
    found = [plugin for plugin in state.plugins.values() if plugin.enabled]
    tracers = [plugin for plugin in found if plugin.name == "opentelemetry"]
    logs = [_log(state, plugin) for plugin in found if plugin.name == "file-log"]
    if not tracers:
        return Telemetry(logs=logs)
    config: Any = config_of(tracers[0])
    return Telemetry(tracing=_tracing(config), logs=logs, clusters={"otlp": _cluster(config)})


def _log(state: State, plugin: Plugin) -> Json:
    config: Any = config_of(plugin)
    assert isinstance(config, FileLog)  # noqa: S101 - narrows the type, checks nothing
    return plugin_log(config.path, routes=None if _is_global(plugin) else _routes(state, plugin))


def _is_global(plugin: Plugin) -> bool:
    return plugin.service is None and plugin.route is None


def _routes(state: State, plugin: Plugin) -> Iterable[tuple[str, str]]:
    return [*_scoped(state, plugin)]


def _scoped(state: State, plugin: Plugin) -> Iterator[tuple[str, str]]:
    for route in state.routes.values():
        service = state.services.get(route.service.id) if route.service else None
        if any(found.id == plugin.id for found in state.plugins_at(service=service, route=route)):
            yield (service.name or service.id) if service else "", route.name or route.id


def _tracing(config: OpenTelemetry) -> Json:
    share = 1.0 if config.sampling_rate is None else config.sampling_rate
    service = (config.resource_attributes or {}).get("service.name", "kong")
    target = {
        "uri": config.traces_endpoint,
        "cluster": "otlp",
        "timeout": seconds(config.read_timeout),
    }
    added = [
        {"header": {"key": name, "value": value}} for name, value in (config.headers or {}).items()
    ]
    http = {"http_uri": target, **({"request_headers_to_add": added} if added else {})}
    tracer = typed(_TRACER, http_service=http, service_name=service)
    return {
        "provider": {"name": "envoy.tracers.opentelemetry", "typed_config": tracer},
        "random_sampling": {"value": share * 100},
        "spawn_upstream_span": True,
    }


def _cluster(config: OpenTelemetry) -> Json:
    endpoint = config.endpoint
    address = socket_address(str(endpoint.hostname), endpoint.port or 80)
    members = [{"lb_endpoints": [{"endpoint": {"address": address}}]}]
    return {
        "name": "otlp",
        "type": "STRICT_DNS",
        "connect_timeout": seconds(config.connect_timeout),
        "load_assignment": {"cluster_name": "otlp", "endpoints": members},
    }
