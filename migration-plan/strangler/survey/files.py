"""The files of a foreign project: found, parsed, and never run."""

import ast
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

# Generated, borrowed, or copies of what is read elsewhere: migrations repeat the models.
_LEFT_OUT = {
    "migrations",
    "south_migrations",
    "tests",
    "test",
    "testing",
    "node_modules",
    "site-packages",
    "project_template",
    "app_template",
    "build",
    "dist",
    "__pycache__",
}


class SurveyError(Exception):
    """There is nothing to survey here; the message says what was expected."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Module:
    """One parsed file. `name` is what the project itself would import."""

    name: str
    aliases: tuple[str, ...]
    file: str
    path: Path
    tree: ast.Module

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """The whole tree, flat: every detector walks it."""
        return tuple(ast.walk(self.tree))

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"

    @property
    def package(self) -> str:
        """What a relative import starts from."""
        return self.name if self.is_package else self.name.rpartition(".")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A file that is not Python as we know it."""

    file: str
    reason: str


def python_files(root: Path) -> list[Path]:
    """What is read: no tests, no migrations, no virtual environments."""
    if not root.is_dir():
        msg = f"{root} is no folder; name the folder of a Django project"
        raise SurveyError(msg)
    return sorted(_walk(root))


def _walk(folder: Path) -> Iterator[Path]:
    for entry in folder.iterdir():
        if entry.is_symlink() or entry.name.startswith("."):
            continue
        if entry.is_dir():
            if entry.name not in _LEFT_OUT and not (entry / "pyvenv.cfg").exists():
                yield from _walk(entry)
        elif entry.suffix == ".py" and not _is_test(entry.name):
            yield entry


def _is_test(name: str) -> bool:
    return name in {"tests.py", "conftest.py", "factories.py"} or name.startswith("test_")


def parse(paths: Iterable[Path], *, root: Path) -> tuple[list[Module], list[Skipped]]:
    """Parse each file; what does not parse is listed."""
    modules, skipped = [], []
    base = root.resolve()
    while (base / "__init__.py").exists():
        base = base.parent
    for path in paths:
        shown = path.relative_to(root).as_posix()
        try:
            tree = _tree(path)
        except (SyntaxError, ValueError, RecursionError, OSError) as error:
            skipped.append(Skipped(file=shown, reason=_reason(error)))
            continue
        aliases = tuple(_aliases(path.resolve(), base=base))
        modules.append(
            Module(name=aliases[-1], aliases=aliases, file=shown, path=path.resolve(), tree=tree)
        )
    return modules, skipped


def _reason(error: Exception) -> str:
    if isinstance(error, SyntaxError):
        return f"line {error.lineno}: {error.msg}"
    return " ".join(str(error).split()) or type(error).__name__


def _tree(path: Path) -> ast.Module:
    with warnings.catch_warnings():
        # A foreign backslash is no concern of ours.
        warnings.simplefilter("ignore")
        return ast.parse(path.read_bytes(), filename=path.name)


def _aliases(path: Path, *, base: Path) -> Iterator[str]:
    """The dotted names a file may go by: from the top down to its first regular package.

    Which folder is on the path of imports is not written anywhere; the last one is the likeliest.
    """
    parts = [*path.relative_to(base).parts[:-1], path.stem]
    if path.name == "__init__.py":
        parts = parts[:-1]
    first = 0
    while first < len(parts) - 1 and not base.joinpath(*parts[: first + 1], "__init__.py").exists():
        first += 1
    for start in range(first + 1):
        yield ".".join(parts[start:]) or "__init__"
