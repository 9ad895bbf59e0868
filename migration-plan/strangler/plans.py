"""The plans of all seams: `seams/<seam>.yaml`, found and read."""

import os
from collections.abc import Mapping
from pathlib import Path

import yaml
from pydantic import ValidationError

from kong_admin.errors import DeclarationError
from kong_admin.strict_yaml import read_yaml
from strangler.errors import PlanError
from strangler.plan import Plan
from strangler.slips import first_problem, with_hint

SEAMS = Path(__file__).resolve().parents[1] / "seams"


def load(seam: str, *, folder: Path = SEAMS, environ: Mapping[str, str] | None = None) -> Plan:
    """Read one seam's plan; raises PlanError with one line that names file and path."""
    file = folder / f"{seam}.yaml"
    if not file.is_file():
        raise PlanError(f"no plan {file}; there are: {', '.join(names(folder)) or 'none'}")
    try:
        document = read_yaml(file, environ=os.environ if environ is None else environ)
        plan = Plan.model_validate(document)
    except DeclarationError as error:
        raise PlanError(with_hint(str(error))) from error
    except ValidationError as error:
        raise PlanError(f"{file}: {first_problem(error, model=Plan)}") from error
    if plan.seam != seam:
        raise PlanError(f"{file}: seam: must be {seam!r}, as the file is named")
    return plan


def needed_by(seam: str, *, folder: Path = SEAMS) -> tuple[str, ...]:
    """Name the seams whose plans need this one."""
    # Without the environment: of other plans nothing else is asked.
    documents = {
        name: yaml.safe_load((folder / f"{name}.yaml").read_text()) for name in names(folder)
    }
    return tuple(name for name, found in documents.items() if seam in (found.get("needs") or ()))


def names(folder: Path = SEAMS) -> list[str]:
    """List the seams that have a plan."""
    return sorted(file.stem for file in folder.glob("*.yaml"))
