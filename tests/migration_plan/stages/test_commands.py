import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from stages import rebasing
from stages.__main__ import main
from tests.migration_plan.stages.conftest import Repository


def run(*arguments: str, root: Path) -> int:
    command, *rest = arguments
    return main([command, "--root", str(root), *rest])


def test_a_list_has_every_stage_in_order(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("list", root=repository.root) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [
        "v1/00-trunk",
        "v1/01-branch",
        "v1/02-leaf",
    ]
    assert run("list", "--json", root=repository.root) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [stage["commit"] for stage in listed["stages"]] == [None, None, None]


def test_without_a_series_there_is_no_tag_to_make(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("tags", root=repository.root) == 2
    assert capsys.readouterr().err.splitlines() == [
        "stages: no series has been assembled yet; make series DRY_RUN=1 says what is missing"
    ]


def test_a_dry_run_of_a_series_changes_nothing(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    before = repository.git("for-each-ref")
    assert run("series", "--dry-run", "--json", root=repository.root) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["changes"] == {"00-trunk": None, "01-branch": None, "02-leaf": None}
    assert said["branch"] is None
    assert repository.git("for-each-ref") == before


def test_a_dry_run_says_which_branch_has_the_tree_of_a_stage(
    with_fruit: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("series", "--dry-run", root=with_fruit.root) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [(line[0], line[2], line[3]) for line in lines] == [
        ("v1/00-trunk", "back", "new"),
        ("v1/01-branch", "back", "new"),
        ("v1/02-leaf", "main", "new"),
        ("v1/03-fruit", "retired", "new"),
    ]
    assert run("series", "--dry-run", "--json", root=with_fruit.root) == 0
    assert json.loads(capsys.readouterr().out)["from"]["03-fruit"] == "retired"


@pytest.mark.parametrize("behind", ["back", "retired"])
def test_a_dry_run_rebases_no_branch_and_says_which_one_it_would(
    with_fruit: Repository, capsys: pytest.CaptureFixture[str], behind: str
) -> None:
    with_fruit.write("trunk", "a stronger trunk\n")
    with_fruit.commit("trunk: Mend it.")
    for branch in {"back", "retired"} - {behind}:
        rebasing.rebase(branch, main="main", git=with_fruit.git)
    before = with_fruit.git("for-each-ref")
    assert run("series", "--dry-run", root=with_fruit.root) == 2
    said = f"stages: {behind} does not stand on main; make series rebases it first"
    assert capsys.readouterr().err.splitlines() == [said]
    assert with_fruit.git("for-each-ref") == before
    assert run("series", root=with_fruit.root) == 0
    assert not rebasing.is_behind(behind, main="main", git=with_fruit.git)


def test_a_branch_that_is_not_there_is_one_line(
    with_fruit: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("series", "--ahead", "rotten", root=with_fruit.root) == 2
    assert capsys.readouterr().err.splitlines() == [
        "stages: there is no commit rotten here; --ahead names the branch that goes on from main"
    ]


def test_a_dry_run_without_the_branches_says_who_makes_them(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("series", root=repository.root) == 0
    repository.git("merge", "--ff-only", "series-v1")
    repository.git("branch", "-D", "back")
    capsys.readouterr()
    assert run("series", "--dry-run", root=repository.root) == 2
    said = "stages: there is no branch back here; make series makes it from the last series"
    assert capsys.readouterr().err.splitlines() == [said]


def test_from_the_branch_back_to_tags(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("series", root=repository.root) == 0
    hint = next(line for line in capsys.readouterr().out.splitlines() if "stages check" in line)
    tried = hint.partition("check ")[2].split()
    assert len([repository.git("rev-parse", "--verify", f"{one}^{{commit}}") for one in tried]) == 3
    repository.git("merge", "--quiet", "--ff-only", "series-v1")
    assert run("tags", "--dry-run", root=repository.root) == 0
    assert repository.git("tag", "--list") == ""
    assert run("tags", root=repository.root) == 0
    assert len(repository.git("tag", "--list").splitlines()) == 3
    assert "3 to make, 0 there already" in capsys.readouterr().out


def test_a_commit_that_is_not_there_is_one_line(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("check", "v1/00-trunk", root=repository.root) == 2
    assert capsys.readouterr().err.splitlines() == [
        "stages: there is no commit v1/00-trunk here; make tags makes the tags of the manifest"
    ]


def test_a_clone_that_has_main_only_makes_the_branches_anew(with_fruit: Repository) -> None:
    assert run("series", root=with_fruit.root) == 0
    git = with_fruit.git
    git("merge", "--quiet", "--ff-only", "series-v1")
    trees = {name: git.tree_of(name) for name in ("back", "back~1", "retired")}
    git("branch", "--delete", "--force", "back", "retired")
    with_fruit.write("moss", "moss\n")
    with_fruit.commit("moss: Let it grow everywhere.")

    assert run("series", "--dry-run", root=with_fruit.root) == 2
    assert run("series", root=with_fruit.root) == 0

    for name, before in trees.items():
        changed = git("diff", "--name-only", before, name).splitlines()
        assert set(changed) - {"migration-plan/stages.yaml"} == {"moss"}
    assert git.is_ancestor("main", "back")
    assert git.is_ancestor("main", "retired")


def test_a_bare_name_is_the_stage_of_the_last_series(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("series", root=repository.root) == 0
    repository.git("merge", "--quiet", "--ff-only", "series-v1")
    assert run("check", "00-trunk", root=repository.root) == 2
    assert "no commit v1/00-trunk here; make tags" in capsys.readouterr().err


def test_a_stage_that_stands_by_itself_passes_every_step(
    repository: Repository, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run("check", "main", "--json", root=repository.root) == 0
    tried = json.loads(capsys.readouterr().out)
    assert [(one["step"], one["code"]) for one in tried] == [
        ("setup", 0),
        ("test", 0),
        ("document", 0),
        ("demo", 0),
    ]
    assert (tmp_path / "made").read_text() == "setup\n-k 'test_stages'\nclean\n"


def test_the_document_of_a_tag_is_that_of_its_stage(
    repository: Repository, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    repository.git("tag", "v9/02-leaf", "main")
    assert run("check", "v9/02-leaf", "--step", "document", root=repository.root) == 0
    assert (tmp_path / "made").read_text() == "-k 'test_stages and 02-leaf'\nclean\n"


def test_a_document_of_which_nothing_is_typed_fails(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.write("typed", "already\n")
    repository.commit("docs: Have nothing to type.")
    assert run("check", "main", "--step", "document", "--step", "demo", root=repository.root) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("FAILED main document ")
    assert lines[1].startswith("nothing was typed")
    assert len([line for line in lines if line.startswith(("ok", "FAILED"))]) == 1


def test_a_stage_that_fails_says_what_it_said_and_is_stopped(
    repository: Repository, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run("check", "back~1", "back", root=repository.root) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:3] for line in lines if line.startswith(("ok", "FAILED"))] == [
        ["ok", "back~1", "setup"],
        ["ok", "back~1", "test"],
        ["ok", "back~1", "document"],
        ["FAILED", "back~1", "demo"],
        ["ok", "back", "setup"],
        ["FAILED", "back", "test"],
    ]
    assert "looking for a leaf" in lines
    [log] = [line for line in lines if line.endswith("back~1-demo.log")]
    assert "looking for a leaf" in Path(log.removeprefix("all of it: ")).read_text()
    assert (tmp_path / "made").read_text() == ("setup\n-k 'test_stages'\nclean\nsetup\nclean\n")


def test_who_is_told_to_stop_stops_the_stage_that_is_tried(
    repository: Repository, tmp_path: Path
) -> None:
    repository.git("switch", "--quiet", "back~2", "--detach")
    makefile = (repository.root / "Makefile").read_text()
    repository.write(
        "Makefile",
        makefile.replace("test:\n", "test:\n\t@echo test >> {log}; sleep 60\n").format(
            log=tmp_path / "made"
        ),
    )
    slow = repository.commit("test: Take long.")
    command = [sys.executable, "-m", "stages", "check", "--root", str(repository.root), slow]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    made = tmp_path / "made"
    deadline = time.monotonic() + 30
    while not (made.exists() and "test" in made.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.terminate()
    _, said = process.communicate(timeout=30)
    assert (process.returncode, said.splitlines()[-1]) == (130, "stages: stopped")
    assert made.read_text() == "setup\ntest\nclean\n"


@pytest.mark.parametrize("arguments", [["check"], ["check", "--all"], ["leap"], ["check", "--stp"]])
def test_misuse_is_one_line(
    repository: Repository, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments, root=repository.root) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
