"""A runbook as a person follows it: the words to look for, and the commands to type, section by section."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tests.docs.markdown import ROOT
from tests.migration_plan.conftest import Walkable

FOLDER = ROOT / "migration-plan" / "runbooks"
_SECTION = re.compile(r"^##? (.+)\n((?:(?!^## ).*\n?)*)", re.MULTILINE)
_FENCE = re.compile(r"^ *```(\w+)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
# What the runbook says of the catalog is tried with the tests' own shop.
OURS = {
    "/api/queues/strangler/": "/api/queues/{vhost}/",
    "catalog.product": "shop.thing",
    "catalog_product WHERE sku =": "shop_thing WHERE label =",
    "catalog_product": "shop_thing",
    "sku =": "title =",
    "--for 30m": "--for 1s",
    "catalog": "shop",
}
# What one types first, whatever is the matter.
LOOK = "strangler status shop"
Way = Literal["forward", "back"]
# A block below these words is for the way back, and takes the place of those that are not.
_BACK = re.compile(r"^On the way back\b", re.MULTILINE)
# Placeholders, which the reader of a runbook takes from what he sees.
BLANKS = ("PID", "KEY", "EPOCH", "SEQUENCE")


@dataclass(frozen=True, slots=True)
class Section:
    """What one sees, line by line, and what one types then."""

    title: str
    sees: tuple[str, ...]
    types: tuple[str, ...]


def sections(name: str, *, way: Way = "forward") -> dict[str, Section]:
    """The sections of a runbook that have commands, by title, as they are read on this way."""
    text = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
    found = {}
    for title, body in _SECTION.findall(text):
        sees, types = (_lines(body, kind, way) for kind in ("text", "sh"))
        if types or sees:
            found[title] = Section(title, tuple(sees), tuple(types))
    return found


def _lines(body: str, kind: str, way: Way) -> list[str]:
    blocks: dict[bool, list[str]] = {False: [], True: []}
    above = 0
    for fence in _FENCE.finditer(body):
        if fence[1] == kind:
            is_back = _BACK.search(body, above, fence.start()) is not None
            blocks[is_back] += [line.strip() for line in fence[2].splitlines() if line.strip()]
        above = fence.end()
    return (way == "back" and blocks[True]) or blocks[False]


@dataclass(slots=True)
class Reader:
    """Whoever follows the runbook of a system that is ours."""

    walkable: Walkable
    # What `python -m stack up` would do here.
    up: Callable[[], None]
    variables: Mapping[str, str]
    vhost: str

    def sees(self, section: Section, *, said: str) -> None:
        """Everything that the runbook shows is there, in `status` or in what the command said."""
        shown = " ".join(f"{said} {self.status()}".split())
        for line in section.sees:
            pattern = re.escape(self._ours(line))
            for blank in ("PID", "N"):
                pattern = re.sub(rf"\b{blank}\b", r"\\d+", pattern)
            assert re.search(pattern, shown), f"not seen: {line}\nin: {shown}"

    def status(self) -> str:
        done = self._run(LOOK, {})
        return done.stdout + done.stderr

    def types(self, section: Section, **blanks: Any) -> list[str]:
        """Type the commands in order; returns what each printed."""
        printed: list[str] = []
        for line in section.types:
            if line == "python -m stack up":
                self.up()
                continue
            if printed:
                # What a person would copy from the line above.
                blanks = {"SEQUENCE": printed[-1].strip(), **blanks}
            done = self._run(self._ours(line), blanks)
            assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
            printed.append(done.stdout)
        return printed

    def _run(self, line: str, blanks: Mapping[str, Any]) -> subprocess.CompletedProcess[str]:
        for blank in BLANKS:
            if blank in blanks:
                line = line.replace(blank, str(blanks[blank]))
        if line.startswith("strangler "):
            line = f"{sys.executable} -m {line}"
        environment = {
            **os.environ,
            **self.variables,
            "COLUMNS": "400",
            "STRANGLER_SEAMS": str(self.walkable.folder),
        }
        return subprocess.run(
            ["bash", "-c", line],
            env=environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def _ours(self, line: str) -> str:
        for theirs, ours in OURS.items():
            line = line.replace(theirs, ours.format(vhost=self.vhost))
        return line
