"""How often the code reads and writes each app's rows: places in the code, not traffic."""

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from strangler.survey.reading import Reading
from strangler.survey.statements import last_name
from strangler.survey.values import Values
from strangler.survey.writes import written


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Queries that read an app's tables and queries that write them."""

    models: int = 0
    reads: int = 0
    writes: int = 0

    @property
    def read_share(self) -> float | None:
        """None when nothing was recognized."""
        total = self.reads + self.writes
        return self.reads / total if total else None


def usage_of(reading: Reading) -> dict[str, Usage]:
    """Per app; whoever asks, the owner of the rows counts."""
    reads: Counter[str] = Counter()
    writes: Counter[str] = Counter()
    for scope, values in reading.scopes:
        if reading.project.owner(scope.module) is not None:
            for app, is_write in _queries(scope.nodes, values=values):
                (writes if is_write else reads)[app] += 1
    models = Counter(app for app, _ in reading.models.by_label)
    return {
        app: Usage(models=models[app], reads=reads[app], writes=writes[app])
        for app in reading.project.apps
    }


def _queries(nodes: tuple[ast.AST, ...], *, values: Values) -> Iterator[tuple[str, bool]]:
    """Each query once: `a.filter().update()` is one write."""
    parts: set[int] = set()
    for node in nodes:
        if not isinstance(node, ast.Call) or id(node) in parts:
            continue
        model = written(node, values=values)
        value = values.of(node.func.value) if isinstance(node.func, ast.Attribute) else None
        if model is None and (value is None or not value.is_set or not _asks(node)):
            continue
        parts.update(id(part) for part in ast.walk(node.func))
        app = model.app if model is not None else value.model.app if value is not None else None
        if app is not None:
            yield app, model is not None


_QUESTIONS = {"all", "filter", "exclude", "get", "values", "values_list", "count", "exists"}
_QUESTIONS |= {"first", "last", "aggregate", "annotate", "order_by", "in_bulk", "iterator"}
_QUESTIONS |= {"select_related", "prefetch_related", "distinct", "only", "defer", "latest"}


def _asks(call: ast.Call) -> bool:
    return last_name(call) in _QUESTIONS
