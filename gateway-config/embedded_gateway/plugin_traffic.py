"""Configurations of the plugins that limit and end requests."""

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from embedded_gateway.plugin_config import HeaderName, PluginConfig, Text

WINDOWS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
_UNITS = {"megabytes": 1 << 20, "kilobytes": 1 << 10, "bytes": 1}
_MESSAGES = {
    401: "Unauthorized",
    404: "Not found",
    405: "Method not allowed",
    500: "An unexpected error occurred",
    502: "Bad Gateway",
    503: "Service unavailable",
}

Limit = Annotated[int, Field(gt=0, le=2**31)]


class RateLimiting(PluginConfig):
    """Requests per window; the counters are this process's own."""

    second: Limit | None = None
    minute: Limit | None = None
    hour: Limit | None = None
    day: Limit | None = None
    month: None = None
    year: None = None
    limit_by: Literal["consumer", "credential", "ip", "service", "header"] = "consumer"
    header_name: HeaderName | None = None
    path: None = None
    policy: Literal["local"] = "local"
    fault_tolerant: bool = True
    hide_client_headers: bool = False
    error_code: Literal[429] = 429
    error_message: Literal["API rate limit exceeded"] = "API rate limit exceeded"
    sync_rate: Literal[-1] = -1

    @property
    def limits(self) -> dict[str, int]:
        """Window -> requests, from short to long."""
        found = {window: getattr(self, window) for window in WINDOWS}
        return {window: limit for window, limit in found.items() if limit is not None}

    @model_validator(mode="after")
    def _limits(self) -> Self:
        limits = [*self.limits.items()]
        if not limits:
            raise ValueError(
                "at least one of these fields must be non-empty: 'config.second', "
                "'config.minute', 'config.hour', 'config.day', 'config.month', 'config.year'"
            )
        for (short, low), (long, high) in pairwise(limits):
            if high < low:
                raise ValueError(
                    f"The limit for {long}({high}.0) cannot be lower than "
                    f"the limit for {short}({low}.0)"
                )
        if self.limit_by == "header" and self.header_name is None:
            raise ValueError("required field missing: header_name")
        return self


class RequestSizeLimiting(PluginConfig):
    """How long a body may be."""

    allowed_payload_size: Annotated[int, Field(ge=0, le=4095 << 20)] = 128
    size_unit: Literal["megabytes", "kilobytes", "bytes"] = "megabytes"
    require_content_length: Literal[False] = False

    @property
    def octets(self) -> int:
        """The limit in bytes."""
        return self.allowed_payload_size * _UNITS[self.size_unit]


class RequestTermination(PluginConfig):
    """An answer without a service."""

    status_code: Annotated[int, Field(ge=200, le=599)] = 503
    message: Text | None = None
    content_type: Text | None = None
    body: Text | None = None
    echo: Literal[False] = False
    trigger: None = None

    @property
    def text(self) -> str | None:
        """The message that is sent where there is no body."""
        return self.message or _MESSAGES.get(self.status_code)

    @model_validator(mode="after")
    def _one_kind_of_answer(self) -> Self:
        if self.message and (self.content_type or self.body):
            raise ValueError("message cannot be used with content_type or body")
        if self.content_type and not self.body:
            raise ValueError("content_type requires a body")
        return self
