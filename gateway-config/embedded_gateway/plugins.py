"""The plugins this gateway offers, with Kong's configuration fields and defaults."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator


class PluginConfig(BaseModel):
    """A field that is not listed is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class CorrelationId(PluginConfig):
    """Kong's default generator is `uuid#counter`; Envoy makes plain uuids, so a file says `uuid`."""

    header_name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_\-]+$")] = "Kong-Request-ID"
    generator: str = Field(default="uuid#counter", validate_default=True)
    echo_downstream: bool = False

    @field_validator("generator")
    @classmethod
    def _uuid(cls, value: str) -> str:
        if value != "uuid":
            raise ValueError(f"the embedded gateway supports only 'uuid' here, not '{value}'")
        return value


class Prometheus(PluginConfig):
    """Which of the counted things `/metrics` shows."""

    status_code_metrics: bool = False
    latency_metrics: bool = False
    bandwidth_metrics: bool = False
    upstream_health_metrics: bool = False
    per_consumer: Literal[False] = False
    ai_metrics: Literal[False] = False
    wasm_metrics: Literal[False] = False


OFFERED: dict[str, type[PluginConfig]] = {
    "correlation-id": CorrelationId,
    "prometheus": Prometheus,
}

# Kong runs plugins from the highest number to the lowest.
PRIORITY = {"correlation-id": 100001, "prometheus": 13}
