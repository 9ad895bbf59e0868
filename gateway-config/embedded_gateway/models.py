"""Kong's entities with Kong's defaults, narrowed to what this gateway can do.

A field that Kong has and Envoy cannot follow is present with its default and refuses any other
value, so that a file written for Kong is either obeyed or refused, never half obeyed.
"""

import re
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from embedded_gateway.entity import Entity, Reference
from embedded_gateway.healthchecks import Healthchecks
from embedded_gateway.plugin_config import HeaderName
from embedded_gateway.values import (
    HOST,
    Host,
    Milliseconds,
    Name,
    Port,
    Weight,
    format_target,
)

HashOn = Literal["none", "consumer", "ip", "header", "cookie", "path", "query_arg"]
_METHOD = re.compile(r"[A-Z]+")


class Service(Entity):
    """Where requests go, and how patiently."""

    created_at: int
    updated_at: int
    name: Name | None = None
    protocol: Literal["http"] = "http"
    host: Host
    port: Port = 80
    path: str | None = None
    retries: Annotated[int, Field(ge=0, le=32767)] = 5
    connect_timeout: Milliseconds = 60000
    write_timeout: Milliseconds = 60000
    read_timeout: Milliseconds = 60000
    enabled: bool = True
    client_certificate: None = None
    ca_certificates: None = None
    tls_verify: None = None
    tls_verify_depth: None = None

    @field_validator("path")
    @classmethod
    def _starts_with_slash(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"/[\w\-.~%/:@!$&'()*+,;=]*", value, re.ASCII):
            raise ValueError("should start with: / and hold no query, fragment or blank")
        return value


class Route(Entity):
    """Which requests a service gets."""

    created_at: int
    updated_at: int
    name: Name | None = None
    service: Reference | None = None
    protocols: tuple[Literal["http", "https"], ...] = ("http", "https")
    methods: tuple[str, ...] | None = None
    hosts: tuple[str, ...] | None = None
    paths: tuple[str, ...] | None = None
    headers: dict[str, tuple[str, ...]] | None = None
    regex_priority: int = 0
    strip_path: bool = True
    preserve_host: bool = False
    path_handling: Literal["v0"] = "v0"
    https_redirect_status_code: Literal[426] = 426
    request_buffering: bool = True
    response_buffering: bool = True
    snis: None = None
    sources: None = None
    destinations: None = None

    @field_validator("protocols")
    @classmethod
    def _plain_http(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if "http" not in value:
            raise ValueError("the embedded gateway has a plain http listener only")
        return value

    @field_validator("methods")
    @classmethod
    def _upper_case(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if bad := [method for method in value or () if not _METHOD.fullmatch(method)]:
            raise ValueError(f"invalid value: {bad[0]}")
        return value

    @field_validator("hosts")
    @classmethod
    def _wildcard_at_an_end(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        for host in value or ():
            bare = host.removeprefix("*.").removesuffix(".*").partition(":")[0]
            if host.count("*") > 1 or not HOST.fullmatch(bare):
                raise ValueError(f"invalid hostname: {host}")
        return value

    @field_validator("paths")
    @classmethod
    def _rooted(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        for path in value or ():
            if not path.startswith(("/", "~/", "~^/")) or not path.isprintable():
                raise ValueError("should start with: / (fixed path) or ~/ (regex path)")
        return value

    @field_validator("headers")
    @classmethod
    def _matchable(cls, value: dict[str, tuple[str, ...]] | None) -> Any:
        for name, texts in (value or {}).items():
            if name.lower() == "host" or not re.fullmatch(r"[A-Za-z0-9_\-]+", name) or not texts:
                raise ValueError(f"invalid header: {name}")
        return value

    @model_validator(mode="after")
    def _matches_something(self) -> "Route":
        if not (self.methods or self.hosts or self.paths or self.headers):
            raise ValueError(
                "must set one of 'methods', 'hosts', 'headers', 'paths', 'snis' "
                "when 'protocols' is 'https'"
            )
        return self


class Upstream(Entity):
    """A virtual host: its targets share the requests by weight."""

    created_at: int
    updated_at: int
    name: Host
    algorithm: Literal["round-robin", "least-connections", "consistent-hashing"] = "round-robin"
    hash_on: HashOn = "none"
    hash_fallback: HashOn = "none"
    hash_on_header: HeaderName | None = None
    hash_fallback_header: HeaderName | None = None
    hash_on_cookie: HeaderName | None = None
    hash_on_cookie_path: str = "/"
    hash_on_query_arg: HeaderName | None = None
    hash_fallback_query_arg: HeaderName | None = None
    hash_on_uri_capture: None = None
    hash_fallback_uri_capture: None = None
    slots: Annotated[int, Field(ge=10, le=65536)] = 10000
    healthchecks: Healthchecks = Healthchecks()
    host_header: Host | None = None
    client_certificate: None = None
    use_srv_name: Literal[False] = False

    @model_validator(mode="after")
    def _hashes_something(self) -> "Upstream":
        for field in ("hash_on", "hash_fallback"):
            kind = getattr(self, field)
            name = "hash_on_cookie" if kind == "cookie" else f"{field}_{kind}"
            if kind in ("header", "query_arg", "cookie") and getattr(self, name) is None:
                raise ValueError(f"failed conditional validation given value of field '{field}'")
        return self


class Target(Entity):
    """One address of an upstream; `target` is stored as `host:port`."""

    target: str
    upstream: Reference
    weight: Weight = 100

    @field_validator("target")
    @classmethod
    def _with_port(cls, value: str) -> str:
        return format_target(value)

    @property
    def address(self) -> tuple[str, int]:
        """Host and port; an IPv6 host without its brackets."""
        host, _, port = self.target.rpartition(":")
        return host.strip("[]"), int(port)


class Plugin(Entity):
    """A plugin at one scope; which configurations it takes is in `plugins`."""

    created_at: int
    updated_at: int
    name: str
    instance_name: Name | None = None
    service: Reference | None = None
    route: Reference | None = None
    consumer: None = None
    config: dict[str, Any]
    protocols: tuple[Literal["grpc", "grpcs", "http", "https"], ...] = (
        "grpc",
        "grpcs",
        "http",
        "https",
    )
    enabled: bool = True
    ordering: None = None
