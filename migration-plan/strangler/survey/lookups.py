"""Where a lookup like `order__customer__name` leads, table by table."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from strangler.survey.fields import Relation
from strangler.survey.models import Model, Models

# What may follow a key without a look into the other table.
_OF_THE_KEY = {"id", "pk", "in", "isnull", "exact"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """The tables of two apps in one query; `holder` has the key that joins them."""

    left: str
    right: str
    holder: str
    path: tuple[str, ...]


class Lookups:
    """Steps from model to model by the names of relations, forward and back."""

    def __init__(self, models: Models) -> None:
        self.models = models
        self._starts: dict[str, list[Model]] = {}

    def step(self, model: Model, name: str) -> Model | None:
        """The model on the other end of a relation of that name."""
        relation = self.relation(model, name)
        if relation is not None:
            return self.models.of(relation.target)
        for part in self.models.lineage(model):
            key = (part.module.name, part.name)
            found = self._reverse.get(key, {}).get(name.removesuffix("_set"))
            if found is not None:
                return found
        return None

    def relation(self, model: Model, name: str) -> Relation | None:
        """The field of that name, of the model or of what it is made of."""
        for part in self.models.lineage(model):
            if name in part.relations:
                return part.relations[name]
        return None

    def starts(self, name: str) -> list[Model]:
        """The models that have a relation of that name."""
        if name not in self._starts:
            models = self.models.all.values()
            self._starts[name] = [model for model in models if self.step(model, name)]
        return self._starts[name]

    def joined(
        self, model: Model, path: tuple[str, ...], *, is_loaded: bool = False
    ) -> Iterator[Join]:
        """Each join of the tables of two apps on the way.

        A comparison with the key alone needs no join; `select_related` always loads the row.
        """
        for position, name in enumerate(path):
            onward = self.step(model, name)
            if onward is None:
                return
            relation = self.relation(model, name)
            rest = path[position + 1 :]
            by_key = relation is not None and not relation.is_many
            needs_row = is_loaded or not by_key or (bool(rest) and rest[0] not in _OF_THE_KEY)
            if needs_row and model.app != onward.app and model.app and onward.app:
                holder = model.app if relation is not None else onward.app
                yield Join(left=model.app, right=onward.app, holder=holder, path=path)
            model = onward

    @cached_property
    def _reverse(self) -> dict[tuple[str, str], dict[str, Model]]:
        found: dict[tuple[str, str], dict[str, Model]] = {}
        for model in self.models.all.values():
            for relation in model.relations.values():
                target = self.models.of(relation.target)
                if target is None:
                    continue
                own = model.name.lower()
                name = relation.reverse or (
                    own.removeprefix("abstract") if model.is_abstract else own
                )
                if name.endswith("+"):
                    continue
                for part in self.models.lineage(target):
                    # Methods are often written in the abstract half of a model.
                    if part is target or part.is_abstract:
                        found.setdefault((part.module.name, part.name), {}).setdefault(name, model)
        return found
