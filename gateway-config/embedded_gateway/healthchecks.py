"""Kong's health check record of an upstream, narrowed to what Envoy does the same way."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Seconds = Annotated[int | float, Field(ge=0, le=65535)]
Count = Annotated[int, Field(ge=0, le=255)]
Statuses = tuple[Annotated[int, Field(ge=100, le=999)], ...]

_PASSIVE_OK = (*range(200, 209), 226, *range(300, 309))


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class ActiveHealthy(_Record):
    """How often a healthy target is asked, and when one counts as healthy."""

    interval: Seconds = 0
    http_statuses: Statuses = (200, 302)
    successes: Count = 0


class ActiveUnhealthy(_Record):
    """How often an unhealthy target is asked, and when one counts as such."""

    interval: Seconds = 0
    http_statuses: Statuses = (429, 404, 500, 501, 502, 503, 504, 505)
    tcp_failures: Count = 0
    timeouts: Count = 0
    http_failures: Count = 0

    @property
    def threshold(self) -> int:
        """Envoy counts all kinds of failure together, so the most patient limit holds.

        The strictest would let one slow check, on a busy machine, take a good target away.
        """
        return max(self.http_failures, self.tcp_failures, self.timeouts)


class Active(_Record):
    """Checks that the gateway makes by itself."""

    type: Literal["http"] = "http"
    timeout: Annotated[int | float, Field(gt=0, le=65535)] = 1
    concurrency: Annotated[int, Field(ge=1)] = 10
    http_path: Annotated[str, Field(pattern=r"^/[!-~]*$")] = "/"
    https_verify_certificate: bool = True
    https_sni: None = None
    headers: None = None
    healthy: ActiveHealthy = ActiveHealthy()
    unhealthy: ActiveUnhealthy = ActiveUnhealthy()

    @property
    def is_on(self) -> bool:
        """Whether targets can both leave and come back."""
        return self._detects and self._recovers

    @property
    def _detects(self) -> bool:
        return self.healthy.interval > 0 and self.unhealthy.threshold > 0

    @property
    def _recovers(self) -> bool:
        return self.unhealthy.interval > 0 and self.healthy.successes > 0

    @model_validator(mode="after")
    def _both_ways_or_none(self) -> Self:
        if self._detects != self._recovers:
            raise ValueError(
                "the embedded gateway checks in both directions or not at all: set "
                "healthy.interval, healthy.successes, unhealthy.interval and one of "
                "unhealthy.http_failures, tcp_failures, timeouts"
            )
        return self


class PassiveHealthy(_Record):
    """Taken, and without effect: a target that was taken away gets no requests to be judged by."""

    http_statuses: Statuses = _PASSIVE_OK
    successes: Count = 0


class PassiveUnhealthy(_Record):
    """After how many failures in a row a target is taken away."""

    http_statuses: Statuses = (429, 500, 503)
    tcp_failures: Count = 0
    timeouts: Count = 0
    http_failures: Count = 0


class Passive(_Record):
    """Checks on live requests; only an active check brings a target back."""

    type: Literal["http"] = "http"
    healthy: PassiveHealthy = PassiveHealthy()
    unhealthy: PassiveUnhealthy = PassiveUnhealthy()

    @property
    def is_on(self) -> bool:
        """Whether anything is counted."""
        counted = self.unhealthy
        return bool(counted.tcp_failures or counted.timeouts or counted.http_failures)


class Healthchecks(_Record):
    """The record as it stands in an upstream."""

    active: Active = Active()
    passive: Passive = Passive()
    threshold: Literal[0] = 0
