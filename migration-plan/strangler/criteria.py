"""What an analysis of the canary demands, as a plan says it."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PositiveInt

Share = Annotated[float, Field(ge=0, le=1)]
Times = Annotated[float, Field(ge=1, le=1000)]


class Criteria(BaseModel):
    """Where the facts are, how many are needed, and how much worse the canary may be.

    A limit is exceeded when both of its halves are: the relative one (`_times` of the baseline) and
    the absolute one. Without the latter 2 ms against 1 ms would be a reason to go back.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    # The file of the plugin file-log, and whose entries in it count.
    log: Path
    service: str
    window_s: Annotated[float, Field(ge=1, le=3600)]
    # How many windows a position gets before `promote` stops.
    windows: Annotated[int, Field(ge=1, le=100)]
    # Of each side, in one window.
    minimum_requests: PositiveInt
    error_ratio: Share
    error_ratio_times: Times
    p95_ms: Annotated[float, Field(ge=0)]
    p95_times: Times
    # How likely chance alone may be when it is said that the canary is worse.
    significance: Annotated[float, Field(gt=0, le=0.5)]
