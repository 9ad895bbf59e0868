"""The story starts what it needs, says why it stopped, and leaves nothing behind."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from demo import story
from demo.commands import Commands
from demo.errors import StoryError
from demo.story import Wishes, tell
from tests.loadtests.fake_shop import PASSWORD, FakeShop


@dataclass
class FakeCommands:
    """Answers as stack and strangler do, and remembers what it was asked."""

    shop: FakeShop
    state: Path
    fail_at: str | None = None
    # What is told of the stream, question by question; the last answer is told again.
    waiting: tuple[int, ...] = (0,)
    asked: list[str] = field(default_factory=list)

    def run(self, name: str, *arguments: str) -> str:
        self.asked.append(" ".join(arguments))
        if self.fail_at and self.fail_at in arguments:
            raise StoryError(f"{self.fail_at} failed", log=self.log(name))
        return ""

    def ask(self, name: str, *arguments: str) -> dict[str, object]:
        self.run(name, *arguments)
        if name == "stack":
            return {
                "KONG_PROXY_URL": self.shop.url,
                "STATE_DIR": str(self.state),
                "SEED_PASSWORD": PASSWORD,
            }
        unpublished, *left = self.waiting
        self.waiting = tuple(left) or self.waiting
        return {"seam": "orders", "recorded": 10, "unpublished": unpublished}

    def log(self, name: str) -> Path:
        return self.state / f"{name}.log"


@pytest.fixture(autouse=True)
def _environment_as_before() -> Iterator[None]:
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def shop() -> Iterator[FakeShop]:
    with FakeShop() as shop:
        yield shop


def told(
    shop: FakeShop, state: Path, monkeypatch: pytest.MonkeyPatch, **fakes: object
) -> tuple[FakeCommands, StoryError]:
    """Tell a story that must end early."""
    commands = FakeCommands(shop, state, **fakes)  # type: ignore[arg-type]
    monkeypatch.setattr(story, "Commands", lambda _: commands)
    monkeypatch.delenv("AUDITOR_MONOLITH_DATABASE_URL", raising=False)
    with pytest.raises(StoryError) as caught:
        tell(
            Wishes(users=6, rate=60, stay_s=0.2),
            state=state,
            say=lambda _: None,
        )
    return commands, caught.value


def test_a_failed_step_ends_the_story_with_its_cause_and_its_log(
    shop: FakeShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands, error = told(shop, tmp_path, monkeypatch, fail_at="restart")

    assert str(error) == f"restart failed; read {tmp_path / 'stack.log'}"
    assert commands.asked[-1] == "stack down --profile dev"


def test_without_databases_to_ask_there_is_no_verdict(
    shop: FakeShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands, error = told(shop, tmp_path, monkeypatch)

    assert "AUDITOR_MONOLITH_DATABASE_URL" in str(error)
    assert commands.asked.count("stack restart --profile dev rabbitmq") == 1


def test_it_waits_until_the_broker_has_what_waited_for_it(
    shop: FakeShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands, _ = told(shop, tmp_path, monkeypatch, waiting=(0, 7, 7, 3, 0))

    assert commands.waiting == (0,)


def test_facts_that_do_not_follow_end_the_story(
    shop: FakeShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(story, "FOLLOWS_WITHIN_S", 0.3)
    _, error = told(shop, tmp_path, monkeypatch, waiting=(4,))

    assert str(error).startswith("4 facts were not published in 0 s")


@pytest.mark.slow
def test_who_signs_in_is_made_also_where_the_shop_is_filled_already(
    shop: FakeShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands, _ = told(shop, tmp_path, monkeypatch, fail_at="restart")

    assert not any("manage seed" in line for line in commands.asked)
    assert commands.asked.count("monolith.manage make_identities") == 1


def test_a_command_that_fails_is_named_with_its_last_words(tmp_path: Path) -> None:
    commands = Commands(tmp_path)

    with pytest.raises(StoryError, match=r"json\.tool.* ended with 1: Extra data.*; read .*x\.log"):
        commands.run("x", "json.tool", __file__)


def test_a_command_that_prints_something_else_than_json_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StoryError, match="did not print JSON"):
        Commands(tmp_path).ask("x", "calendar", "2026", "11")
