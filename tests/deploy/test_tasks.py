"""What is done once and ends: two at a time, and a failure is told however many went well."""

import threading
from typing import Any

import pytest

from stack import profile as profiles
from stack import tasks
from stack.errors import ProgramError
from stack.tasks import Task

TASKS = [Task(name=str(n), arguments=()) for n in range(6)]


def together(monkeypatch: pytest.MonkeyPatch, run: Any) -> None:
    monkeypatch.setattr(tasks, "run", lambda profile, task, say: run(task))
    tasks.run_together(profiles.load("test"), TASKS, say=print)


def test_two_run_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = threading.Barrier(2, timeout=10)
    together(monkeypatch, lambda task: pairs.wait())


def test_a_failure_is_raised_when_the_others_have_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: list[str] = []

    def run(task: Task) -> None:
        if task.name == "1":
            raise ProgramError("1 failed: no such table; see there")
        done.append(task.name)

    with pytest.raises(ProgramError, match="1 failed: no such table"):
        together(monkeypatch, run)
    assert sorted(done) == ["0", "2", "3", "4", "5"]
