import pytest

from stages import rebasing, series, trees
from stages.errors import SeriesError
from stages.manifest import Manifest, load
from stages.series import Assembled
from stages.trees import Branches
from tests.migration_plan.stages.conftest import BRANCHES, MANIFEST, Repository

PLACE = "migration-plan/stages.yaml"


@pytest.fixture
def manifest(repository: Repository) -> Manifest:
    return load(repository.root)


def assembled(repository: Repository, name: str = "v1") -> Assembled:
    found = load(repository.root)
    ends = trees.endings(found, branches=BRANCHES, git=repository.git)
    return series.assemble(ends, manifest=found, series=name, main="main", git=repository.git)


def going_back_by(branch: str) -> Branches:
    return Branches(main="main", back=branch, ahead="retired")


def taken(repository: Repository, name: str = "v1") -> Assembled:
    made = assembled(repository, name)
    repository.git("merge", "--quiet", "--ff-only", made.branch)
    return made


def test_the_trees_are_found_in_the_order_of_the_stages(
    repository: Repository, manifest: Manifest
) -> None:
    ends = trees.endings(manifest, branches=BRANCHES, git=repository.git)
    assert [end.stage for end in ends] == ["00-trunk", "01-branch", "02-leaf"]
    rest = {"trunk", "Makefile", PLACE}
    assert [repository.files(end.tree) - rest for end in ends] == [
        set(),
        {"branch"},
        {"branch", "leaf"},
    ]


def test_a_commit_in_between_is_part_of_the_stage_that_ends_after_it(
    repository: Repository, manifest: Manifest
) -> None:
    repository.git("switch", "--quiet", "--create", "longer", "back~1")
    repository.git("rm", "--quiet", "branch")
    repository.commit("branch: Take it away.")
    repository.write("trunk", "a shorter trunk\n")
    repository.commit("trunk: Cut it.\n\nStage: 00-trunk")
    ends = trees.endings(manifest, branches=going_back_by("longer"), git=repository.git)
    assert ends[0].commit == repository.git.commit_of("longer")


def test_a_stage_without_a_tree_is_named(repository: Repository, manifest: Manifest) -> None:
    with pytest.raises(SeriesError, match="`Stage: 00-trunk`; the trees of 2 of 3"):
        trees.endings(manifest, branches=going_back_by("back~1"), git=repository.git)


def test_a_stage_out_of_order_is_refused(repository: Repository, manifest: Manifest) -> None:
    repository.git("switch", "--quiet", "--create", "hasty", "main")
    repository.git("rm", "--quiet", "leaf", "branch")
    repository.commit("all: Take it away.\n\nStage: 00-trunk")
    with pytest.raises(SeriesError, match="after 02-leaf comes 01-branch"):
        trees.endings(manifest, branches=going_back_by("hasty"), git=repository.git)


def test_a_stage_after_main_is_found_on_the_branch_that_goes_on(with_fruit: Repository) -> None:
    ends = trees.endings(load(with_fruit.root), branches=BRANCHES, git=with_fruit.git)
    assert [(end.stage, end.branch) for end in ends] == [
        ("00-trunk", "back"),
        ("01-branch", "back"),
        ("02-leaf", "main"),
        ("03-fruit", "retired"),
    ]
    assert with_fruit.files(ends[-1].tree) - with_fruit.files(ends[-2].tree) == {"fruit"}


def test_a_stage_after_main_that_nobody_has_made_is_named(with_fruit: Repository) -> None:
    with_fruit.git("branch", "--force", "retired", "main")
    with pytest.raises(SeriesError, match="of retired has the trailer `Stage: 03-fruit`"):
        trees.endings(load(with_fruit.root), branches=BRANCHES, git=with_fruit.git)


def test_what_goes_on_from_main_is_no_stage_unless_the_manifest_names_it(
    with_fruit: Repository,
) -> None:
    manifest = load(with_fruit.root)
    fewer = manifest.model_copy(update={"stages": manifest.stages[:-1]})
    ends = trees.endings(fewer, branches=BRANCHES, git=with_fruit.git)
    assert [end.stage for end in ends] == list(fewer.names)


def test_main_keeps_its_tree_and_contains_the_stage_that_comes_after_it(
    with_fruit: Repository,
) -> None:
    made = taken(with_fruit)
    git = with_fruit.git
    leaf, fruit = made.commits["02-leaf"], made.commits["03-fruit"]
    assert git("rev-parse", f"{fruit}^") == leaf
    assert git.tree_of(fruit) == git.tree_of("retired")
    assert git.is_ancestor(fruit, "main")
    assert git("diff", "--name-only", leaf, "main") == PLACE


def test_the_branch_that_goes_on_is_laid_on_main_too(with_fruit: Repository) -> None:
    taken(with_fruit)
    with_fruit.write("trunk", "a stronger trunk\n")
    with_fruit.commit("trunk: Mend it.")
    git = with_fruit.git
    for branch in ("back", "retired"):
        rebasing.rebase(branch, main="main", git=git)
    second = taken(with_fruit, "v2")
    assert git("show", f"{second.commits['03-fruit']}:trunk") == "a stronger trunk"
    assert git("show", f"{second.commits['03-fruit']}:fruit") == "fruit"


def test_the_history_goes_forward_and_each_commit_has_its_tree(repository: Repository) -> None:
    made = assembled(repository)
    git = repository.git
    assert list(made.commits) == ["00-trunk", "01-branch", "02-leaf"]
    first, second, third = made.commits.values()
    assert git("rev-list", "--reverse", third).splitlines() == [first, second, third]
    assert git.tree_of(second) == git.tree_of("back~1")
    assert git("diff", "--name-only", first, second) == "branch"
    assert git("log", "-1", "--format=%s", second) == "01-branch: Grow a branch."


def test_main_can_move_to_it_and_differs_only_by_the_names(repository: Repository) -> None:
    before = repository.git.commit_of("main")
    made = taken(repository)
    git = repository.git
    assert git("diff", "--name-only", str(before), "main") == PLACE
    assert git("diff", "--name-only", made.commits["02-leaf"], "main") == PLACE
    assert all(git.is_ancestor(commit, "main") for commit in made.commits.values())
    assert git("show", f"main:{PLACE}").startswith(MANIFEST.rstrip("\n"))
    assert load(repository.root).commits["v1"] == made.commits
    assert git("status", "--porcelain") == ""


def test_a_branch_of_that_name_is_not_overwritten(repository: Repository) -> None:
    assembled(repository)
    with pytest.raises(SeriesError, match="series-v1 is there already"):
        assembled(repository)


def test_the_next_series_has_what_main_has_now(repository: Repository) -> None:
    taken(repository)
    repository.write("trunk", "a stronger trunk\n")
    repository.commit("trunk: Mend it.")
    git = repository.git
    assert rebasing.is_behind("back", main="main", git=git)
    rebasing.rebase("back", main="main", git=git)
    manifest = load(repository.root)
    ends = trees.endings(manifest, branches=BRANCHES, git=git)
    changes = series.changed_stages(ends, manifest=manifest, git=git)
    # The trunk, and the manifest that names the first series by now.
    assert all("2 files changed" in str(change) for change in changes.values())
    second = taken(repository, "v2")
    assert git("show", f"{second.commits['00-trunk']}:trunk") == "a stronger trunk"
    assert load(repository.root).series == ("v1", "v2")


def test_a_conflict_is_shown_and_can_be_mended(repository: Repository) -> None:
    repository.write("leaf", "a greener leaf\n")
    repository.commit("leaf: Color it.")
    with pytest.raises(SeriesError, match=r"`leaf: Take it away.` conflicts with main in leaf"):
        rebasing.rebase("back", main="main", git=repository.git)
    with pytest.raises(SeriesError, match="make series again"):
        rebasing.rebase("back", main="main", git=repository.git)
    there = Repository(repository.root / rebasing.PLACE).git
    there("rm", "--quiet", "leaf")
    there("-c", "core.editor=true", "rebase", "--continue")
    rebasing.rebase("back", main="main", git=repository.git)
    assert not rebasing.is_behind("back", main="main", git=repository.git)
    assert not (repository.root / rebasing.PLACE).exists()
    assert repository.git("show", "back~1:trunk") == "trunk"
