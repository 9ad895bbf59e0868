"""Kong's shorthand fields, written out: `url` of a service, `target` without a port."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from embedded_gateway.errors import SchemaViolation
from embedded_gateway.values import format_target


def expand(kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """The same body in full fields."""
    if kind == "services" and body.get("url") is not None:
        return _url(body)
    if kind == "targets" and isinstance(body.get("target"), str):
        try:
            return {**body, "target": format_target(body["target"])}
        except ValueError as invalid:
            raise SchemaViolation({"target": str(invalid)}) from None
    return dict(body)


def _url(body: Mapping[str, Any]) -> dict[str, Any]:
    rest = {key: value for key, value in body.items() if key != "url"}
    try:
        parts = urlsplit(str(body["url"]))
        port = parts.port
    except ValueError:
        raise SchemaViolation({"url": "invalid url"}) from None
    if not parts.scheme or not parts.hostname:
        raise SchemaViolation({"url": "missing protocol or host in url"})
    default = 443 if parts.scheme == "https" else 80
    return {
        **rest,
        "protocol": parts.scheme,
        "host": parts.hostname,
        "port": port or default,
        "path": parts.path or None,
    }
