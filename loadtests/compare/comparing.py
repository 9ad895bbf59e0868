"""Makes the comparison: sits each subject down in turns, runs the load, and keeps all that was seen."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from loadtests.compare import counters, hops, profiling
from loadtests.compare.driving import Generator, generating
from loadtests.compare.measuring import At, Meters, Run, measure
from loadtests.compare.records import RunFiles
from loadtests.compare.results import Header, Results, Stood
from loadtests.compare.stands import Stand
from loadtests.compare.subjects import Subject
from loadtests.compare.systems import Say

PROFILE_S = 12.0
OF_THE_LAST = 0.5


@dataclass(slots=True, kw_only=True)
class Comparison:
    """One comparison under way."""

    header: Header
    results: Results
    stand: Stand
    say: Say
    _stood: dict[str, Stood] = field(default_factory=dict)

    def make(self) -> None:
        """From nothing to all records; raises CompareError for what cannot be measured."""
        self.results.begin(self.header)
        sittings = self.header.plan.sittings
        with self.stand.opened():
            for number, sitting in enumerate(sittings, start=1):
                self.say(f"sitting {number} of {len(sittings)}: {sitting.subject.name}")
                self._sit(sitting.subject, sitting.runs)

    def _sit(self, subject: Subject, runs: tuple[int, ...]) -> None:
        load, log = self.header.plan.load, self.results.folder / "generator.log"
        with (
            self.stand.sitting(subject) as system,
            generating(system.door, log, environment=system.environment) as generator,
        ):
            meters = Meters(system=system, pids=system.pids())
            self.say(f"{load.people} people come in")
            generator.come_in(load.people)
            if subject.role not in self._stood:
                self._introduce(subject.role, meters, generator)
            for number in runs:
                run = measure(number, subject.role, at=self._at(number, meters, generator))
                self.results.ran(run)
            if self.header.plan.is_profiled and not self._stood[subject.role].profile:
                self._profile(run, meters, generator)

    def _at(self, number: int, meters: Meters, generator: Generator) -> At:
        return At(
            meters=meters,
            generator=generator,
            load=self.header.plan.load,
            limits=self.header.thresholds.level,
            files=RunFiles(self.results.folder / f"run-{number}"),
            say=self.say,
        )

    def _introduce(self, role: str, meters: Meters, generator: Generator) -> None:
        system = meters.system
        counted: tuple[hops.Hops, ...] = ()
        if self.header.plan.is_walked:
            self.say("one person does everything once more, and the questions are counted")
            counted = tuple(hops.walk(system, generator.menu(), generator.walk))
        settings = system.settings() | counters.postgresql_settings(system.environment)
        self.say(", ".join(f"{name} {value}" for name, value in settings.items()))
        commit = system.tree.run("git", "rev-parse", "HEAD").strip()
        stood = Stood(commit=commit, settings=settings, processes=len(meters.pids), hops=counted)
        self._stood[role] = stood
        self.results.stood(self._stood)

    def _profile(self, run: Run, meters: Meters, generator: Generator) -> None:
        """At a level well below the last that was tried: looking costs something."""
        role, load = run.role, self.header.plan.load
        rate = OF_THE_LAST * max(level.tried.rate for level in run.levels)
        self.say(f"looking where the time of {role} goes, at {rate:.0f} visits/s")
        folder = self.results.folder / f"profile-{role}"
        with profiling.looking(profiling.looked_at(meters.pids), folder, seconds=PROFILE_S):
            generator.level(number=-1, rate=rate, seconds=PROFILE_S, seed=load.seed, folder=None)
        shares = profiling.shares(folder, tree=meters.system.tree)
        self._stood[role] = replace(self._stood[role], profile=shares)
        self.results.stood(self._stood)
