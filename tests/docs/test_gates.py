"""One definition of green: whatever decides over a commit calls make, and make exists."""

import re
from typing import Any

import pytest
import yaml

from tests.docs.command_lines import complaint
from tests.docs.markdown import ROOT

# The steps of a container are root's and the checkout is not, and git leaves another's repository
# alone. Whoever clones it is asked for its `.git`. The variable is that of the shell: the expression
# names the folder of the machine outside.
TRUST = [
    'git config --global --add safe.directory "$GITHUB_WORKSPACE"',
    'git config --global --add safe.directory "$GITHUB_WORKSPACE/.git"',
]


def hooks() -> list[str]:
    config: Any = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    return [hook["entry"] for repository in config["repos"] for hook in repository["hooks"]]


def workflows() -> list[tuple[str, Any]]:
    files = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
    return [(file.name, yaml.safe_load(file.read_text(encoding="utf-8"))) for file in files]


def jobs() -> list[dict[str, Any]]:
    return [job for _, flow in workflows() for job in flow["jobs"].values()]


def all_steps() -> list[dict[str, Any]]:
    return [step for job in jobs() for step in job["steps"]]


def steps() -> list[str]:
    return [step["run"] for step in all_steps() if "run" in step]


def test_every_hook_of_pre_commit_is_a_make_target() -> None:
    assert hooks()
    for entry in hooks():
        assert entry.startswith("make ")
        assert complaint(entry.split()) is None


def test_the_build_server_calls_make_and_installs_what_make_needs() -> None:
    assert "make check" in steps()
    for run in steps():
        assert run.startswith(("make ", "apt-get ")) or run in TRUST
        # One command a step: no script hides in a workflow.
        assert "\n" not in run.strip()
        assert not set(run) & set("&|;")


@pytest.mark.parametrize("steps_of_job", [job["steps"] for job in jobs() if "container" in job])
def test_git_trusts_the_checkout_in_a_container(steps_of_job: list[dict[str, Any]]) -> None:
    [checkout] = [
        place
        for place, step in enumerate(steps_of_job)
        if step.get("uses", "").startswith("actions/checkout@")
    ]
    following = [step.get("run") for step in steps_of_job[checkout + 1 :]]
    assert following[: len(TRUST)] == TRUST


@pytest.mark.parametrize("run", sorted({step for step in steps() if step.startswith("make ")}))
def test_what_a_build_server_makes_can_be_made(run: str) -> None:
    assert complaint(run.split()) is None


@pytest.mark.parametrize("target", ["check", "test-all", "audit", "images", "smoke"])
def test_a_build_server_makes_what_a_desk_seldom_does(target: str) -> None:
    assert f"make {target}" in steps()


def test_an_action_is_pinned_by_its_commit() -> None:
    used = [step["uses"] for step in all_steps() if "uses" in step]
    assert used
    for action in used:
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action)


@pytest.mark.parametrize(("name", "flow"), workflows())
def test_a_workflow_may_only_read_and_ends(name: str, flow: Any) -> None:
    assert flow["permissions"] == {"contents": "read"}
    for job in flow["jobs"].values():
        assert "permissions" not in job
        assert job["timeout-minutes"] <= 180


def test_the_build_script_calls_make_test() -> None:
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
