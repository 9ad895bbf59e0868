"""What the names of one module stand for: imports, and models and classes fetched by their name."""

import ast
from collections.abc import Iterator

from strangler.survey.files import Module
from strangler.survey.statements import assigned, last_name, text_of, texts_of, top_level

# Marks a dotted name that starts at an app's label instead of at a package.
BY_LABEL = "@"
USER = BY_LABEL + "user"


class Names:
    """The bindings of a module, flat: what a function imports is known everywhere in it."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.stars: list[str] = []
        self.bound: dict[str, str] = {}
        self.defined: dict[str, ast.stmt] = {}
        for statement in top_level(module.tree.body):
            if isinstance(statement, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                self.defined[statement.name] = statement
        for node in module.nodes:
            self._bind(node)
        # What a module makes one of for everybody, by the class that it is of.
        self.made = {
            name: full
            for name, value in assigned(module.tree.body)
            if isinstance(value, ast.Call) and (full := self.dotted(value.func)) is not None
        }

    def dotted(self, node: ast.AST | None) -> str | None:
        """The full name of `node`, as far as this module knows it."""
        if isinstance(node, ast.Name):
            # A name that nobody binds comes by a star, if there is one: whoever looks it up sees.
            is_ours = node.id in self.defined or (self.stars and node.id not in self.bound)
            return f"{self.module.name}.{node.id}" if is_ours else self.bound.get(node.id)
        if isinstance(node, ast.Attribute):
            value = self.dotted(node.value)
            return None if value is None else f"{value}.{node.attr}"
        if isinstance(node, ast.Call):
            return fetched(node)
        if isinstance(node, ast.Subscript):
            # A generic class with its argument.
            return self.dotted(node.value)
        return None

    def _bind(self, node: ast.AST) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                self.bound[name] = alias.name if alias.asname else name
        elif isinstance(node, ast.ImportFrom):
            for known_as, full in imported(node, module=self.module):
                if known_as == "*":
                    self.stars.append(full)
                else:
                    self.bound[known_as] = full
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            self._bind_fetched(node.targets[0], node.value)

    def _bind_fetched(self, target: ast.expr, call: ast.Call) -> None:
        full = fetched(call)
        if isinstance(target, ast.Name) and full is not None:
            self.bound[target.id] = full
        if isinstance(target, ast.Tuple) and last_name(call) == "get_classes" and call.args[1:]:
            place, names = text_of(call.args[0]), texts_of(call.args[1])
            for part, name in zip(target.elts, names, strict=False):
                if isinstance(part, ast.Name) and place is not None:
                    self.bound[part.id] = f"{BY_LABEL}{place}.{name}"


def imported(node: ast.ImportFrom, *, module: Module) -> Iterator[tuple[str, str]]:
    """Each name that the statement binds, with what it stands for."""
    place = node.module or ""
    if node.level:
        package = module.package.split(".")
        kept = package[: len(package) - node.level + 1]
        place = ".".join([*kept, place] if place else kept)
    for alias in node.names:
        if alias.name == "*":
            yield "*", place
        else:
            yield alias.asname or alias.name, f"{place}.{alias.name}"


def fetched(call: ast.Call) -> str | None:
    """What `get_model`, `get_class` and `get_user_model` give, by label."""
    name, words = last_name(call), [text_of(part) for part in call.args]
    if name == "get_user_model":
        return USER
    if name not in {"get_model", "get_class", "get_registered_model"} or not words:
        return None
    if any(word is None for word in words[:2]):
        return None
    if len(words) == 1:
        return f"{BY_LABEL}{words[0]}" if "." in str(words[0]) else None
    return f"{BY_LABEL}{words[0]}.{words[1]}"
