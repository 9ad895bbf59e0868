"""The plan of one seam, validated: what `seams/<seam>.yaml` may say."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PositiveInt,
    model_validator,
)

from strangler.criteria import Criteria


class Stage(StrEnum):
    """Where a seam stands, in the order it walks; equal to `monolith.seams.stage` (tested)."""

    MONOLITH = "monolith"
    SHADOW = "shadow"
    CANARY = "canary"
    CUTOVER = "cutover"
    RETIRED = "retired"


def _parts(value: object) -> object:
    # An environment variable holds a list as text with commas.
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


Addresses = Annotated[tuple[str, ...], BeforeValidator(_parts), Field(min_length=1)]
Percent = Annotated[int, Field(ge=1, le=100)]
Seconds = Annotated[float, Field(gt=0, le=3600)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Databases(_Strict):
    """Where role `strangler` finds both sides."""

    monolith: str = Field(repr=False)
    service: str = Field(repr=False)


class Targets(_Strict):
    """The gateway's targets of each side: the service's are all but the monolith's."""

    monolith: str
    # Where instances do not register themselves, those that have to be there.
    service: Addresses | tuple[()] = ()


class Gateway(_Strict):
    """What of the gateway belongs to this seam."""

    admin: str
    proxy: str
    read_upstream: str
    write_upstream: str
    # Who asks for the canary by name (`X-Canary: always`) is sent here.
    opt_in_upstream: str | None = None
    targets: Targets


class Probe(_Strict):
    """A harmless live request through the gateway, and who may answer it."""

    path: str = Field(pattern="^/")
    monolith: str
    service: str
    # That of a side in good health.
    status: Annotated[int, Field(ge=200, le=499)] = 200


class Limits(_Strict):
    """What the checks demand."""

    lag_messages: PositiveInt
    reconcile_age_s: Seconds
    # Only where the gateway sends reads to the service.
    compared_reads: PositiveInt | None = None
    # Of each of them a read at least was alike, as Django writes the route.
    compared_routes: tuple[str, ...] = ()
    different_reads: Annotated[int, Field(ge=0)] = 0
    # Of the route that fails most: a share, so that a restart is outweighed by the reads that follow.
    failed_share: Annotated[float, Field(ge=0, le=1)] = 0.5
    transaction_s: Seconds
    # How long ago a message of the service may have come to the monolith, before it is given the writes.
    way_back_age_s: Seconds = 300


class Backfill(_Strict):
    """How history is copied: in chunks, waiting while the outbox is deeper than the budget or so many
    chunks are not applied yet, and no faster than so many rows a second, if anybody says so.
    """

    chunk_rows: Annotated[int, Field(ge=1, le=10_000)]
    pause_above_messages: PositiveInt
    chunks_ahead: PositiveInt = 20
    rows_per_s: PositiveInt | None = None


class Handover(_Strict):
    """How long writers, and the token, may take."""

    lock_timeout_ms: Annotated[int, Field(ge=10, le=5000)]
    token_timeout_s: Annotated[float, Field(ge=0.1, le=30)]
    tries: Annotated[int, Field(ge=1, le=100)]


class Retire(_Strict):
    """The last step: how long nobody may use the monolith's copy, and where its dump goes."""

    quiet_s: Annotated[float, Field(gt=0, le=30 * 86400)] = 1800
    dumps: Path = Path("dumps")
    # Whether whoever is turned away at the door counts as somebody who uses the copy.
    counts_knocks: bool = True

    def lasting(self, quiet_s: float) -> Self:
        """The same with another time."""
        return self.model_copy(update={"quiet_s": quiet_s})


class Patience(_Strict):
    """How long a run waits for what comes about by itself."""

    checks_s: Seconds
    catch_up_s: Seconds
    comparisons_s: Seconds
    verify_s: Seconds


class Plan(_Strict):
    """One seam's whole life."""

    seam: str = Field(pattern="^[a-z][a-z0-9_]*$")
    databases: Databases
    broker: str = Field(repr=False)
    # Seams that stand at cutover before this one leaves the monolith, and until it is back.
    needs: tuple[str, ...] = ()
    instances: Addresses
    # Left out, all three, by a seam to which nobody sends requests.
    gateway: Gateway | None = None
    probe: Probe | None = None
    canary: tuple[Percent, ...] = ()
    # Where the monolith is, when no target of the gateway says so.
    monolith: str | None = None
    shadow_sample: Annotated[float, Field(ge=0, le=1)] = 0
    # Left out by a seam whose canary people judge themselves.
    analysis: Criteria | None = None
    limits: Limits
    backfill: Backfill
    handover: Handover
    patience: Patience
    retire: Retire = Retire()

    @property
    def monolith_url(self) -> str:
        """Where the monolith can be asked whether it is ready."""
        return f"http://{self.gateway.targets.monolith}" if self.gateway else str(self.monolith)

    @model_validator(mode="after")
    def _has_all_of_its_part_of_the_gateway_or_none(self) -> Self:
        given = [bool(part) for part in (self.gateway, self.probe, self.canary)]
        if any(given) != all(given):
            msg = "gateway, probe, canary: all three or none of them"
            raise ValueError(msg)
        if self.analysis and not self.gateway:
            msg = "analysis: without a gateway there is no canary to analyze"
            raise ValueError(msg)
        if self.gateway and self.limits.compared_reads is None:
            msg = "limits.compared_reads: reads go to the service, so say how many are compared"
            raise ValueError(msg)
        if not self.gateway and not self.monolith:
            msg = "monolith: without a gateway, say where the monolith is"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _canary_climbs_to_the_top(self) -> Self:
        rising = sorted(set(self.canary))
        if self.canary and (list(self.canary) != rising or rising[-1] != 100):
            msg = "canary: the weights must rise and end with 100"
            raise ValueError(msg)
        return self
