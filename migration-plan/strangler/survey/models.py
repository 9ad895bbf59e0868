"""The models of a project and how they refer to each other."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from strangler.survey.fields import Relation, is_column, is_relation, meta, relation_of
from strangler.survey.files import Module
from strangler.survey.names import BY_LABEL
from strangler.survey.project import Project
from strangler.survey.statements import argument, assigned, last_name, text_of, top_level

# Bases of other packages that make a model of a class.
_FOREIGN_BASES = {"Model", "AbstractUser", "AbstractBaseUser", "MP_Node", "NS_Node", "MPTTModel"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Model:
    """A class with fields; abstract ones and mixins too."""

    app: str | None
    name: str
    module: Module
    node: ast.ClassDef
    is_abstract: bool
    relations: dict[str, Relation] = field(default_factory=dict)

    @property
    def table(self) -> str:
        named = meta(self.node, "db_table")
        return text_of(named) or f"{self.app}_{self.name}".lower()


class Models:
    """The models of a project, found by name, by label, and from each other."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._classes = {
            (module.name, node.name): (module, node)
            for module in project.modules
            for node in top_level(module.tree.body)
            if isinstance(node, ast.ClassDef)
        }
        self._found: dict[str, Model | None] = {}
        self._known: dict[tuple[str, str], bool] = {}
        self.all: dict[tuple[str, str], Model] = {
            key: self._model(module, node)
            for key, (module, node) in self._classes.items()
            if self._is_model(key)
        }

    @cached_property
    def by_label(self) -> dict[tuple[str, str], Model]:
        return {
            (model.app, model.name.lower()): model
            for model in self.all.values()
            if model.app is not None and not model.is_abstract
        }

    @cached_property
    def by_table(self) -> dict[str, Model]:
        return {model.table: model for model in self.by_label.values()}

    def of(self, dotted: str | None) -> Model | None:
        """The model that a full name, or a label and a name, stands for."""
        if dotted is None:
            return None
        if dotted not in self._found:
            self._found[dotted] = self._find(dotted)
        return self._found[dotted]

    def _find(self, dotted: str) -> Model | None:
        if dotted.startswith(BY_LABEL):
            label, _, name = dotted[1:].partition(".")
            if label == "user" and not name:
                label, _, name = (self.project.settings.user or "").partition(".")
            found = self.by_label.get((label, name.lower()))
            if found is not None:
                return found
        place = self.project.definition(dotted)
        if place is None or len(place.path) != 1:
            return None
        return self.all.get((place.module.name, place.path[0]))

    def named(self, word: str) -> Model | None:
        """The one model that people would call a variable of that name after."""
        return self._by_word.get(word.replace("_", ""))

    @cached_property
    def _by_word(self) -> dict[str, Model]:
        names = [model.name.lower() for model in self.by_label.values()]
        return {
            model.name.lower(): model
            for model in self.by_label.values()
            if names.count(model.name.lower()) == 1
        }

    def lineage(self, model: Model, *, depth: int = 8) -> Iterator[Model]:
        """The model and the models it is made of."""
        yield model
        names = self.project.names[model.module.name]
        for base in model.node.bases if depth else ():
            parent = self.of(names.dotted(base))
            if parent is not None and parent is not model:
                yield from self.lineage(parent, depth=depth - 1)

    def _is_model(self, key: tuple[str, str]) -> bool:
        if key not in self._known:
            self._known[key] = False  # a class that is its own base ends here
            module, node = self._classes[key]
            self._known[key] = any(self._is_base(module, base) for base in node.bases) or any(
                is_column(value) for _, value in assigned(node.body)
            )
        return self._known[key]

    def _is_base(self, module: Module, base: ast.expr) -> bool:
        place = self.project.definition(self.project.names[module.name].dotted(base))
        if place is not None and len(place.path) == 1:
            key = (place.module.name, place.path[0])
            return key in self._classes and self._is_model(key)
        return last_name(base) in _FOREIGN_BASES

    def _model(self, module: Module, node: ast.ClassDef) -> Model:
        abstract = meta(node, "abstract")
        names = self.project.names[module.name]
        app = self.project.owner(module)
        model = Model(
            app=app,
            name=node.name,
            module=module,
            node=node,
            is_abstract=isinstance(abstract, ast.Constant) and abstract.value is True,
        )
        for name, value in assigned(node.body):
            if is_relation(value):
                target = argument(value, "to", position=0)
                full = _target(target, model=model, dotted=names.dotted(target))
                model.relations[name] = relation_of(name, value, target=full, node=node)
        return model


def _target(node: ast.expr | None, *, model: Model, dotted: str | None) -> str:
    """What the first argument of a relation means."""
    text = text_of(node)
    if text == "self":
        return f"{model.module.name}.{model.name}"
    if text is not None:
        return f"{BY_LABEL}{text}" if "." in text else f"{BY_LABEL}{model.app}.{text}"
    if node is not None and last_name(node) == "AUTH_USER_MODEL":
        return f"{BY_LABEL}user"
    return dotted or ""
