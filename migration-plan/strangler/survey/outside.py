"""Code of the project that belongs to no app and knows several: ties that no pair shows."""

from dataclasses import dataclass

from strangler.survey.imports import is_door, reached
from strangler.survey.project import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """A module outside of the apps, and the apps that it imports."""

    file: str
    apps: tuple[str, ...]


def outside_of(project: Project) -> list[Outside]:
    """Settings and URLs are meant to know everybody; whatever else is listed is worth a look."""
    found = []
    for module in project.modules:
        if project.owner(module) is not None or project.is_left_out(module):
            continue
        names = [dotted for _, dotted in reached(module) if not is_door(dotted, project=project)]
        apps = {app for dotted in names if (app := project.app_of(dotted)) is not None}
        if len(apps) > 1:
            found.append(Outside(file=module.file, apps=tuple(sorted(apps))))
    return found
