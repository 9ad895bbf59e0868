"""Configurations of the plugins that change headers: correlation-id, cors, the transformers."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator

from embedded_gateway.plugin_config import HeaderName, PluginConfig, Text

Method = Literal["GET", "HEAD", "PUT", "PATCH", "POST", "DELETE", "OPTIONS", "TRACE", "CONNECT"]
_METHODS: tuple[Method, ...] = (
    "GET",
    "HEAD",
    "PUT",
    "PATCH",
    "POST",
    "DELETE",
    "OPTIONS",
    "TRACE",
    "CONNECT",
)


class CorrelationId(PluginConfig):
    """Kong's default generator is `uuid#counter`; Envoy makes plain uuids, so a file says `uuid`."""

    header_name: HeaderName = "Kong-Request-ID"
    generator: str = Field(default="uuid#counter", validate_default=True)
    echo_downstream: bool = False

    @field_validator("generator")
    @classmethod
    def _uuid(cls, value: str) -> str:
        if value != "uuid":
            raise ValueError(f"the embedded gateway supports only 'uuid' here, not '{value}'")
        return value


class Cors(PluginConfig):
    """Which other origins may call."""

    origins: tuple[Text, ...] | None = None
    headers: tuple[HeaderName, ...] | None = None
    exposed_headers: tuple[HeaderName, ...] | None = None
    methods: tuple[Method, ...] = _METHODS
    max_age: int | None = None
    credentials: bool = False
    private_network: Literal[False] = False
    preflight_continue: Literal[False] = False
    allow_origin_absent: bool = True

    @field_validator("origins")
    @classmethod
    def _quotable(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        for origin in value or ():
            if "'" in origin:
                raise ValueError(f"'{origin}' is not a valid regex")
        return value


def _pair(value: str) -> str:
    name, colon, rest = value.partition(":")
    if not colon or not name or not rest:
        raise ValueError(f"key '{name}' has no value")
    if "$(" in rest:
        raise ValueError("the embedded gateway takes no templates")
    return value


Pair = Annotated[Text, AfterValidator(_pair)]


class RequestNames(PluginConfig):
    """What to take away."""

    headers: tuple[HeaderName, ...] = ()
    querystring: tuple[Text, ...] = ()
    body: Annotated[tuple[str, ...], Field(max_length=0)] = ()


class RequestPairs(PluginConfig):
    """What to write, each as `name:value`."""

    headers: tuple[Pair, ...] = ()
    querystring: tuple[Pair, ...] = ()
    body: Annotated[tuple[str, ...], Field(max_length=0)] = ()


class RequestReplacements(RequestPairs):
    """Replacing a path is not offered."""

    uri: None = None


class NoRenames(PluginConfig):
    """Renaming is not offered."""

    headers: Annotated[tuple[str, ...], Field(max_length=0)] = ()
    querystring: Annotated[tuple[str, ...], Field(max_length=0)] = ()
    body: Annotated[tuple[str, ...], Field(max_length=0)] = ()


class RequestTransformer(PluginConfig):
    """Headers and query on their way to the service."""

    http_method: None = None
    remove: RequestNames = RequestNames()
    rename: NoRenames = NoRenames()
    replace: RequestReplacements = RequestReplacements()
    add: RequestPairs = RequestPairs()
    append: RequestPairs = RequestPairs()


class ResponseNames(PluginConfig):
    """What to take away."""

    headers: tuple[HeaderName, ...] = ()
    json_fields: Annotated[tuple[str, ...], Field(max_length=0, alias="json")] = ()


class ResponsePairs(PluginConfig):
    """What to write, each as `name:value`."""

    headers: tuple[Pair, ...] = ()
    json_fields: Annotated[tuple[str, ...], Field(max_length=0, alias="json")] = ()
    json_types: Annotated[tuple[str, ...], Field(max_length=0)] = ()


class ResponseTransformer(PluginConfig):
    """Headers on their way to the client."""

    remove: ResponseNames = ResponseNames()
    rename: ResponseNames = ResponseNames()
    replace: ResponsePairs = ResponsePairs()
    add: ResponsePairs = ResponsePairs()
    append: ResponsePairs = ResponsePairs()

    @field_validator("rename")
    @classmethod
    def _nothing(cls, value: ResponseNames) -> ResponseNames:
        if value.headers:
            raise ValueError("the embedded gateway renames no headers")
        return value
