"""The published history: one commit after the other, each with the tree of its stage."""

import pytest

from stages.git import Git
from stages.manifest import PLACE, Manifest, Tag, load, parse
from tests.docs.markdown import ROOT

GIT = Git(ROOT)
OURS = load(ROOT)
EACH_SERIES = pytest.mark.parametrize("series", OURS.series)
EACH_TAG = pytest.mark.parametrize(
    "tag", [tag for series in OURS.series for tag in OURS.tags(series)], ids=lambda tag: tag.name
)


@pytest.fixture(autouse=True)
def whole() -> None:
    """A clone that was cut off has no history to look at."""
    if GIT("rev-parse", "--is-shallow-repository") == "true":
        pytest.skip("a shallow clone: git fetch --unshallow")


def at(tag: Tag) -> Manifest:
    return parse(GIT("show", f"{tag.commit}:{PLACE}"), origin=tag.name)


@EACH_SERIES
def test_each_stage_stands_on_the_one_before_it_and_on_nothing_else(series: str) -> None:
    commits = [tag.commit for tag in OURS.tags(series)]
    parents = ["", *commits[:-1]]
    assert GIT("log", "--reverse", "--format=%H %P", commits[-1]).splitlines() == [
        f"{commit} {parent}" for commit, parent in zip(commits, parents, strict=True)
    ]


@EACH_SERIES
def test_a_series_begins_with_the_first_stage_and_leaves_none_out(series: str) -> None:
    stages = [tag.stage for tag in OURS.tags(series)]
    assert stages == list(OURS.names[: len(stages)])


@EACH_TAG
def test_a_stage_says_which_one_it_is(tag: Tag) -> None:
    readme = GIT("show", f"{tag.commit}:README.md")
    assert f"This tree is the stage `{tag.stage}`" in readme
    assert at(tag).reached[-1] == tag.stage
    assert GIT("log", "-1", "--format=%s", tag.commit).startswith(f"{tag.stage}: ")


@EACH_TAG
def test_a_tag_that_is_there_names_the_commit_of_the_manifest(tag: Tag) -> None:
    found = GIT.commit_of(f"refs/tags/{tag.name}")
    assert found in {None, tag.commit}
