"""All that was seen of each run, with its levels judged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from loadtests.compare.knee import Knee, LevelResult, Limits, complaint, doubt, knee_of
from loadtests.compare.levels import by_level, result_of
from loadtests.compare.measuring import Level, Run
from loadtests.compare.records import RequestRecord, RunFiles, VisitRecord, read
from loadtests.compare.results import Results

BELOW_THE_KNEE = 0.75


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One level of one run."""

    meters: Level
    result: LevelResult
    visits: Sequence[VisitRecord]
    requests: Sequence[RequestRecord]
    is_carried: bool
    doubt: str | None

    @property
    def cores(self) -> float | None:
        """How many the system used while people came; None where that was not looked at."""
        found = self.meters.cores
        return None if found is None else sum(found.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One run."""

    run: Run
    levels: tuple[Seen, ...]
    knee: Knee | None

    @property
    def role(self) -> str:
        return self.run.role

    @property
    def carried(self) -> Iterable[Seen]:
        return (seen for seen in self.levels if seen.is_carried)

    def at(self, rate: float) -> Seen | None:
        """The level of this rate, where it was tried."""
        return next((seen for seen in self.levels if seen.result.rate == rate), None)


def gather(results: Results, limits: Limits) -> list[Evidence]:
    """Every run of a folder, in the order in which they were made."""
    return [
        _evidence(run, RunFiles(results.folder / f"run-{run.number}"), limits)
        for run in results.runs()
    ]


def _evidence(run: Run, files: RunFiles, limits: Limits) -> Evidence:
    visits = by_level(read(files.visits, VisitRecord))
    requests = by_level(read(files.requests, RequestRecord))
    levels = []
    for meters in run.levels:
        number = meters.tried.level
        came, asked = visits.get(number, []), requests.get(number, [])
        result = result_of(meters.tried, came, asked, limits=limits)
        unsure = doubt(result, limits)
        levels.append(
            Seen(
                meters=meters,
                result=result,
                visits=came,
                requests=asked,
                is_carried=unsure is None and complaint(result, limits) is None,
                doubt=unsure,
            )
        )
    knee = knee_of([seen.result for seen in levels], limits)
    return Evidence(run=run, levels=tuple(levels), knee=knee)


def common_rate(evidence: Sequence[Evidence]) -> float | None:
    """The rate at which both can be compared: carried by every run of both, and well below all knees.

    Close to a knee a little less machine is a much longer queue, so there chance would be compared.
    """
    rates = [{seen.result.rate for seen in one.carried} for one in evidence]
    both = set.intersection(*rates) if rates else set()
    ceiling = min((max(carried) for carried in rates if carried), default=0.0) * BELOW_THE_KNEE
    return max((rate for rate in both if rate <= ceiling), default=min(both, default=None))


def of_role(evidence: Sequence[Evidence], role: str) -> list[Evidence]:
    return [one for one in evidence if one.role == role]
