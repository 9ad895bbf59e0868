"""A foreign project as we know it: its modules, its apps, and where each name is defined."""

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from strangler.survey.apps import App, find_apps
from strangler.survey.files import Module, Skipped, SurveyError, parse, python_files
from strangler.survey.names import BY_LABEL, USER, Names
from strangler.survey.settings import Choices, Settings, read_choices, read_settings

# Names that lead to names that lead to names: enough for what people write.
_DEPTH = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """Where something is: `path` within `module`, empty for the module itself."""

    module: Module
    path: tuple[str, ...] = ()


class Project:
    """Answers whose a module is and what a dotted name stands for."""

    def __init__(
        self,
        modules: Sequence[Module],
        *,
        skipped: Sequence[Skipped] = (),
        choices: Choices | None = None,
    ) -> None:
        self.modules, self.skipped = modules, skipped
        self.choices = choices or Choices()
        self.settings: Settings = read_settings(modules)
        self.all_apps: list[App] = find_apps(modules, settings=self.settings)
        self.names = {module.name: Names(module) for module in modules}
        self._by_alias: dict[str, Module] = {}
        for module in modules:
            for alias in module.aliases:
                self._by_alias.setdefault(alias, module)

    @cached_property
    def apps(self) -> list[str]:
        """The labels that are surveyed."""
        return [app.label for app in self.all_apps if app.label not in self.choices.without]

    @cached_property
    def _labels(self) -> dict[str, str]:
        return {app.package: app.label for app in self.all_apps}

    def owner(self, module: Module) -> str | None:
        """The app that a module belongs to; None for code outside of apps, and for what is left out."""
        label = self._label(module)
        return None if label in self.choices.without else label

    def is_left_out(self, module: Module) -> bool:
        return self._label(module) in self.choices.without

    def _label(self, module: Module) -> str | None:
        name = module.name
        while name and name not in self._labels:
            name = name.rpartition(".")[0]
        return self._labels.get(name)

    def app_of(self, dotted: str) -> str | None:
        """The app in whose folder a name lives, without looking whence it comes."""
        if dotted.startswith(BY_LABEL):
            label = self._user_label if dotted == USER else dotted[1:].partition(".")[0]
            return label if label in self.apps else None
        found = self.module_of(dotted)
        return None if found is None else self.owner(found)

    @property
    def _user_label(self) -> str:
        return (self.settings.user or "").partition(".")[0]

    def module_of(self, dotted: str) -> Module | None:
        """The deepest module on the way to a name."""
        while dotted:
            if dotted in self._by_alias:
                return self._by_alias[dotted]
            dotted = dotted.rpartition(".")[0]
        return None

    def definition(self, dotted: str | None, *, depth: int = _DEPTH) -> Definition | None:
        """Where a name is defined, re-exports followed."""
        if dotted is None or not depth:
            return None
        if dotted.startswith(BY_LABEL):
            return self.definition(self._from_label(dotted), depth=depth - 1)
        module = self.module_of(dotted)
        if module is None:
            return None
        alias = next(a for a in module.aliases if dotted == a or dotted.startswith(f"{a}."))
        path = tuple(dotted[len(alias) + 1 :].split(".")) if len(dotted) > len(alias) else ()
        names = self.names[module.name]
        if not path or path[0] in names.defined:
            return Definition(module=module, path=path)
        onward = [names.bound[path[0]]] if path[0] in names.bound else []
        onward += [names.made[path[0]]] if path[0] in names.made else []
        onward += [f"{star}.{path[0]}" for star in names.stars]
        for name in onward:
            found = self.definition(".".join([name, *path[1:]]), depth=depth - 1)
            if found is not None:
                return found
        return None

    def _from_label(self, dotted: str) -> str | None:
        """`@orders.forms.X` as its module is called; a model is looked for in `models`."""
        label, _, rest = dotted[1:].partition(".")
        packages = [app.package for app in self.all_apps if app.label == label]
        if not packages or not rest:
            return None
        return f"{packages[0]}.{rest}" if "." in rest else f"{packages[0]}.models.{rest}"

    def node(self, definition: Definition | None) -> ast.stmt | None:
        """The class or function at the top level of a module."""
        if definition is None or not definition.path:
            return None
        return self.names[definition.module.name].defined.get(definition.path[0])

    def surveyed(self) -> Iterator[tuple[Module, str]]:
        """Each module of an app, with the app's label."""
        for module in self.modules:
            label = self.owner(module)
            if label is not None:
                yield module, label


def _as_it_is(paths: Iterable[Path]) -> Iterable[Path]:
    return paths


def read_project(
    root: Path,
    *,
    choices: Choices | None = None,
    watch: Callable[[Sequence[Path]], Iterable[Path]] = _as_it_is,
) -> Project:
    """Parse what is under `root`; refuse when there is no app."""
    modules, skipped = parse(watch(python_files(root)), root=root)
    project = Project(modules, skipped=skipped, choices=choices or read_choices(root))
    if not project.apps:
        msg = (
            f"no Django app under {root} ({len(modules)} modules read): "
            "expected packages with models.py or apps.py"
        )
        raise SurveyError(msg)
    unknown = set(project.choices.without) - {app.label for app in project.all_apps}
    if unknown:
        msg = f"to be left out, but no app here: {', '.join(sorted(unknown))}"
        raise SurveyError(msg)
    return project
