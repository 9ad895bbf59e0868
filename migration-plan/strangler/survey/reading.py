"""Everything that the detectors ask about a project, worked out once."""

from functools import cached_property

from strangler.survey.lookups import Lookups
from strangler.survey.models import Models
from strangler.survey.project import Project
from strangler.survey.scopes import Scope, scopes_of
from strangler.survey.values import Values


class Reading:
    """A project with its models, its functions and the values in them."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.models = Models(project)
        self.lookups = Lookups(self.models)

    @cached_property
    def scopes(self) -> list[tuple[Scope, Values]]:
        """Each function of the project, code outside of apps included."""
        return [
            (scope, Values(scope, names=self.project.names[module.name], lookups=self.lookups))
            for module in self.project.modules
            for scope in scopes_of(module)
        ]
