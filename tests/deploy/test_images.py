"""Each Dockerfile is built as far as that is possible without an engine: its packages, its files.

The steps are read from the file and done in a folder that stands for the image's root: pip installs
what the lock says, and the program starts with that and with what COPY brings, and nothing else.
"""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from dockerfile_parse import DockerfileParser

from stack.profile import ROOT
from tests.deploy.composed import DOCKERFILES

EVERY_IMAGE = pytest.mark.parametrize("folder", DOCKERFILES)

# What shows, image by image, that nothing is missing. No database is asked.
SHOP = {
    "DJANGO_SECRET_KEY": "of-a-test",
    "AUTH_MASTER_KEY": "of-a-test-and-long-enough-for-the-rule",
    "MONOLITH_DATABASE_URL": "postgresql://nobody:x@127.0.0.1:1/monolith",
    "MONOLITH_OWNER_DATABASE_URL": "postgresql://nobody:x@127.0.0.1:1/monolith",
}
SERVICES = ("catalog", "inventory", "notifications", "orders", "payments")
STARTS: dict[str, tuple[str, ...]] = {
    "monolith": (
        "gunicorn --check-config -c monolith/gunicorn.conf.py monolith.config.wsgi",
        "monolith.manage check",
    ),
    "extracted": tuple(f"extracted.{name} --help" for name in SERVICES),
    "deploy/bank": ("compileall -q bank",),
    "deploy/tools": (
        "strangler.survey --help",
        "kong_admin --help",
        "stack databases --help",
        "loadtests --help",
        "locust -f loadtests/locustfile.py --list",
    ),
}
# The words by which a role loads what it runs, beside its command line.
LOADS: dict[str, str] = {
    "monolith": "import handover.tracing, handover.process",
    "extracted": "import handover.relay, handover.exporter",
    "deploy/bank": "import bank.__main__",
    "deploy/tools": "import strangler.survey.__main__, stages.__main__",
}


def stages(folder: str) -> list[list[tuple[str, str]]]:
    """The steps of each stage: instruction and arguments."""
    parser = DockerfileParser(path=str(ROOT / folder / "Dockerfile"))
    found: list[list[tuple[str, str]]] = []
    for step in parser.structure:
        if step["instruction"] == "FROM":
            found.append([])
        if found and step["instruction"] != "COMMENT":
            found[-1].append((step["instruction"], step["value"]))
    return found


def copied(folder: str) -> list[tuple[str, str]]:
    """What the last stage takes from the repository: source and place."""
    values = [shlex.split(value) for name, value in stages(folder)[-1] if name == "COPY"]
    return [(value[0], value[1]) for value in values if not value[0].startswith("--from")]


@EVERY_IMAGE
def test_the_linter_has_nothing_to_say(folder: str) -> None:
    linter = Path(sys.executable).with_name("hadolint")
    done = subprocess.run(
        [linter, ROOT / folder / "Dockerfile"], capture_output=True, text=True, check=False
    )
    assert done.stdout == ""
    assert done.returncode == 0


@EVERY_IMAGE
def test_an_image_runs_as_nobody_and_takes_only_what_the_context_has(folder: str) -> None:
    last = stages(folder)[-1]
    assert ("USER", "10001:10001") in last
    assert {name for name, _ in last} >= {"ENTRYPOINT", "CMD", "HEALTHCHECK", "STOPSIGNAL"}
    let_in = {
        line[1:].rstrip("/")
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    for source, _ in copied(folder):
        assert (ROOT / source).exists()
        assert any(source == name or source.startswith(f"{name}/") for name in let_in)


@EVERY_IMAGE
def test_every_stage_stands_on_a_python_of_an_exact_version(folder: str) -> None:
    first = (ROOT / folder / "Dockerfile").read_text()
    assert "ARG PYTHON=python:3.11.11-slim-bookworm" in first
    assert {steps[0][1].split()[0] for steps in stages(folder)} == {"${PYTHON}"}


@pytest.mark.slow
@pytest.mark.timeout(900)
@EVERY_IMAGE
def test_an_image_has_all_that_its_programs_load(folder: str, tmp_path: Path) -> None:
    install(folder, root=tmp_path)
    for source, place in copied(folder):
        put(
            ROOT / source,
            tmp_path / place.lstrip("/") if place.startswith("/") else app(tmp_path) / place,
        )
    for start in STARTS[folder]:
        run(folder, tmp_path, "-m", *start.split())
    run(folder, tmp_path, "-c", LOADS[folder])


def app(root: Path) -> Path:
    return root / "app"


def put(source: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, place, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copyfile(source, place)


def install(folder: str, *, root: Path) -> None:
    """Do what the first of two stages does, below `root` and with the Python at hand."""
    if len(stages(folder)) == 1:
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", root / "venv"], check=True)
        return
    for name, value in stages(folder)[0]:
        if name == "COPY":
            source, place = value.split()
            put(ROOT / source, root / place.lstrip("/"))
        if name == "RUN":
            command = value.replace("/venv", f"{root}/venv").replace(
                "/requirements.txt", f"{root}/requirements.txt"
            )
            command = command.replace("python -m", f"{sys.executable} -m", 2)
            subprocess.run(["sh", "-ec", command], cwd=root, check=True)


def run(folder: str, root: Path, *arguments: str) -> None:
    told = {
        name: value.strip('"')
        .replace("/app", str(app(root)))
        .replace("/state", str(root / "state"))
        for step, values in stages(folder)[-1]
        if step == "ENV"
        for name, _, value in (pair.partition("=") for pair in values.split())
    }
    told |= {
        "PATH": f"{root}/venv/bin:{os.environ['PATH']}",
        "HOME": str(root),
        "SEED_PASSWORD": "x",
    }
    done = subprocess.run(
        [root / "venv" / "bin" / "python", *arguments],
        cwd=app(root),
        env=told | SHOP,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
