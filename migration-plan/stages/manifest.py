"""`stages.yaml`: the stages in order, and the commits of each series."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from stages.errors import ManifestError

# Where it lies in every tree, and so also at every revision.
PLACE = "migration-plan/stages.yaml"
Name = Annotated[str, Field(pattern=r"^\d\d-[a-z]+$")]
Series = Annotated[str, Field(pattern=r"^v[1-9]\d*$")]
Commit = Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
Line = Annotated[str, Field(pattern=r"^[^\n]+$", max_length=100)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Stage(_Strict):
    """One stage of the history: what it adds, and where that is told."""

    name: Name
    title: Line
    teaches: Annotated[str, Field(min_length=1)]
    # Relative to the manifest; told as soon as the stage's tree is there.
    document: str | None = None
    # Whether this tree has not come so far: it is found on the branch that goes on from main.
    after_main: bool = False

    @property
    def number(self) -> int:
        """Its place in the order."""
        return int(self.name[:2])


class Tag(_Strict):
    """A name for the end of a stage, in one series."""

    series: Series
    stage: Name
    commit: Commit

    @property
    def name(self) -> str:
        """As git has it, for example `v1/05-inventory`."""
        return f"{self.series}/{self.stage}"


class Manifest(_Strict):
    """The stages, and of each published series the commit of each stage."""

    stages: Annotated[tuple[Stage, ...], Field(min_length=1)]
    commits: dict[Series, dict[Name, Commit]] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _nothing_published_is_empty(cls, found: object) -> object:
        if isinstance(found, dict) and found.get("commits", {}) is None:
            return found | {"commits": {}}
        return found

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if [stage.number for stage in self.stages] != list(range(len(self.stages))):
            msg = "stages: must be numbered from 00 without a gap, in order"
            raise ValueError(msg)
        here = [stage.name for stage in self.stages if not stage.after_main]
        if not here or self.names[: len(here)] != tuple(here):
            msg = "stages: after_main is for the last ones, and not for all"
            raise ValueError(msg)
        for series, commits in self.commits.items():
            # A tree of an earlier stage lists fewer stages than the series that it is part of.
            later = {name for name in commits if int(name[:2]) >= len(self.stages)}
            unknown = commits.keys() - set(self.names) - later
            if unknown:
                msg = f"commits: {series} names stages that are not there: {sorted(unknown)}"
                raise ValueError(msg)
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the stages, in order."""
        return tuple(stage.name for stage in self.stages)

    @property
    def reached(self) -> tuple[str, ...]:
        """The names of the stages up to this tree's own, in order."""
        return tuple(stage.name for stage in self.stages if not stage.after_main)

    @property
    def ahead(self) -> tuple[str, ...]:
        """The names of the stages that come after this tree, in order."""
        return self.names[len(self.reached) :]

    @property
    def series(self) -> tuple[str, ...]:
        """The published series, the oldest first."""
        return tuple(sorted(self.commits, key=_number))

    def tags(self, series: str) -> tuple[Tag, ...]:
        """Name the ends of all stages of one published series, in order."""
        commits = self.commits.get(series, {})
        return tuple(
            Tag(series=series, stage=name, commit=commits[name])
            for name in self.names
            if name in commits
        )

    def next_series(self) -> str:
        """Name the series after the last one."""
        return f"v{_number(self.series[-1]) + 1}" if self.series else "v1"


def parse(text: str, *, origin: str) -> Manifest:
    """Read a manifest; raises ManifestError with one line."""
    try:
        return Manifest.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise ManifestError(f"{origin} is not YAML: {' '.join(str(error).split())}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ManifestError(f"{origin}: {place + ': ' if place else ''}{first['msg']}") from error


def load(root: Path) -> Manifest:
    """Read the manifest of a tree; raises ManifestError."""
    file = root / PLACE
    if not file.is_file():
        raise ManifestError(f"there is no {file}")
    return parse(file.read_text(encoding="utf-8"), origin=PLACE)


def with_series(text: str, *, series: str, commits: dict[str, str]) -> str:
    """Append a series to the manifest's text; comments and what is published stay as they are."""
    if not re.search(r"^commits:(\n  .*)*\n*\Z", text, re.MULTILINE):
        raise ManifestError(f"{PLACE}: `commits:` must be the last thing in it")
    lines = [f"  {series}:", *(f"    {name}: {commit}" for name, commit in commits.items())]
    changed = text.rstrip("\n") + "\n" + "\n".join(lines) + "\n"
    parse(changed, origin=PLACE)
    return changed


def _number(series: str) -> int:
    return int(series.removeprefix("v"))
