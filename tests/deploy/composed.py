"""docker-compose.yml as the tests of this folder read it: anchors resolved, one value per container."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from stack.profile import ROOT

OURS = "strangler-reference/"
# What a `${NAME}` or `${NAME:-default}` is.
VARIABLE = re.compile(r"(?<!\$)\$\{([A-Z_]+)(?::?([-?])([^}]*))?\}")
DOCKERFILES = ("monolith", "extracted", "deploy/bank", "deploy/tools")
VERSION: str = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


@dataclass(frozen=True, slots=True)
class Container:
    name: str
    definition: dict[str, Any]

    @property
    def is_ours(self) -> bool:
        return self.image.startswith(OURS)

    @property
    def image(self) -> str:
        return str(self.definition["image"])

    @property
    def is_job(self) -> bool:
        return self.definition.get("restart") == "no"

    @property
    def environment(self) -> dict[str, str]:
        return dict(self.definition.get("environment", {}))

    @property
    def ports(self) -> list[str]:
        return list(self.definition.get("ports", []))

    @property
    def profiles(self) -> set[str]:
        return set(self.definition["profiles"])

    @property
    def builds(self) -> bool:
        return "build" in self.definition

    @property
    def dockerfile(self) -> str:
        """That of its image, whichever container builds it."""
        builder = next(one for one in containers() if one.image == self.image and one.builds)
        return str(builder.definition["build"]["dockerfile"])

    @property
    def needs(self) -> dict[str, dict[str, Any]]:
        return dict(self.definition.get("depends_on", {}))


@cache
def document() -> dict[str, Any]:
    known: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return known


def containers() -> list[Container]:
    return [Container(name, known) for name, known in document()["services"].items()]


def container(name: str) -> Container:
    return Container(name, document()["services"][name])


def texts(value: Any) -> list[str]:
    """Every text within a value."""
    if isinstance(value, dict):
        return [text for item in value.values() for text in texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in texts(item)]
    return [value] if isinstance(value, str) else []
