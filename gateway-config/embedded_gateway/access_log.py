"""What is written down for each request: the gateway's own log, and Kong's file-log."""

from collections.abc import Iterable

from embedded_gateway.envoy_types import Json, typed

ACCESS_LOG = "../log/gateway-access.jsonl"
_FILE = "envoy.extensions.access_loggers.file.v3.FileAccessLog"
_CEL = "envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter"
_SERVICE, _ROUTE = "%METADATA(ROUTE:kong:service)%", "%METADATA(ROUTE:kong:route)%"
_CLIENT = "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%"
_PATH = "%REQ(X-FORWARDED-PATH?:PATH)%"
_TRIED = {"ip": "%UPSTREAM_METADATA(kong:ip)%", "port": "%UPSTREAM_METADATA(kong:port)%"}
_UPSTREAM_MS = "%COMMON_DURATION(US_TX_END:US_RX_BEG:ms)%"
_KONG_MS = "%COMMON_DURATION(DS_RX_BEG:US_TX_BEG:ms)%"


def own_log() -> Json:
    """Always on."""
    return _file(
        ACCESS_LOG,
        {
            "started_at": "%START_TIME(%Y-%m-%dT%H:%M:%S.%3fZ)%",
            "client_ip": _CLIENT,
            "method": "%REQ(:METHOD)%",
            "path": _PATH,
            "status": "%RESPONSE_CODE%",
            "service": _SERVICE,
            "route": _ROUTE,
            "consumer": "%REQ(X-CONSUMER-USERNAME)%",
            "upstream": "%UPSTREAM_HOST%",
            "served_by": "%RESP(X-SERVED-BY)%",
            "correlation_id": "%RESP(X-CORRELATION-ID)%",
            "duration_ms": "%DURATION%",
            "upstream_ms": _UPSTREAM_MS,
            "bytes_received": "%BYTES_RECEIVED%",
            "bytes_sent": "%BYTES_SENT%",
            "attempts": "%UPSTREAM_REQUEST_ATTEMPT_COUNT%",
            "flags": "%RESPONSE_FLAGS%",
            "details": "%RESPONSE_CODE_DETAILS%",
        },
    )


def plugin_log(path: str, *, routes: Iterable[tuple[str, str]] | None) -> Json:
    """Kong's format, as far as Envoy knows the facts; of all routes, or of those that are named."""
    log = _file(
        path,
        {
            "started_at": "%START_TIME(%s%3f)%",
            "client_ip": _CLIENT,
            "request": {
                "method": "%REQ(:METHOD)%",
                "uri": _PATH,
                "size": "%BYTES_RECEIVED%",
                "id": "%REQ(X-REQUEST-ID)%",
            },
            "response": {"status": "%RESPONSE_CODE%", "size": "%BYTES_SENT%"},
            "service": {"name": _SERVICE},
            "route": {"name": _ROUTE},
            "consumer": {"username": "%REQ(X-CONSUMER-USERNAME)%"},
            # Kong lists every try; here it is the last one, whose answer the client got.
            "tries": [_TRIED],
            "latencies": {"request": "%DURATION%", "proxy": _UPSTREAM_MS, "kong": _KONG_MS},
        },
    )
    if routes is None:
        return log
    names = [f"'{service}|{route}'" for service, route in routes]
    named = typed(_CEL, expression=f"xds.route_name in [{', '.join(names)}]")
    return {**log, "filter": {"extension_filter": {"name": "cel", "typed_config": named}}}


def _file(path: str, fields: Json) -> Json:
    config = typed(_FILE, path=path, log_format={"json_format": fields})
    return {"name": "envoy.access_loggers.file", "typed_config": config}
