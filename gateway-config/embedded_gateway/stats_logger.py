"""Envoy counts by Kong's names: a stats access logger tagged with service and route."""

from typing import Any

from embedded_gateway.envoy_types import Json, typed

_STATS = "envoy.extensions.access_loggers.stats.v3.Config"
_CEL = "envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter"
_UPSTREAM_MS = "%COMMON_DURATION(US_TX_END:US_RX_BEG:ms)%"
_KONG_MS = "%COMMON_DURATION(DS_RX_BEG:US_TX_BEG:ms)%"
_IN = "%BYTES_RECEIVED%"
_OUT = "%BYTES_SENT%"
_SCOPE = [
    {"name": "service", "value_format": "%METADATA(ROUTE:kong:service)%"},
    {"name": "route", "value_format": "%METADATA(ROUTE:kong:route)%"},
]
# Whether the backend answered, or the gateway by itself.
_SOURCE = {
    "name": "source",
    "value_format": "%CEL(response.code_details == 'via_upstream' ? 'service' : 'exit')%",
}


def stats_loggers() -> list[Json]:
    """Two: one for all requests, one for those that reached a backend."""
    code = {"name": "code", "value_format": "%RESPONSE_CODE%"}
    consumer = {"name": "consumer", "value_format": "%REQ(X-CONSUMER-USERNAME)%"}
    everything = _logger(
        counters=[
            {"stat": _stat("http_requests_total", code, _SOURCE, consumer), "value_fixed": 1},
            {"stat": _stat("bandwidth_bytes", _direction("ingress")), "value_format": _IN},
            {"stat": _stat("bandwidth_bytes", _direction("egress")), "value_format": _OUT},
        ],
        histograms=[_milliseconds("request_latency_ms", "%DURATION%")],
    )
    # A local answer has no upstream and would write an error line for each of these.
    proxied = _logger(
        histograms=[
            _milliseconds("upstream_latency_ms", _UPSTREAM_MS),
            _milliseconds("kong_latency_ms", _KONG_MS),
        ]
    )
    reached = {"name": "cel", "typed_config": typed(_CEL, expression="has(upstream.address)")}
    return [everything, {**proxied, "filter": {"extension_filter": reached}}]


def _logger(**stats: Any) -> Json:
    return {
        "name": "envoy.access_loggers.stats",
        "typed_config": typed(_STATS, stat_prefix="kong", **stats),
    }


def _stat(name: str, *tags: Json) -> Json:
    return {"name": name, "tags": [*_SCOPE, *tags]}


def _direction(name: str) -> Json:
    return {"name": "direction", "value_format": name}


def _milliseconds(name: str, value: str) -> Json:
    return {"stat": _stat(name), "unit": "Milliseconds", "value_format": value}
