"""Kong's nouns, as the Admin API names them; the defaults are Kong's."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field

from kong_admin.addresses import normal_address
from kong_admin.entity import Entity, Identity, Reference, Words

Milliseconds = Annotated[int, Field(ge=1, le=2**31 - 2)]
Weight = Annotated[int, Field(ge=0, le=65535)]
Address = Annotated[str, AfterValidator(normal_address)]
Protocol = Literal[
    "http", "https", "grpc", "grpcs", "tcp", "tls", "tls_passthrough", "udp", "ws", "wss"
]
Hash = Literal["none", "consumer", "ip", "header", "cookie", "path", "query_arg", "uri_capture"]


class _Named(Entity):
    name: str | None = None

    @property
    def identity(self) -> Identity:
        """Its name; an unnamed one of somebody else goes by its id."""
        return (self.name or self.id or "",)


class Service(_Named):
    """Where requests go: an address, or the name of an upstream."""

    kind: ClassVar[str] = "service"
    collection: ClassVar[str] = "services"

    protocol: Protocol = "http"
    host: str = Field(min_length=1)
    port: int = Field(default=80, ge=0, le=65535)
    path: str | None = None
    retries: int = Field(default=5, ge=0, le=32767)
    connect_timeout: Milliseconds = 60000
    write_timeout: Milliseconds = 60000
    read_timeout: Milliseconds = 60000
    tls_verify: bool | None = None
    tls_verify_depth: int | None = None
    ca_certificates: Words | None = None
    enabled: bool = True


class Route(_Named):
    """Which requests go there."""

    kind: ClassVar[str] = "route"
    collection: ClassVar[str] = "routes"
    # A header that somebody adds to a route narrows it.
    replaced: ClassVar[frozenset[str]] = frozenset({"headers"})

    service: Reference | None = None
    protocols: Words = ("http", "https")
    methods: Words | None = None
    hosts: Words | None = None
    paths: Words | None = None
    headers: Mapping[str, Any] | None = None
    snis: Words | None = None
    regex_priority: int = 0
    strip_path: bool = True
    preserve_host: bool = False
    path_handling: Literal["v0", "v1"] = "v0"
    https_redirect_status_code: int = 426
    request_buffering: bool = True
    response_buffering: bool = True


class Upstream(_Named):
    """A virtual host whose targets share the requests by weight."""

    kind: ClassVar[str] = "upstream"
    collection: ClassVar[str] = "upstreams"
    when_declared: ClassVar[frozenset[str]] = frozenset({"healthchecks"})

    name: str = Field(min_length=1)  # an upstream is its name; only services may lack one
    algorithm: Literal["round-robin", "consistent-hashing", "least-connections", "latency"] = (
        "round-robin"
    )
    hash_on: Hash = "none"
    hash_fallback: Hash = "none"
    hash_on_header: str | None = None
    hash_fallback_header: str | None = None
    hash_on_cookie: str | None = None
    hash_on_cookie_path: str = "/"
    hash_on_query_arg: str | None = None
    hash_fallback_query_arg: str | None = None
    hash_on_uri_capture: str | None = None
    hash_fallback_uri_capture: str | None = None
    slots: int = Field(default=10000, ge=10, le=65536)
    host_header: str | None = None
    use_srv_name: bool = False
    healthchecks: Mapping[str, Any] | None = None


class Target(Entity):
    """One address of an upstream."""

    kind: ClassVar[str] = "target"
    collection: ClassVar[str] = "targets"

    upstream: Reference
    target: Address
    weight: Weight = 100

    def to_json(self) -> dict[str, Any]:
        """Without the upstream: the path it is made under says whose it is."""
        return {name: value for name, value in super().to_json().items() if name != "upstream"}

    @property
    def identity(self) -> Identity:
        """Its upstream and its address."""
        return str(self.upstream), self.target


class Plugin(Entity):
    """A policy, for everything or for one service, route or consumer."""

    kind: ClassVar[str] = "plugin"
    collection: ClassVar[str] = "plugins"
    when_declared: ClassVar[frozenset[str]] = frozenset({"config", "protocols", "instance_name"})

    name: str = Field(min_length=1)
    instance_name: str | None = None
    service: Reference | None = None
    route: Reference | None = None
    consumer: Reference | None = None
    config: Mapping[str, Any] | None = None
    protocols: Words | None = None
    enabled: bool = True

    @property
    def identity(self) -> Identity:
        """Its name and its scope: Kong allows one of a name per scope."""
        scopes = {"service": self.service, "route": self.route, "consumer": self.consumer}
        return self.name, *(
            f"{scope} {entity}" if entity else "" for scope, entity in scopes.items()
        )
