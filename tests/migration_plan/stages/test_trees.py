"""The trees of the last series hold together: what `make stage-check` would find after minutes."""

import ast
import io
import re
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

import pytest

from stages.git import Git
from stages.manifest import Tag, load
from tests.docs.markdown import ROOT

OURS = load(ROOT)
OWN = ("monolith", "extracted")
DEPENDS_ON = re.compile(r'\("(\w+)", "(\d{4}_\w+)"\)')


@pytest.fixture(params=OURS.tags(OURS.series[-1]), ids=lambda tag: tag.name, scope="module")
def files(request: pytest.FixtureRequest) -> Mapping[PurePosixPath, str]:
    """The Python files of our two packages, by path, as a tag of the last series has them."""
    tag: Tag = request.param
    git = Git(ROOT)
    if git("rev-parse", "--is-shallow-repository") == "true":
        pytest.skip("a shallow clone: git fetch --unshallow")
    present = [name for name in OWN if git("ls-tree", tag.commit, name)]
    archive = subprocess.run(
        ["git", "archive", tag.commit, *present], cwd=ROOT, capture_output=True, check=True
    )
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as tar:
        return {
            PurePosixPath(member.name): file.read().decode()
            for member in tar
            if member.name.endswith(".py") and (file := tar.extractfile(member))
        }


def imported(text: str) -> Iterator[str]:
    """Yield the modules that are imported."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def test_what_is_imported_is_there(files: Mapping[PurePosixPath, str]) -> None:
    modules = {".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in files}
    # A folder without a file of its own is a package, too.
    modules |= {".".join(parent.parts) for path in files for parent in path.parents}
    missing = {
        f"{path}: {module}"
        for path, text in files.items()
        for module in imported(text)
        if module.partition(".")[0] in OWN and module not in modules
    }
    assert len(files) > 100
    assert missing == set()


def test_each_app_has_one_last_migration(files: Mapping[PurePosixPath, str]) -> None:
    first: dict[str, set[str]] = {}
    followed: dict[str, set[str]] = {}
    for path, text in files.items():
        if path.match("monolith/*/migrations/[0-9]*.py"):
            app = path.parts[1]
            first.setdefault(app, set()).add(path.stem)
            before = {name for of, name in DEPENDS_ON.findall(text) if of == app}
            followed.setdefault(app, set()).update(before)
    last = {app: names - followed[app] for app, names in first.items()}
    assert "customers" in last
    assert {app: names for app, names in last.items() if len(names) != 1} == {}
