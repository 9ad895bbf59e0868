"""One definition of green: whatever decides over a commit calls make, and make exists."""

from typing import Any

import yaml

from tests.docs.command_lines import complaint
from tests.docs.markdown import ROOT


def hooks() -> list[str]:
    config: Any = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    return [hook["entry"] for repository in config["repos"] for hook in repository["hooks"]]


def steps() -> list[str]:
    found = []
    for path in (ROOT / ".github" / "workflows").glob("*.yml"):
        workflow: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        for job in workflow["jobs"].values():
            found += [step["run"] for step in job["steps"] if "run" in step]
    return found


def test_every_hook_of_pre_commit_is_a_make_target() -> None:
    assert hooks()
    for entry in hooks():
        assert entry.startswith("make ")
        assert complaint(entry.split()) is None


def test_the_build_server_calls_make_and_installs_what_make_needs() -> None:
    assert "make check" in steps()
    for run in steps():
        assert run.startswith(("make ", "apt-get "))


def test_the_build_script_calls_make_test() -> None:
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
