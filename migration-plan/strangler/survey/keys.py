"""Foreign keys, many-to-many tables and inherited tables that cross from app to app."""

from collections.abc import Iterator

from strangler.survey.crossing import Crossing, Kind
from strangler.survey.models import Model
from strangler.survey.names import BY_LABEL
from strangler.survey.reading import Reading


def key_crossings(reading: Reading) -> Iterator[Crossing]:
    """One per field; a model that inherits rows from another app's table has a key as well."""
    for model in reading.models.all.values():
        if model.app is None:
            continue
        for relation in model.relations.values():
            target = _app_of(relation.target, reading=reading)
            if target is not None and target != model.app:
                detail = f"{model.name}.{relation.name} refers to {_short(relation.target)}"
                yield _crossing(model, target, line=relation.line, detail=detail)
        yield from _inherited(model, reading=reading)


def _app_of(dotted: str, *, reading: Reading) -> str | None:
    """Where the model is defined; the label, for a model that we cannot find."""
    model = reading.models.of(dotted)
    return model.app if model is not None else reading.project.app_of(dotted)


def _inherited(model: Model, *, reading: Reading) -> Iterator[Crossing]:
    names = reading.project.names[model.module.name]
    for base in model.node.bases if not model.is_abstract else ():
        parent = reading.models.of(names.dotted(base))
        if parent is None or parent.is_abstract or not parent.app or parent.app == model.app:
            continue
        if _has_table(parent, reading=reading):
            detail = f"{model.name} inherits the table of {parent.name}"
            yield _crossing(model, parent.app, line=model.node.lineno, detail=detail)


def _has_table(model: Model, *, reading: Reading) -> bool:
    """A class with fields that is no model itself is a mixin."""
    return any(
        base in {"Model", "AbstractUser", "MPTTModel", "MP_Node", "AbstractBaseUser"}
        for part in reading.models.lineage(model)
        for base in (getattr(node, "attr", getattr(node, "id", "")) for node in part.node.bases)
    )


def _short(dotted: str) -> str:
    return dotted.removeprefix(BY_LABEL).rpartition("models.")[2]


def _crossing(model: Model, target: str, *, line: int, detail: str) -> Crossing:
    assert model.app is not None  # noqa: S101 - asked by both callers
    return Crossing(
        source=model.app,
        target=target,
        kind=Kind.KEY,
        file=model.module.file,
        line=line,
        detail=detail,
    )
