"""Which packages are apps, and by which label Django knows them."""

import ast
from collections.abc import Iterable
from dataclasses import dataclass

from strangler.survey.files import Module
from strangler.survey.names import Names
from strangler.survey.settings import Settings
from strangler.survey.statements import attribute, last_name, text_of, top_level


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """`package` is the dotted name of the folder."""

    label: str
    package: str


def find_apps(modules: Iterable[Module], *, settings: Settings) -> list[App]:
    """Packages with an AppConfig, with models of their own, or installed by the settings."""
    labels: dict[str, str] = {}
    for module in modules:
        for node in top_level(module.tree.body):
            if isinstance(node, ast.ClassDef) and _is_config(node):
                package = text_of(attribute(node, "name")) or module.package
                own = package if module.package.endswith(package) else module.package
                labels.setdefault(own, _label(node) or own.rpartition(".")[2])
    for module in modules:
        owner = _package_of_models(module)
        if owner is not None and _defines_a_model(module):
            labels.setdefault(owner, owner.rpartition(".")[2])
    packages = {module.package for module in modules}
    for installed in settings.installed & packages:
        labels.setdefault(installed, installed.rpartition(".")[2])
    return _told_apart(labels)


def _is_config(node: ast.ClassDef) -> bool:
    named = text_of(attribute(node, "name")) is not None
    return named and any(last_name(base).endswith("Config") for base in node.bases)


def _label(node: ast.ClassDef) -> str | None:
    return text_of(attribute(node, "label"))


def _package_of_models(module: Module) -> str | None:
    parts = module.name.split(".")
    if "models" not in parts[1:]:
        return None
    return ".".join(parts[: parts.index("models", 1)])


def _defines_a_model(module: Module) -> bool:
    names = Names(module)
    return any(
        _is_of_a_model(base, names=names)
        for node in top_level(module.tree.body)
        if isinstance(node, ast.ClassDef)
        for base in node.bases
    )


def _is_of_a_model(base: ast.expr, *, names: Names) -> bool:
    """Django's base, a well-known one of others, or whatever else comes out of models."""
    name = last_name(base)
    if name in {"Model", "AbstractUser", "MPTTModel", "TimeStampedModel"}:
        return True
    if name in names.defined or name.endswith(("Form", "FormSet", "Field", "Metaclass")):
        return False
    places = [names.bound[name]] if name in names.bound else [f"{star}." for star in names.stars]
    return any("models." in place for place in places)


def _told_apart(labels: dict[str, str]) -> list[App]:
    """Two apps of one label are shown by their packages."""
    taken = list(labels.values())
    return [
        App(label=label if taken.count(label) == 1 else package, package=package)
        for package, label in sorted(labels.items())
    ]
