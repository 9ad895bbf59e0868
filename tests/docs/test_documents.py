"""What the documents name exists. Structure is asserted, never sentences."""

import re
from pathlib import Path

import pytest

from tests.docs.command_lines import CLICK, complaint, make_targets, programs
from tests.docs.markdown import ROOT, anchors, commands, documents, inline_code, links, name_of

EVERY_DOCUMENT = pytest.mark.parametrize("document", documents(), ids=name_of)


def is_outside(link: str) -> bool:
    return link.startswith(("http://", "https://", "mailto:"))


@EVERY_DOCUMENT
def test_every_link_leads_somewhere(document: Path) -> None:
    for link in links(document):
        if is_outside(link):
            continue
        place, _, fragment = link.partition("#")
        target = (document.parent / place).resolve() if place else document
        assert target.exists(), f"{name_of(document)} links to {link}"
        assert not fragment or fragment in anchors(target), f"{link} has no such heading"


@EVERY_DOCUMENT
def test_every_command_in_a_shell_block_would_be_understood(document: Path) -> None:
    complaints = [said for words in commands(document) if (said := complaint(words))]
    assert complaints == []


@EVERY_DOCUMENT
@pytest.mark.parametrize("command", ["python -m stack", "docker compose"])
def test_every_program_that_is_stopped_exists(document: Path, command: str) -> None:
    verbs = rf"{command} (?:stop|start|restart) ([a-z0-9 -]+)"
    named = " ".join(re.findall(verbs, document.read_text(encoding="utf-8"))).split()
    assert set(named) <= programs(command)


@EVERY_DOCUMENT
def test_every_make_target_that_is_named_exists(document: Path) -> None:
    named = {code.split()[1] for code in inline_code(document) if re.match(r"make [a-z]", code)}
    assert named <= make_targets()


def test_contributing_names_every_make_target() -> None:
    named = set(re.findall(r"`make ([a-z0-9-]+)`", (ROOT / "CONTRIBUTING.md").read_text()))
    assert named == make_targets()


def test_a_command_that_does_not_exist_is_noticed() -> None:
    assert complaint(["make", "coffee"])
    assert complaint(["python", "-m", "kong_admin", "difff"])
    assert complaint(["python", "-m", "strangler.survey", "monolith", "--jsn", "|", "sed", "-n"])
    assert complaint(["python", "-m", "extracted.contracts.golden", "--wright"])


@pytest.mark.parametrize("program", CLICK)
def test_the_readmes_name_every_command_line_of_ours(program: str) -> None:
    readmes = [path for path in documents() if path.name == "README.md"]
    assert any(program in " ".join(words) for path in readmes for words in commands(path))


def test_the_readme_shows_a_picture() -> None:
    images = [link for link in links(ROOT / "README.md") if link.endswith((".svg", ".png"))]
    assert images


def test_the_changelog_has_a_place_for_what_comes_next() -> None:
    headings = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] == "Unreleased"


def test_the_readme_names_every_folder_of_the_tree() -> None:
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and path.name[0] != "."}
    named = {link.partition("/")[0] for link in links(ROOT / "README.md")}
    assert folders - {"requirements", "__pycache__"} <= named
