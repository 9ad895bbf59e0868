"""The story starts what it needs, says why it stopped, and leaves nothing behind."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from demo import story
from demo.commands import Commands
from demo.errors import StoryError
from demo.outcome import Outcome
from demo.story import Wishes, tell
from loadtests.samples import Sample
from loadtests.verdict import judge
from tests.loadtests.a_clean_run import clean_run
from tests.loadtests.fake_shop import PASSWORD, FakeShop


@dataclass
class FakeCommands:
    """Answers as stack does, and remembers what it was asked."""

    shop: FakeShop
    state: Path
    fail_at: str | None = None
    asked: list[str] = field(default_factory=list)

    def run(self, name: str, *arguments: str) -> str:
        self.asked.append(" ".join(arguments))
        if self.fail_at and self.fail_at in self.asked[-1]:
            raise StoryError(f"{self.asked[-1]} ended with 2", log=self.state / f"{name}.log")
        return ""

    def ask(self, name: str, *arguments: str) -> dict[str, object]:
        self.run(name, *arguments)
        return {
            "KONG_PROXY_URL": self.shop.url,
            "STATE_DIR": str(self.state),
            "SEED_PASSWORD": PASSWORD,
        }


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
    shop: FakeShop, state: Path, monkeypatch: pytest.MonkeyPatch, **fakes: str
) -> tuple[FakeCommands, StoryError]:
    """Tell a story that must end early."""
    commands = FakeCommands(shop, state, **fakes)  # type: ignore[arg-type]
    monkeypatch.setattr(story, "Commands", lambda _: commands)
    monkeypatch.delenv("AUDITOR_CATALOG_DATABASE_URL", raising=False)
    with pytest.raises(StoryError) as caught:
        tell(Wishes(users=6, rate=60, stay_s=0.2), state=state, say=lambda _: None)
    return commands, caught.value


def test_a_command_that_fails_ends_the_story_with_its_log(
    shop: FakeShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands, error = told(shop, tmp_path, monkeypatch, fail_at="make_identities")

    assert str(error) == (
        f"monolith.manage make_identities ended with 2; read {tmp_path / 'seed.log'}"
    )
    assert commands.asked[-1] == "stack down --profile dev"


def test_without_databases_to_ask_there_is_no_verdict(
    shop: FakeShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands, error = told(shop, tmp_path, monkeypatch)

    assert "AUDITOR_CATALOG_DATABASE_URL" in str(error)
    assert commands.asked[-1] == "stack down --profile dev"


@pytest.mark.slow
def test_who_signs_in_is_made_also_where_the_shop_is_filled_already(
    shop: FakeShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands, _ = told(shop, tmp_path, monkeypatch)

    assert not any("seeding" in line for line in commands.asked)
    assert commands.asked.count("monolith.manage make_identities") == 1


def test_a_good_outcome_needs_all_of_it() -> None:
    run = clean_run()
    sample = Sample(
        at=1.0,
        name="look at a product",
        journey="Browser",
        method="GET",
        status=200,
        latency_ms=5.0,
        served_by="catalog",
        ok=True,
    )
    good = Outcome(
        samples=(sample, replace(sample, served_by="")),
        effort="generator: 12% of one core",
        verdict=judge(run.ledger, run.evidence),
    )
    lost = judge(run.ledger, run.with_copy(commands=()).evidence)

    assert good.good
    assert good.answered_by == {"catalog": 1, "nobody": 1}
    assert not replace(good, samples=()).good
    assert not replace(good, samples=(sample, replace(sample, ok=False))).good
    assert not replace(good, verdict=lost).good


def test_a_command_that_fails_is_named_with_its_last_words(tmp_path: Path) -> None:
    commands = Commands(tmp_path)

    with pytest.raises(StoryError, match=r"json\.tool.* ended with 1: Extra data.*; read .*x\.log"):
        commands.run("x", "json.tool", __file__)


def test_a_command_that_prints_something_else_than_json_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StoryError, match="did not print JSON"):
        Commands(tmp_path).ask("x", "calendar", "2026", "11")
