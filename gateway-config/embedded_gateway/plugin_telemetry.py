"""Configurations of the plugins that tell what happened."""

import re
from typing import Annotated, Any, Literal, Self
from urllib.parse import SplitResult, urlsplit

from pydantic import Field, field_validator, model_validator

from embedded_gateway.plugin_config import HeaderName, PluginConfig, Text


class Prometheus(PluginConfig):
    """Which of the counted things `/metrics` shows."""

    status_code_metrics: bool = False
    latency_metrics: bool = False
    bandwidth_metrics: bool = False
    upstream_health_metrics: bool = False
    per_consumer: bool = False
    ai_metrics: Literal[False] = False
    wasm_metrics: Literal[False] = False


class OpenTelemetry(PluginConfig):
    """Spans by OTLP over plain HTTP."""

    traces_endpoint: Text
    logs_endpoint: None = None
    headers: dict[HeaderName, Text] | None = None
    resource_attributes: dict[str, Text] | None = None
    # How spans are put together on their way is Envoy's business.
    queue: dict[str, Any] | None = None
    connect_timeout: Annotated[int, Field(ge=1)] = 1000
    send_timeout: Annotated[int, Field(ge=1)] = 5000
    read_timeout: Annotated[int, Field(ge=1)] = 5000
    http_response_header_for_traceid: None = None
    header_type: Literal["preserve", "w3c"] = "preserve"
    sampling_rate: Annotated[float | int, Field(ge=0, le=1)] | None = None
    propagation: dict[str, Any] | None = None

    @property
    def endpoint(self) -> SplitResult:
        """Where spans go."""
        return urlsplit(self.traces_endpoint)

    @model_validator(mode="after")
    def _plain_http(self) -> Self:
        if self.endpoint.scheme != "http" or not self.endpoint.hostname:
            raise ValueError("the embedded gateway exports over plain http only: traces_endpoint")
        return self

    @field_validator("resource_attributes")
    @classmethod
    def _service_name(cls, value: dict[str, str] | None) -> dict[str, str] | None:
        if set(value or {}) - {"service.name"}:
            raise ValueError("the embedded gateway sets only service.name")
        return value


class FileLog(PluginConfig):
    """One line of JSON for each request."""

    path: str
    reopen: bool = False
    custom_fields_by_lua: None = None

    @field_validator("path")
    @classmethod
    def _a_file(cls, value: str) -> str:
        if not re.fullmatch(r"[^\s*&%`][^*&%`]*[^\s*&%`]", value) or not value.isprintable():
            raise ValueError("not a valid filename")
        return value
