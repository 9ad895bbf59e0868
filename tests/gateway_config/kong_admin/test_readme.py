"""The package's own README: every example in it runs, and the package stands alone."""

import ast
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway_config.conformance.echo import echoes
from tests.gateway_config.conformance.embedded import running
from tests.gateway_config.kong_admin.issuer import Issuer, serving

PACKAGE = Path(__file__).parents[3] / "gateway-config" / "kong_admin"
README = (PACKAGE / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def distribution(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What would be published, unpacked: nothing else of this repository is beside it."""
    built, unpacked = tmp_path_factory.mktemp("built"), tmp_path_factory.mktemp("unpacked")
    source = tmp_path_factory.mktemp("source") / "anything"
    shutil.copytree(PACKAGE, source, ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(built)]
    subprocess.run(command, cwd=source, check=True, capture_output=True, timeout=120)
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(unpacked)
    return unpacked


@pytest.fixture(scope="module")
def environment(
    tmp_path_factory: pytest.TempPathFactory, distribution: Path
) -> Iterator[dict[str, str]]:
    issuer = Issuer()
    with (
        running(tmp_path_factory.mktemp("gateway")) as (admin, proxy),
        echoes(1, host="127.0.0.1") as (shop,),
        serving(issuer.document) as jwks,
    ):
        yield {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(distribution),
            "KONG_ADMIN_URL": admin,
            "KONG_PROXY_URL": proxy,
            "KONG_AUDIT_LOG": "audit.jsonl",
            "SHOP_TARGET": f"127.0.0.1:{shop.server_port}",
            "WAREHOUSE_KEY": "0123456789",
            "JWKS_URL": jwks,
        }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (declared,) = blocks("yaml")
    (tmp_path / "kong").mkdir()
    (tmp_path / "kong" / "shop.yaml").write_text(declared)
    return tmp_path


def run(
    words: list[str], environment: dict[str, str], folder: Path
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.slow
def test_every_command_of_the_readme_ends_as_it_says(
    environment: dict[str, str], folder: Path
) -> None:
    (shell,) = blocks("sh")
    lines = [line for line in shell.splitlines() if line.startswith("python ")]
    assert len(lines) > 10
    for line in lines:
        told = re.search(r"# exit code (\d)", line)
        words = shlex.split(line, comments=True)[1:]
        words = [expanded(word, environment) for word in words]
        done = run(words, environment, folder)
        assert done.returncode == (int(told[1]) if told else 0), f"{line}\n{done.stderr}"


def expanded(word: str, environment: dict[str, str]) -> str:
    return re.sub(r"\$(\w+)", lambda found: environment[found[1]], word)


@pytest.mark.parametrize("number", range(len(blocks("python"))))
def test_every_example_in_python_runs(
    environment: dict[str, str], folder: Path, number: int
) -> None:
    script = blocks("python")[number]
    done = run(["-W", "error", "-c", script], environment, folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout, "each example prints something"


def test_the_table_names_every_command(environment: dict[str, str], folder: Path) -> None:
    from kong_admin.commands import cli

    for name in cli.commands:
        assert re.search(rf"^\| `{name}\b.*` \|", README, re.MULTILINE), name


def test_what_is_published_is_typed_and_comes_from_nowhere_else(
    environment: dict[str, str], distribution: Path, folder: Path
) -> None:
    assert (distribution / "kong_admin" / "py.typed").is_file()
    done = run(["-c", "import kong_admin; print(kong_admin.__file__)"], environment, folder)
    assert Path(done.stdout.strip()) == distribution / "kong_admin" / "__init__.py"
    metadata = next(distribution.glob("*.dist-info")) / "METADATA"
    assert "# kong_admin" in metadata.read_text(), "the README is the description"


def test_the_dependencies_are_those_that_are_imported() -> None:
    project = tomllib.loads((PACKAGE / "pyproject.toml").read_text())["project"]
    declared = {re.split("[<>=]", name)[0] for name in project["dependencies"]}
    imported = set()
    for module in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            imported |= {name.partition(".")[0] for name in names}
    others = imported - sys.stdlib_module_names - {"kong_admin"}
    assert {{"yaml": "pyyaml"}.get(name, name) for name in others} == declared
    for name in declared:
        assert re.search(rf"`{name}`", README, re.IGNORECASE), f"{name} is not in the README"
