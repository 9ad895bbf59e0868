"""What never changes while Envoy runs: the bootstrap and the one listener."""

from typing import Any

from embedded_gateway.envoy_types import (
    FILTERS,
    LISTENER,
    Json,
    discovery,
    file_source,
    socket_address,
    typed,
)
from embedded_gateway.stats_logger import stats_loggers

# Relative to Envoy's working directory: a unix socket's path may not exceed 107 characters.
ADMIN_SOCKET = "admin.sock"
ACCESS_LOG = "../log/gateway-access.jsonl"
STAT_PREFIX = "ingress"

_MANAGER = "envoy.filters.network.http_connection_manager"
_MANAGER_TYPE = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
_BUCKETS = [1, 2, 5, 7, 10, 15, 20, 30, 50, 75, 100, 200, 500, 750, 1000, 3000, 6000]
_BAD_UPSTREAM = "An invalid response was received from the upstream server"


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


def lds(*, host: str, port: int) -> Json:
    """The file with the one listener, which takes its routes from another file."""
    manager = connection_manager()
    manager["rds"] = {"route_config_name": "main", "config_source": file_source("rds/main.json")}
    return discovery(LISTENER, [listener(manager, host=host, port=port)], version=f"{host}:{port}")


def listener(manager: Json, *, host: str, port: int) -> Json:
    """One address, plain HTTP, whatever the manager does."""
    return {
        "name": "proxy",
        "address": socket_address(host, port),
        # Else a second gateway would silently take half of the connections.
        "enable_reuse_port": False,
        "filter_chains": [{"filters": [{"name": _MANAGER, "typed_config": manager}]}],
    }


def connection_manager() -> Json:
    """Everything a request meets but its routes."""
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
        common_http_protocol_options={"idle_timeout": "60s"},
        stream_idle_timeout="0s",
        upgrade_configs=[{"upgrade_type": "websocket"}],
        local_reply_config=_local_replies(),
        access_log=[_access_log(), *stats_loggers()],
        http_filters=[
            _filter("filter_chain", FILTERS + "filter_chain.v3.FilterChainConfig"),
            _filter("router", FILTERS + "router.v3.Router", suppress_envoy_headers=True),
        ],
    )


def _filter(name: str, message: str, **fields: Any) -> Json:
    return {"name": f"envoy.filters.http.{name}", "typed_config": typed(message, **fields)}


def _local_replies() -> Json:
    no_peer = "failure to get a peer from the ring-balancer"
    return {
        "mappers": [
            _reply(400, "Bad request"),
            _reply(404, "no Route matched with those values"),
            _reply(408, "Request timeout"),
            _reply(431, "Request header or cookie too large"),
            _reply(503, no_peer, flags=["UH"]),
            _reply(503, _BAD_UPSTREAM, flags=["UF", "UC", "LR", "UR", "UPE"], becomes=502),
            _reply(503, "name resolution failed", flags=["NC", "DF"]),
            _reply(502, _BAD_UPSTREAM),
            _reply(504, "The upstream server is timing out"),
        ],
        # What has no text of Kong's: a request that Envoy itself could not read, and the like.
        "body_format": _body("%LOCAL_REPLY_BODY%"),
    }


def _reply(
    status: int, message: str, *, flags: list[str] | None = None, becomes: int | None = None
) -> Json:
    value = {"default_value": status, "runtime_key": "unused"}
    condition: Json = {"status_code_filter": {"comparison": {"op": "EQ", "value": value}}}
    if flags:
        by_flag = {"response_flag_filter": {"flags": flags}}
        condition = {"and_filter": {"filters": [condition, by_flag]}}
    mapper: Json = {"filter": condition, "body_format_override": _body(message)}
    return {**mapper, "status_code": becomes} if becomes else mapper


def _body(message: str) -> Json:
    return {
        "json_format": {"message": message, "request_id": "%REQ(X-REQUEST-ID)%"},
        "content_type": "application/json; charset=utf-8",
    }


def _access_log() -> Json:
    fields = {
        "started_at": "%START_TIME(%Y-%m-%dT%H:%M:%S.%3fZ)%",
        "client_ip": "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%",
        "method": "%REQ(:METHOD)%",
        "path": "%REQ(X-FORWARDED-PATH?:PATH)%",
        "status": "%RESPONSE_CODE%",
        "service": "%METADATA(ROUTE:kong:service)%",
        "route": "%METADATA(ROUTE:kong:route)%",
        "upstream": "%UPSTREAM_HOST%",
        "served_by": "%RESP(X-SERVED-BY)%",
        "correlation_id": "%RESP(X-CORRELATION-ID)%",
        "duration_ms": "%DURATION%",
        "upstream_ms": "%COMMON_DURATION(US_TX_END:US_RX_BEG:ms)%",
        "bytes_received": "%BYTES_RECEIVED%",
        "bytes_sent": "%BYTES_SENT%",
        "attempts": "%UPSTREAM_REQUEST_ATTEMPT_COUNT%",
        "flags": "%RESPONSE_FLAGS%",
        "details": "%RESPONSE_CODE_DETAILS%",
    }
    message = "envoy.extensions.access_loggers.file.v3.FileAccessLog"
    config = typed(message, path=ACCESS_LOG, log_format={"json_format": fields})
    return {"name": "envoy.access_loggers.file", "typed_config": config}
