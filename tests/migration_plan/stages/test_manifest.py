import pytest

from stages.errors import ManifestError
from stages.manifest import load, parse, with_series
from tests.docs.markdown import ROOT
from tests.migration_plan.stages.conftest import AFTER_MAIN, MANIFEST

COMMITS = {"00-trunk": "a" * 40, "01-branch": "b" * 40}


def test_ours_names_stages_and_documents_that_are_there() -> None:
    found = load(ROOT)
    assert found.names[0] == "00-monolith"
    for stage in found.stages:
        assert stage.document is None or (ROOT / "migration-plan" / stage.document).is_file()


def test_the_readme_says_at_which_stage_it_stands() -> None:
    here = load(ROOT).reached[-1]
    assert f"This tree is the stage `{here}`" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_document_of_a_stage_is_named() -> None:
    named = {stage.document for stage in load(ROOT).stages} - {None}
    written = {f"stages/{path.name}" for path in (ROOT / "migration-plan/stages").glob("*.md")}
    assert written == named


def test_what_comes_after_main_is_told_apart() -> None:
    found = parse(AFTER_MAIN, origin="it")
    assert found.reached == ("00-trunk", "01-branch", "02-leaf")
    assert found.ahead == ("03-fruit",)


def test_a_manifest_without_a_series_will_begin_with_the_first() -> None:
    found = parse(MANIFEST, origin="it")
    assert found.series == ()
    assert found.next_series() == "v1"


def test_a_series_is_added_and_nothing_else_changes() -> None:
    first = with_series(MANIFEST, series="v1", commits=COMMITS)
    second = with_series(first, series="v2", commits=COMMITS)
    assert second.startswith(first)
    assert first.startswith(MANIFEST)
    found = parse(second, origin="it")
    assert found.series == ("v1", "v2")
    assert [tag.name for tag in found.tags("v1")] == ["v1/00-trunk", "v1/01-branch"]
    assert found.next_series() == "v3"


def test_an_earlier_tree_overlooks_the_stages_that_come_after_it() -> None:
    found = parse(
        MANIFEST + "  v1: {00-trunk: " + "a" * 40 + ", 03-root: " + "b" * 40 + "}\n", origin="it"
    )
    assert [tag.name for tag in found.tags("v1")] == ["v1/00-trunk"]


def test_the_tenth_series_comes_after_the_ninth() -> None:
    text = with_series(MANIFEST, series="v10", commits=COMMITS)
    assert (
        parse(with_series(text, series="v9", commits=COMMITS), origin="it").next_series() == "v11"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("stages: [", "not YAML"),
        ("stages: []", "stages"),
        (MANIFEST.replace("01-branch", "03-branch"), "without a gap"),
        (MANIFEST.replace("title: Begin", "titel: Begin"), "stages.0"),
        (AFTER_MAIN.replace("title: Begin", "title: Begin, after_main: true"), "after_main"),
        (MANIFEST.replace("}", ", after_main: true}"), "after_main"),
        (MANIFEST + "  v1: {01-root: " + "a" * 40 + "}\n", "01-root"),
        (MANIFEST + "  v1: {00-trunk: abc}\n", "commits.v1.00-trunk"),
        (MANIFEST + "  first: {}\n", "commits.first"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(text: str, said: str) -> None:
    with pytest.raises(ManifestError, match=said) as refused:
        parse(text, origin="it")
    assert "\n" not in str(refused.value)


def test_a_series_is_not_written_into_the_middle() -> None:
    with pytest.raises(ManifestError, match="last thing"):
        with_series("commits:\n" + MANIFEST.replace("commits:\n", ""), series="v1", commits=COMMITS)
