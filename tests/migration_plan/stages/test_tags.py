import shutil
from pathlib import Path

import pytest

from stages import series, tags, trees
from stages.errors import GitError, TagMovedError
from stages.git import Git
from stages.manifest import Manifest, load
from tests.migration_plan.stages.conftest import BRANCHES, Repository, named


@pytest.fixture
def published(repository: Repository) -> Manifest:
    """A series, assembled and taken by main."""
    found = load(repository.root)
    ends = trees.endings(found, branches=BRANCHES, git=repository.git)
    series.assemble(ends, manifest=found, series="v1", main="main", git=repository.git)
    repository.git("merge", "--quiet", "--ff-only", "series-v1")
    return load(repository.root)


def test_a_clone_of_main_can_make_every_tag(
    repository: Repository, published: Manifest, tmp_path: Path
) -> None:
    clone = tmp_path / "clone"
    repository.git(
        "clone", "--quiet", "--no-local", "--single-branch", str(repository.root), str(clone)
    )
    named(clone)
    git = Git(clone)
    plan = tags.missing(published, git=git)
    tags.make(plan.to_make, manifest=published, git=git)
    made = git("tag", "--list").splitlines()
    assert made == ["v1/00-trunk", "v1/01-branch", "v1/02-leaf"]
    assert git("tag", "--list", "--format=%(contents:subject)", "v1/00-trunk") == "Begin"


def test_the_second_time_there_is_nothing_to_do(
    repository: Repository, published: Manifest
) -> None:
    tags.make(
        tags.missing(published, git=repository.git).to_make, manifest=published, git=repository.git
    )
    again = tags.missing(published, git=repository.git)
    assert again.to_make == ()
    assert len(again.there) == 3


def test_a_tag_that_names_another_commit_is_not_moved(
    repository: Repository, published: Manifest
) -> None:
    repository.git("tag", "v1/01-branch", "main")
    with pytest.raises(TagMovedError, match="v1/01-branch names"):
        tags.missing(published, git=repository.git)
    assert repository.git.commit_of("v1/01-branch") == repository.git.commit_of("main")


def test_a_commit_that_is_not_there_stops_all_of_it(
    repository: Repository, published: Manifest, tmp_path: Path
) -> None:
    shallow = tmp_path / "shallow"
    repository.git("clone", "--quiet", "--depth", "1", f"file://{repository.root}", str(shallow))
    with pytest.raises(GitError, match="not in this clone"):
        tags.missing(published, git=Git(shallow))
    assert Git(shallow)("tag", "--list") == ""
    shutil.rmtree(shallow)
