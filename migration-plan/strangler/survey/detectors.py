"""Which detector finds which kind."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from strangler.survey.admin import admin_crossings
from strangler.survey.crossing import Crossing, Kind, once_each
from strangler.survey.imports import import_crossings
from strangler.survey.joins import join_crossings
from strangler.survey.keys import key_crossings
from strangler.survey.reading import Reading
from strangler.survey.signals import signal_crossings
from strangler.survey.transactions import transaction_crossings

Detector = Callable[[Reading], Iterator[Crossing]]

DETECTORS: Mapping[Detector, frozenset[Kind]] = {
    import_crossings: frozenset({Kind.DOOR, Kind.IMPORT, Kind.COMMAND}),
    key_crossings: frozenset({Kind.KEY}),
    join_crossings: frozenset({Kind.JOIN}),
    transaction_crossings: frozenset({Kind.TRANSACTION}),
    signal_crossings: frozenset({Kind.SIGNAL}),
    admin_crossings: frozenset({Kind.ADMIN}),
}


def find_crossings(
    reading: Reading, *, detectors: Iterable[Detector] = tuple(DETECTORS)
) -> list[Crossing]:
    """All crossings between the apps that are surveyed."""
    apps = set(reading.project.apps)
    found = (crossing for detector in detectors for crossing in detector(reading))
    return [crossing for crossing in once_each(found) if {crossing.source, crossing.target} <= apps]
