"""What this gateway offers, emulates and refuses: shown by `GET /` and in the README."""

from embedded_gateway.plugins import OFFERED

VERSION = "3.9.0"

EMULATED = {
    "X-Kong-Upstream-Latency, X-Kong-Proxy-Latency": "taken from Envoy's clocks",
    "Via": "says embedded-gateway, never kong; answers of the gateway itself name no server",
    "retries": "connection errors; after a reset only idempotent methods are sent again",
    "write_timeout": "counted together with read_timeout as idle time",
    "healthchecks.active": "any failure counts towards the largest of http_failures, "
    "tcp_failures and timeouts; a status that is not in healthy.http_statuses is a failure",
    "healthchecks.passive": "tcp_failures and timeouts are counted together; a target comes back "
    "by an active check or after a day; health is each service's own",
    "regex": "RE2: no look-around, no back-references",
    "buffering": "bodies are streamed in both directions",
    "Admin API": "answers when the change is in force in the proxy (Kong may answer earlier); "
    "503 and nothing changed when the proxy does not run",
    "names as targets": "resolved every few seconds",
    "identity headers": "X-Consumer-*, X-Credential-Identifier and X-Anonymous-Consumer of a "
    "client never reach a service, also where no plugin asks who calls",
    "jwt": "exp and nbf are always verified, with a second of leeway; `kid` is read from the "
    "token's header only; several tokens in one request are not told apart",
    "rate-limiting": "token buckets that refill all the time, in this process, gone after a "
    "restart of Envoy or a change of any rate-limiting plugin; after the service's other plugins",
    "hash_on cookie": "the cookie is made from the connection, so strangers who share one are one",
    "request-size-limiting": "413 also where Kong answers 417 to Expect: 100-continue",
    "opentelemetry": "one tracer for all routes; the queue is Envoy's",
    "file-log": "Kong's main fields, written within a second; of the tries the last one, with ip "
    "and port of a target; adding or removing one drains kept connections",
    "404": "carries the global correlation-id; Kong runs no plugin there",
}

REFUSED = {
    "plugins": f"all but {', '.join(sorted(OFFERED))}",
    "proxy-cache": "Envoy's cache has no bound and no purge, asks the service past the filters "
    "behind it, and counts in whole seconds: not sound enough",
    "http-log": "Envoy sends no JSON by itself; file-log writes the same fields",
    "protocol": "all but http (listener and services)",
    "entities": "certificates, snis, vaults, keys, consumer groups, plugins of a consumer",
    "consumers": "names outside ASCII letters, digits, blanks and . _ @ + : / = -; keys with ttl; "
    "jwt algorithms other than HS and RS",
    "upstreams": "the algorithm latency, hash_on uri_capture, host SRV names, setting health by hand",
    "healthchecks": "threshold, tcp and https checks, active checks in one direction",
    "routes": "snis, sources, destinations, expressions, path_handling v1",
    "key-auth": "key_in_body, anonymous, realm",
    "jwt": "claims_to_verify without exp, key claims other than iss and kid, anonymous, realm, "
    "base64 secrets, maximum_expiration",
    "acl": "always_use_authenticated_groups",
    "ip-restriction": "status and message",
    "rate-limiting": "month, year, path; policies other than local; other codes and messages",
    "cors": "preflight_continue, private_network",
    "request-termination": "echo, trigger",
    "transformers": "bodies, renaming, templates, http_method, uri",
    "correlation-id": "generators other than uuid",
    "prometheus": "ai_metrics, wasm_metrics",
    "opentelemetry": "https, logs, a scope, resource attributes other than service.name",
    "POST /config": "as by a Kong on PostgreSQL: the entities themselves are writable",
}

# Collections that Kong has and that are always empty here.
NEVER_HELD = (
    "consumer_groups",
    "certificates",
    "ca_certificates",
    "snis",
    "vaults",
    "keys",
    "key-sets",
    "filter-chains",
    "basic-auths",
    "hmac-auths",
    "oauth2",
)
