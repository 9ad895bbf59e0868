"""Configurations of the plugins that ask who calls: key-auth, jwt, acl, ip-restriction."""

import ipaddress
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from embedded_gateway.plugin_config import HeaderName, PluginConfig


class KeyAuth(PluginConfig):
    """A key in a header or in the query."""

    key_names: Annotated[tuple[HeaderName, ...], Field(min_length=1)] = ("apikey",)
    hide_credentials: bool = False
    anonymous: None = None
    key_in_header: bool = True
    key_in_query: bool = True
    key_in_body: Literal[False] = False
    run_on_preflight: Literal[True] = True
    realm: None = None

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if not (self.key_in_header or self.key_in_query):
            raise ValueError("one of key_in_header and key_in_query must be true here")
        return self


class Jwt(PluginConfig):
    """A signed token. Envoy always verifies times, so a file has to ask for `exp`."""

    uri_param_names: tuple[HeaderName, ...] = ("jwt",)
    cookie_names: tuple[HeaderName, ...] = ()
    header_names: tuple[HeaderName, ...] = ("authorization",)
    key_claim_name: Literal["iss", "kid"] = "iss"
    secret_is_base64: Literal[False] = False
    claims_to_verify: tuple[Literal["exp", "nbf"], ...] | None = Field(
        default=None, validate_default=True
    )
    anonymous: None = None
    run_on_preflight: Literal[True] = True
    maximum_expiration: Literal[0] = 0
    realm: None = None

    @model_validator(mode="after")
    def _verifies_times(self) -> Self:
        if "exp" not in (self.claims_to_verify or ()):
            raise ValueError(
                "the embedded gateway always verifies exp: claims_to_verify must name it"
            )
        if not (self.uri_param_names or self.cookie_names or self.header_names):
            raise ValueError("one of uri_param_names, cookie_names and header_names is needed here")
        return self


class Acl(PluginConfig):
    """Which groups may come in, or may not."""

    allow: tuple[str, ...] | None = None
    deny: tuple[str, ...] | None = None
    hide_groups_header: bool = False
    always_use_authenticated_groups: Literal[False] = False
    include_consumer_groups: Literal[False] = False

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if self.allow and self.deny:
            raise ValueError(
                "exactly one of these fields must be non-empty: 'config.allow', 'config.deny'"
            )
        if not self.allow and not self.deny:
            raise ValueError(
                "at least one of these fields must be non-empty: 'config.allow', 'config.deny'"
            )
        return self


def _network(value: str) -> str:
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        raise ValueError(f"invalid ip or cidr range: '{value}'") from None
    return value


Network = Annotated[str, AfterValidator(_network)]


class IpRestriction(PluginConfig):
    """Which addresses may come in, or may not."""

    allow: tuple[Network, ...] | None = None
    deny: tuple[Network, ...] | None = None
    status: None = None
    message: None = None

    @model_validator(mode="after")
    def _any_of(self) -> Self:
        if not self.allow and not self.deny:
            raise ValueError(
                "at least one of these fields must be non-empty: 'config.allow', 'config.deny'"
            )
        return self
