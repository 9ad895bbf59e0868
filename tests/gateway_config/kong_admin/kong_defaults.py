"""What Kong 3.9 fills in for what a body leaves out."""

from typing import Any

DEFAULTS: dict[str, dict[str, Any]] = {
    "services": {
        "protocol": "http", "port": 80, "path": None, "retries": 5, "connect_timeout": 60000,
        "write_timeout": 60000, "read_timeout": 60000, "enabled": True, "ca_certificates": None,
    },
    "routes": {
        "protocols": ["http", "https"], "methods": None, "hosts": None, "paths": None,
        "headers": None, "regex_priority": 0, "strip_path": True, "preserve_host": False,
        "path_handling": "v0", "https_redirect_status_code": 426, "request_buffering": True,
        "response_buffering": True, "service": None, "snis": None,
    },
    "upstreams": {
        "algorithm": "round-robin", "hash_on": "none", "hash_fallback": "none", "slots": 10000,
        "hash_on_header": None, "hash_on_cookie_path": "/", "host_header": None,
        "use_srv_name": False,
        "healthchecks": {"threshold": 0, "active": {"concurrency": 10, "timeout": 1}},
    },
    "targets": {"weight": 100},
    "consumers": {"username": None, "custom_id": None},
    "key-auths": {"ttl": None},
    "jwts": {"algorithm": "HS256", "rsa_public_key": None},
    "acls": {},
    "plugins": {
        "service": None, "route": None, "consumer": None, "enabled": True, "config": {},
        "instance_name": None, "protocols": ["grpc", "grpcs", "http", "https"],
    },
}  # fmt: skip
