"""The plugins this gateway offers, and the order in which Kong runs them."""

from embedded_gateway.plugin_auth import Acl, IpRestriction, Jwt, KeyAuth
from embedded_gateway.plugin_config import PluginConfig
from embedded_gateway.plugin_headers import (
    CorrelationId,
    Cors,
    RequestTransformer,
    ResponseTransformer,
)
from embedded_gateway.plugin_telemetry import FileLog, OpenTelemetry, Prometheus
from embedded_gateway.plugin_traffic import RateLimiting, RequestSizeLimiting, RequestTermination

OFFERED: dict[str, type[PluginConfig]] = {
    "acl": Acl,
    "correlation-id": CorrelationId,
    "cors": Cors,
    "file-log": FileLog,
    "ip-restriction": IpRestriction,
    "jwt": Jwt,
    "key-auth": KeyAuth,
    "opentelemetry": OpenTelemetry,
    "prometheus": Prometheus,
    "rate-limiting": RateLimiting,
    "request-size-limiting": RequestSizeLimiting,
    "request-termination": RequestTermination,
    "request-transformer": RequestTransformer,
    "response-transformer": ResponseTransformer,
}

# Kong runs plugins from the highest number to the lowest.
PRIORITY = {
    "correlation-id": 100001,
    "cors": 2000,
    "jwt": 1450,
    "key-auth": 1250,
    "ip-restriction": 990,
    "request-size-limiting": 951,
    "acl": 950,
    "rate-limiting": 910,
    "request-transformer": 801,
    "response-transformer": 800,
    "opentelemetry": 14,
    "prometheus": 13,
    "file-log": 9,
    "request-termination": 2,
}

# What Envoy holds in its listener, so that one route cannot have it while another has not.
GLOBAL_ONLY = frozenset({"opentelemetry"})
