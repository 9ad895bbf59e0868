"""What this gateway offers, emulates and refuses: shown by `GET /` and in the README."""

from embedded_gateway.plugins import OFFERED

VERSION = "3.9.0"

EMULATED = {
    "X-Kong-Upstream-Latency, X-Kong-Proxy-Latency": "taken from Envoy's clocks",
    "Via": "says embedded-gateway, never kong",
    "retries": "connection errors; after a reset only idempotent methods are sent again",
    "write_timeout": "counted together with read_timeout as idle time",
    "healthchecks.active": "any failure counts towards the largest of http_failures, "
    "tcp_failures and timeouts; a status that is not in healthy.http_statuses is a failure",
    "regex": "RE2: no look-around, no back-references",
    "buffering": "bodies are streamed in both directions",
    "Admin API": "answers when the change is in force in the proxy (Kong may answer earlier); "
    "503 and nothing changed when the proxy does not run",
    "names as targets": "resolved every few seconds",
}

REFUSED = {
    "plugins": f"all but {', '.join(sorted(OFFERED))}",
    "protocol": "all but http (listener and services)",
    "entities": "consumers, credentials, certificates, snis, vaults, keys, consumer groups",
    "upstreams": "algorithms other than round-robin, hash_on, host SRV names",
    "healthchecks": "passive checks, threshold, tcp and https checks, checks in one direction",
    "routes": "snis, sources, destinations, expressions, path_handling v1",
    "correlation-id": "generators other than uuid",
    "prometheus": "per_consumer, ai_metrics, wasm_metrics",
    "POST /config": "as by a Kong on PostgreSQL: the entities themselves are writable",
}

# Collections that Kong has and that are always empty here.
NEVER_HELD = (
    "consumers",
    "consumer_groups",
    "certificates",
    "ca_certificates",
    "snis",
    "vaults",
    "keys",
    "key-sets",
    "filter-chains",
    "key-auths",
    "basic-auths",
    "hmac-auths",
    "jwts",
    "acls",
    "oauth2",
)
