"""Read YAML as people mean it: a key given twice is a mistake, `${NAME}` is the environment's."""

import re
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import yaml

from kong_admin.errors import DeclarationError, Problem

_PLACEHOLDER = re.compile(r"\$\$\{|\$\{([^}]*)\}")


class _Loader(yaml.CSafeLoader):
    def construct_mapping(
        self,
        node: yaml.MappingNode,
        deep: bool = False,  # noqa: FBT001, FBT002  # PyYAML's own signature
    ) -> dict[Hashable, Any]:
        # PyYAML keeps the last of two equal keys and says nothing.
        seen = set()
        for key_node, _ in node.value:
            if key_node.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key_node.value!r} is given twice", key_node.start_mark
                )
            seen.add(key_node.value)
        return super().construct_mapping(node, deep)


def read_yaml(file: Path, *, environ: Mapping[str, str]) -> Any:
    """The document of one file, its placeholders filled."""
    try:
        document = yaml.load(file.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506  # it is a SafeLoader
    except OSError as unreadable:
        raise _problem(file, "", str(unreadable.strerror)) from unreadable
    except UnicodeDecodeError as garbled:
        raise _problem(file, "", "is not UTF-8 text") from garbled
    except yaml.YAMLError as malformed:
        mark = getattr(malformed, "problem_mark", None)
        where = f"line {mark.line + 1}" if mark else ""
        message = getattr(malformed, "problem", None) or "is not YAML"
        raise _problem(file, where, message) from malformed
    return _filled(document, file=file, path="", environ=environ)


def _filled(value: Any, *, file: Path, path: str, environ: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {
            name: _filled(item, file=file, path=f"{path}.{name}".lstrip("."), environ=environ)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [
            _filled(item, file=file, path=f"{path}[{index}]", environ=environ)
            for index, item in enumerate(value)
        ]
    return _text(value, file, path, environ) if isinstance(value, str) else value


def _text(text: str, file: Path, path: str, environ: Mapping[str, str]) -> str | int:
    def replacement(match: re.Match[str]) -> str:
        name = match.group(1)
        if name is None:
            return "${"
        if name not in environ:
            raise _problem(file, path, f"the environment has no {name}; set it and try again")
        return environ[name]

    filled = _PLACEHOLDER.sub(replacement, text)
    # `port: ${PORT}` must become a number: a value that is one placeholder reads as YAML would.
    # `007` is no number: a secret would lose its zeros.
    is_number = _PLACEHOLDER.fullmatch(text) and re.fullmatch(r"0|[1-9][0-9]{0,17}", filled)
    return int(filled) if is_number else filled


def _problem(file: Path, path: str, message: str) -> DeclarationError:
    return DeclarationError(Problem(file=str(file), path=path, message=message))
