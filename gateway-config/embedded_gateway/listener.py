"""What never changes while Envoy runs: the bootstrap and the one listener."""

from typing import Any

from embedded_gateway.access_log import own_log
from embedded_gateway.compile_limits import listener_filters
from embedded_gateway.compile_telemetry import Telemetry
from embedded_gateway.envoy_types import (
    FILTERS,
    LISTENER,
    Json,
    discovery,
    file_source,
    socket_address,
    typed,
    version_of,
)
from embedded_gateway.filters import INTERNAL
from embedded_gateway.replies import local_replies
from embedded_gateway.stats_logger import stats_loggers

# Relative to Envoy's working directory: a unix socket's path may not exceed 107 characters.
ADMIN_SOCKET = "admin.sock"
STAT_PREFIX = "ingress"

_IDENTITY = (
    # The log has it before the path itself, and answers of our own are given before it is set.
    "x-forwarded-path",
    "x-consumer-id",
    "x-consumer-username",
    "x-consumer-custom-id",
    "x-consumer-groups",
    "x-credential-identifier",
    "x-anonymous-consumer",
    "x-authenticated-groups",
)
_PATIENCE = {
    "common_http_protocol_options": {"idle_timeout": "60s"},
    "stream_idle_timeout": "0s",
    # Bodies are passed on as they come: one who sends them slowly would hold a thread behind us.
    "request_headers_timeout": "10s",
    "request_timeout": "15s",
}
_MANAGER = "envoy.filters.network.http_connection_manager"
_MANAGER_TYPE = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
_BUCKETS = [1, 2, 5, 7, 10, 15, 20, 30, 50, 75, 100, 200, 500, 750, 1000, 3000, 6000]


def bootstrap() -> Json:
    """Envoy's start: where it listens for questions and which files it follows."""
    paths = [
        {"exact": "/ready"},
        {"exact": "/server_info"},
        {"prefix": "/stats"},
        {"prefix": "/clusters"},
        {"prefix": "/config_dump"},
    ]
    buckets = {"match": {"prefix": "kong."}, "buckets": _BUCKETS}
    return {
        "node": {"id": "embedded-gateway", "cluster": "embedded-gateway"},
        "admin": {
            "address": {"pipe": {"path": ADMIN_SOCKET, "mode": 0o600}},
            "allow_paths": paths,
        },
        "dynamic_resources": {
            "lds_config": file_source("lds.json"),
            "cds_config": file_source("cds.json"),
        },
        "stats_config": {"histogram_bucket_settings": [buckets]},
    }


def lds(listening: Json) -> Json:
    """The file with the one listener."""
    return discovery(LISTENER, [listening], version=version_of(listening))


def proxy(telemetry: Telemetry, *, host: str, port: int) -> Json:
    """The listener, which takes its routes and its counters from other files."""
    manager = connection_manager(telemetry)
    manager["rds"] = {"route_config_name": "main", "config_source": file_source("rds/main.json")}
    return listener(manager, host=host, port=port)


def listener(manager: Json, *, host: str, port: int) -> Json:
    """One address, plain HTTP, whatever the manager does."""
    return {
        "name": "proxy",
        "address": socket_address(host, port),
        # Else a second gateway would silently take half of the connections.
        "enable_reuse_port": False,
        "filter_chains": [{"filters": [{"name": _MANAGER, "typed_config": manager}]}],
    }


def connection_manager(telemetry: Telemetry, *, counters: dict[str, Json] | None = None) -> Json:
    """Everything a request meets but its routes; `counters` stand in the files otherwise."""
    tracing = {"tracing": telemetry.tracing} if telemetry.tracing else {}
    return typed(
        _MANAGER_TYPE,
        stat_prefix=STAT_PREFIX,
        codec_type="AUTO",
        generate_request_id=True,
        preserve_external_request_id=True,
        use_remote_address=True,
        # Envoy would append the machine's own address for loopback clients; the routes do it.
        skip_xff_append=True,
        server_header_transformation="PASS_THROUGH",
        # Else `/h/../t` matches `/t`.
        normalize_path=True,
        path_with_escaped_slashes_action="KEEP_UNCHANGED",
        **_PATIENCE,
        upgrade_configs=[{"upgrade_type": "websocket"}],
        early_header_mutation_extensions=[_spoofed()],
        local_reply_config=local_replies(),
        access_log=[own_log(), *telemetry.logs, *stats_loggers()],
        **tracing,
        http_filters=[
            _filter("filter_chain", FILTERS + "filter_chain.v3.FilterChainConfig"),
            *listener_filters(counters),
            _filter("router", FILTERS + "router.v3.Router", suppress_envoy_headers=True),
        ],
    )


def _spoofed() -> Json:
    """Who calls is for the gateway to say: what a client says of it goes no further."""
    message = "envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation"
    steps = [{"remove": name} for name in (*_IDENTITY, *INTERNAL)]
    return {"name": "identity", "typed_config": typed(message, mutations=steps)}


def _filter(name: str, message: str, **fields: Any) -> Json:
    return {"name": f"envoy.filters.http.{name}", "typed_config": typed(message, **fields)}
