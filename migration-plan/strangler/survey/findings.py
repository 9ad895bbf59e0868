"""What a survey found, as values and as one JSON document."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from strangler.survey.crossing import Crossing, Kind, number_of
from strangler.survey.detectors import find_crossings
from strangler.survey.files import Skipped
from strangler.survey.order import Cycle, Pair, Step, cycles, suggested
from strangler.survey.outside import Outside, outside_of
from strangler.survey.project import read_project
from strangler.survey.reading import Reading
from strangler.survey.settings import Choices
from strangler.survey.usage import Usage, usage_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """All of one survey."""

    modules: int
    choices: Choices
    usage: dict[str, Usage]
    crossings: list[Crossing]
    order: list[Step]
    cycles: list[Cycle]
    outside: list[Outside]
    skipped: Sequence[Skipped]

    @property
    def apps(self) -> list[str]:
        return list(self.usage)

    @property
    def number(self) -> int:
        """What there is to burn down."""
        return number_of(self.crossings)

    def pairs(self) -> dict[Pair, list[Crossing]]:
        """By who needs whom, the heaviest first."""
        found: dict[Pair, list[Crossing]] = {}
        for crossing in self.crossings:
            found.setdefault((crossing.source, crossing.target), []).append(crossing)
        return dict(sorted(found.items(), key=lambda item: (-number_of(item[1]), item[0])))

    def kinds(self) -> dict[Kind, int]:
        counted = Counter(crossing.kind for crossing in self.crossings)
        return {kind: counted[kind] for kind in Kind}


def survey(
    root: Path,
    *,
    choices: Choices | None = None,
    watch: Callable[[Sequence[Path]], Iterable[Path]] | None = None,
) -> Findings:
    """Read the project under `root`; its code is parsed and never run."""
    watched = {"watch": watch} if watch is not None else {}
    project = read_project(root, choices=choices, **watched)
    reading = Reading(project)
    crossings, usage = find_crossings(reading), usage_of(reading)
    return Findings(
        modules=len(project.modules),
        choices=project.choices,
        usage=usage,
        crossings=crossings,
        order=suggested(crossings, usage=usage),
        cycles=cycles(crossings),
        outside=outside_of(project),
        skipped=project.skipped,
    )


def document(findings: Findings) -> dict[str, Any]:
    """Everything, for programs."""
    return {
        "number": findings.number,
        "modules": findings.modules,
        "choices": asdict(findings.choices),
        "kinds": {
            kind: {"places": places, "weight": kind.weight, "number": places * kind.weight}
            for kind, places in findings.kinds().items()
        },
        "apps": {
            app: asdict(used) | {"read_share": used.read_share}
            for app, used in findings.usage.items()
        },
        "pairs": [
            {
                "source": source,
                "target": target,
                "number": number_of(crossings),
                "kinds": Counter(crossing.kind for crossing in crossings),
            }
            for (source, target), crossings in findings.pairs().items()
        ],
        "crossings": [asdict(crossing) for crossing in findings.crossings],
        "order": [asdict(step) for step in findings.order],
        "cycles": [asdict(cycle) for cycle in findings.cycles],
        "outside": [asdict(one) for one in findings.outside],
        "skipped": [asdict(one) for one in findings.skipped],
    }
