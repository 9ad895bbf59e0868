"""Everything the proxy tests ask for, made once: routes by name, each with its plugins."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One service with one route; paths are below the suite's own prefix."""

    path: str | None = None
    route: dict[str, Any] = field(default_factory=dict)
    service: dict[str, Any] = field(default_factory=dict)
    # Fields of an upstream of its own; else all cases share one.
    upstream: dict[str, Any] = field(default_factory=dict)
    plugins: dict[str, dict[str, Any]] = field(default_factory=dict)


_JWT = {"claims_to_verify": ["exp"]}

CASES: dict[str, Case] = {
    "plain": Case(path="/plain"),
    "longer": Case(path="/plain/longer"),
    "kept": Case(path="/kept", route={"strip_path": False}),
    "based": Case(path="/based", service={"path": "/base"}),
    "host-kept": Case(path="/host-kept", route={"preserve_host": True}),
    "regex": Case(
        path=r"~/regex/(?<id>\d+)$", route={"strip_path": False}, service={"path": "/number"}
    ),
    "regex-low": Case(path="~/regex/.*", route={"strip_path": False, "regex_priority": -1}),
    "by-method": Case(path="/by-method", route={"methods": ["POST", "PUT"]}),
    "by-host": Case(path="/hosts", route={"hosts": ["a.example.com"]}, service={"path": "/exact"}),
    "by-wildcard": Case(
        path="/hosts", route={"hosts": ["*.example.com"]}, service={"path": "/wildcard"}
    ),
    "any-host": Case(path="/hosts"),
    "by-header": Case(
        path="/headers",
        route={"headers": {"X-Canary": ["always", "on"]}},
        service={"path": "/canary"},
    ),
    "no-header": Case(path="/headers"),
    "by-header-regex": Case(
        path="/header-regex",
        route={"headers": {"Cookie": ["~*(^|; ?)wrote=1(;|$)"]}},
        service={"path": "/wrote"},
    ),
    "no-such-header": Case(path="/header-regex"),
    "by-cookie": Case(
        path="/by-cookie",
        upstream={"algorithm": "consistent-hashing", "hash_on": "cookie", "hash_on_cookie": "side"},
    ),
    "two-criteria": Case(path="/both", route={"methods": ["GET"]}),
    "one-criterion": Case(path="/both/longer"),
    "key-auth": Case(
        path="/key-auth", plugins={"key-auth": {"hide_credentials": True}, "acl": {"allow": ["in"]}}
    ),
    "denied": Case(path="/denied", plugins={"key-auth": {}, "acl": {"deny": ["in"]}}),
    "jwt": Case(path="/jwt", plugins={"jwt": _JWT}),
    "jwt-kid": Case(path="/jwt-kid", plugins={"jwt": {**_JWT, "key_claim_name": "kid"}}),
    "by-address": Case(
        path="/by-address", plugins={"rate-limiting": {"hour": 3, "limit_by": "ip"}}
    ),
    "by-consumer": Case(
        path="/by-consumer", plugins={"key-auth": {}, "rate-limiting": {"hour": 2}}
    ),
    "two-windows": Case(
        path="/two-windows", plugins={"rate-limiting": {"hour": 1000, "day": 1001}}
    ),
    "silent-limit": Case(
        path="/silent", plugins={"rate-limiting": {"hour": 1, "hide_client_headers": True}}
    ),
    "size": Case(
        path="/size",
        plugins={"request-size-limiting": {"allowed_payload_size": 1, "size_unit": "kilobytes"}},
    ),
    "cors": Case(
        path="/cors",
        plugins={
            "cors": {
                "origins": ["https://shop.example", "https://www.shop.example"],
                "methods": ["GET", "POST"],
                "headers": ["X-A"],
                "exposed_headers": ["X-B"],
                "credentials": True,
                "max_age": 60,
            },
            "key-auth": {},
        },
    ),
    "cors-any": Case(path="/cors-any", plugins={"cors": {}}),
    "correlated": Case(
        path="/correlated",
        plugins={
            "correlation-id": {
                "header_name": "X-Correlation-ID",
                "generator": "uuid",
                "echo_downstream": True,
            }
        },
    ),
    "shut-out": Case(path="/shut-out", plugins={"ip-restriction": {"allow": ["192.0.2.0/24"]}}),
    "let-in": Case(path="/let-in", plugins={"ip-restriction": {"deny": ["192.0.2.7"]}}),
    "transformed": Case(
        path="/transformed",
        plugins={
            "request-transformer": {
                "remove": {"headers": ["X-Bad"], "querystring": ["bad"]},
                "replace": {"headers": ["X-Old:new"]},
                "add": {"headers": ["X-New:1"], "querystring": ["added:100%"]},
            },
            "response-transformer": {
                "remove": {"headers": ["X-Secret"]},
                "add": {"headers": ["X-Added:50%"]},
            },
        },
    ),
    "ended": Case(
        path="/ended",
        plugins={"request-termination": {"status_code": 410, "message": "moved away"}},
    ),
    "ended-as-text": Case(
        path="/ended-text",
        plugins={
            "request-termination": {
                "status_code": 503,
                "content_type": "text/plain",
                "body": "down",
            }
        },
    ),
    "counted": Case(
        path="/counted",
        plugins={"prometheus": {"status_code_metrics": True, "latency_metrics": True}},
    ),
}
