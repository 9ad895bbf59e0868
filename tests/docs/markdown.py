"""Our documents: their links, their code, and the commands they tell people to type."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# A fence may stand indented, inside a list.
_FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_INLINE = re.compile(r"`([^`\n]+)`")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
# Blocks marked bash are run as a whole by a test, and span lines as they like.
_SHELL = {"sh", "console"}


def documents() -> list[Path]:
    """Every Markdown file of the tree, tools' own folders left out."""
    return sorted(
        path
        for path in ROOT.rglob("*.md")
        if not any(part.startswith(".") for part in path.relative_to(ROOT).parts)
    )


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def prose(path: Path) -> str:
    """The text without its fenced blocks."""
    return _FENCE.sub("", path.read_text(encoding="utf-8"))


def links(path: Path) -> list[str]:
    return _LINK.findall(prose(path))


def inline_code(path: Path) -> list[str]:
    return _INLINE.findall(prose(path))


def anchors(path: Path) -> set[str]:
    """The fragments under which GitHub shows the headings."""
    return {
        re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
        for heading in _HEADING.findall(prose(path))
    }


def commands(path: Path) -> Iterator[list[str]]:
    """The words of each command in shell blocks; comments and continuations are resolved."""
    for language, body in _FENCE.findall(path.read_text(encoding="utf-8")):
        if language in _SHELL or body.startswith(("make ", "python -m ")):
            yield from _lines(body)


def transcript(path: Path) -> list[tuple[str, str]]:
    """Each block marked bash with the text block after it: what is typed, and what is printed."""
    fences: list[tuple[str, str]] = _FENCE.findall(path.read_text(encoding="utf-8"))
    following = [*fences[1:], ("", "")]
    return [
        (typed, printed if kind == "text" else "")
        for (language, typed), (kind, printed) in zip(fences, following, strict=True)
        if language == "bash"
    ]


def _lines(body: str) -> Iterator[list[str]]:
    for line in body.replace("\\\n", " ").splitlines():
        words = shlex.split(line.strip().removeprefix("$ "), comments=True)
        if words:
            yield words
