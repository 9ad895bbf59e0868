"""Nobody of ours asks by way of a proxy: HTTP_PROXY would lead tokens, cards and passwords out of the house."""

import ast
from collections.abc import Iterator

from tests.architecture.tree import ROOT, modules

ASKING = {
    "Client",
    "AsyncClient",
    "get",
    "post",
    "put",
    "patch",
    "delete",
    "head",
    "request",
    "stream",
}


def obedient(source: str) -> Iterator[int]:
    """The lines of calls of httpx that look into the environment."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="httpx"), attr=name)) if (
                name in ASKING
            ):
                given = {word.arg: word.value for word in node.keywords}
                if not (
                    isinstance(said := given.get("trust_env"), ast.Constant) and said.value is False
                ):
                    yield node.lineno


def test_no_client_obeys_the_environment() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in modules()
        for line in obedient(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_the_rule_sees_who_does_not_say_or_says_yes() -> None:
    assert list(obedient("httpx.Client(timeout=1)\nhttpx.get(url, trust_env=True)")) == [1, 2]
    assert list(obedient("httpx.Client(trust_env=False)\nhttpx.Timeout(1)")) == []
