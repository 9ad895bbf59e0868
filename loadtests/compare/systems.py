"""A running system, as it tells of itself: where its door is, and which processes it has."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from loadtests.compare.errors import CompareError
from loadtests.compare.subjects import CUTOVER
from loadtests.compare.trees import Tree
from loadtests.services.curious import curious
from loadtests.services.shop import SEAMS

Say = Callable[[str], None]
_SETTING = re.compile(
    r"^(worker_class|workers|threads|preload_app|keepalive)\s*=\s*(.+)$", re.MULTILINE
)
_NOWHERE_TO_GO = "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """A tree whose processes run."""

    tree: Tree

    @property
    def environment(self) -> Mapping[str, str]:
        return self.tree.environment

    @property
    def door(self) -> str:
        """Where people come in: the gateway, or the monolith itself where there is none yet."""
        for name in ("KONG_PROXY_URL", "MONOLITH_URL"):
            if url := self.environment.get(name):
                return url
        raise CompareError(f"{self.tree.root} does not say where its door is (KONG_PROXY_URL)")

    def pids(self) -> dict[str, int]:
        """Every process that its supervisor looks after."""
        rows = self.tree.ask("stack", "status", "--json", codes=(0, 1))
        return {str(row["process"]): int(row["pid"]) for row in rows if row["pid"]}

    def settings(self) -> dict[str, str]:
        """What has to be alike on both sides of a fair comparison."""
        conf = self.tree.root / "monolith/gunicorn.conf.py"
        found = dict(_SETTING.findall(conf.read_text())) if conf.exists() else {}
        known = {f"gunicorn {name}": value.strip() for name, value in found.items()}
        return known | {
            "Django's settings": self.environment.get("DJANGO_SETTINGS_MODULE", "unknown"),
            "tokens are asked for": self.environment.get("AUTH_REQUIRED", "unknown"),
        }

    def positions(self) -> dict[str, str]:
        """Where each seam stands; none where a stage has none."""
        if not any((self.tree.root / "migration-plan/seams").glob("*.yaml")):
            return {}
        rows = self.tree.ask("strangler", "status", "--json")
        return {str(row["seam"]): str(row["position"]) for row in rows}

    def place_all(self, position: str, *, say: Say) -> None:
        """Bring every seam to a position: who is asked leaves first, and returns last."""
        order = SEAMS if position == CUTOVER else tuple(reversed(SEAMS))
        here = self.positions()
        for seam in order:
            if here.get(seam, position) not in {position, _NOWHERE_TO_GO}:
                self.place(seam, position, say=say)

    def place(self, seam: str, position: str, *, say: Say) -> None:
        """Move one seam; somebody reads meanwhile, because the checks want reads to compare."""
        status = self.tree.ask("strangler", "status", seam, "--json")
        ladder, here = list(status["positions"]), status["position"]
        verb = "resume"
        if here in ladder:
            verb = "advance" if ladder.index(here) < ladder.index(position) else "retreat"
        say(f"{verb} {seam} to {position}")
        words = ("strangler", verb, seam, "--to", position, "--json")
        with curious(self.door, self.environment):
            answer = self.tree.ask(*words, codes=(0, 1, 2))
        if not answer.get("ok"):
            raise CompareError(f"{verb} {seam} to {position}: {answer.get('error', answer)}")

    def restore(self, positions: Mapping[str, str], *, say: Say) -> None:
        """Put every seam where it was."""
        here = self.positions()
        # Forward in the one order, back in the other.
        for seam in (*reversed(SEAMS), *SEAMS):
            wanted = positions.get(seam)
            if wanted and here.get(seam, wanted) != wanted:
                try:
                    self.place(seam, wanted, say=say)
                    here[seam] = wanted
                except CompareError as error:
                    say(f"not put back yet: {error}")


def started(tree: Tree, *, say: Say) -> System:
    """Start what does not run, and learn where everything is."""
    say("starting servers, services and the gateway")
    tree.module("stack", "up")
    return known(tree)


def known(tree: Tree) -> System:
    """A system that runs."""
    variables = tree.ask("stack", "env", "--json")
    return System(tree=tree.knowing({name: str(value) for name, value in variables.items()}))


def fill(system: System, sizes: Mapping[str, int], *, seed: int, say: Say) -> None:
    """Fill an empty shop, the same for the same seed, and make who signs in."""
    say(f"filling the shop: {', '.join(f'{size} {name}' for name, size in sizes.items())}")
    words = [word for name, size in sizes.items() for word in (f"--{name}", str(size))]
    system.tree.module("monolith.manage", "seed", *words, "--seed", str(seed))
    introduce(system)


def introduce(system: System) -> None:
    """Make the merchant who signs in; the password is this copy's."""
    system.tree.module("monolith.manage", "make_identities")
