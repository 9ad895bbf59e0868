"""The story starts what it needs, says why it stopped, and leaves nothing behind."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from demo import story
from demo.commands import Commands
from demo.errors import StoryError
from demo.seams import SEAMS
from demo.story import Wishes, tell
from tests.loadtests.fake_shop import PASSWORD, FakeShop

LADDER = ("monolith", "shadow", "canary-5", "canary-25", "canary-50", "canary-100", "cutover")


@dataclass
class FakeCommands:
    """Answers as stack and strangler do, and remembers what it was asked."""

    shop: FakeShop
    state: Path
    fail_at: str | None = None
    position: str = "monolith"
    retired: tuple[str, ...] = ()
    asked: list[str] = field(default_factory=list)

    def run(self, name: str, *arguments: str) -> str:
        self.asked.append(" ".join(arguments))
        return ""

    def ask(self, name: str, *arguments: str) -> dict[str, object]:
        self.run(name, *arguments)
        if name == "stack":
            return {
                "KONG_PROXY_URL": self.shop.url,
                "STATE_DIR": str(self.state),
                "SEED_PASSWORD": PASSWORD,
            }
        if arguments[1] == "status":
            position = "retired" if arguments[2] in self.retired else self.position
            return {"seam": arguments[2], "position": position, "positions": LADDER}
        target = arguments[arguments.index("--to") + 1]
        ok = target != self.fail_at
        step = {"from": self.position, "to": target, "started_at": 1.0, "ended_at": 2.0}
        self.position = target
        return {"ok": ok, "steps": [step], "error": None if ok else "the broker is away"}

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
    shop: FakeShop,
    state: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    seam: str = "catalog",
    **fakes: object,
) -> tuple[FakeCommands, StoryError]:
    """Tell a story that must end early."""
    commands = FakeCommands(shop, state, **fakes)  # type: ignore[arg-type]
    monkeypatch.setattr(story, "Commands", lambda _: commands)
    monkeypatch.delenv("AUDITOR_MONOLITH_DATABASE_URL", raising=False)
    with pytest.raises(StoryError) as caught:
        tell(Wishes(seam=seam, users=6, rate=60, stay_s=0.2), state=state, say=lambda _: None)
    return commands, caught.value


def test_a_failed_step_ends_the_story_with_its_cause_and_its_log(
    shop: FakeShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands, error = told(shop, tmp_path, monkeypatch, fail_at="canary-25")

    assert str(error) == (
        f"advance catalog to canary-25 failed: the broker is away; read {tmp_path / 'strangler.log'}"
    )
    assert commands.asked[-1] == "stack down --profile dev"
    journal = (tmp_path / "demo" / "steps.jsonl").read_text().splitlines()
    last = json.loads(journal[-1])
    assert (last["event"], last["to"]) == ("end", "canary-25")
    assert last["ok"] is False


def test_without_databases_to_ask_there_is_no_verdict(
    shop: FakeShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands, error = told(shop, tmp_path, monkeypatch)

    assert "AUDITOR_MONOLITH_DATABASE_URL" in str(error)
    assert commands.position == "cutover"
    assert sum("strangler retreat" in line for line in commands.asked) == 6


@pytest.mark.slow
def test_who_signs_in_is_made_also_where_the_shop_is_filled_already(
    shop: FakeShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands, _ = told(shop, tmp_path, monkeypatch, fail_at="shadow")

    assert not any("manage seed" in line for line in commands.asked)
    assert commands.asked.count("monolith.manage make_identities") == 1


@pytest.mark.slow
def test_an_earlier_run_is_brought_back_first(
    shop: FakeShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands, _ = told(shop, tmp_path, monkeypatch, position="cutover", fail_at="shadow")

    first = next(line for line in commands.asked if " --to " in line)
    # One that needs the others goes back before them.
    assert first == "strangler retreat orders --to monolith --json"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("retired", "moves"),
    [
        (
            ("catalog",),
            [
                *("advance notifications", "advance inventory", "advance payments"),
                *("advance orders", "retreat orders", "advance orders"),
            ],
        ),
        # It needs the others at cutover: none of them goes back.
        (("orders", "catalog"), ["advance notifications", "advance inventory", "advance payments"]),
        (SEAMS, []),
    ],
    ids=["the first", "the last", "all"],
)
def test_what_is_retired_stays_and_the_others_move(
    shop: FakeShop,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    retired: tuple[str, ...],
    moves: list[str],
) -> None:
    commands, error = told(shop, tmp_path, monkeypatch, seam="all", retired=retired)

    assert "AUDITOR_MONOLITH_DATABASE_URL" in str(error)
    assert [line.split(" --")[0].removeprefix("strangler ") for line in commands.asked if " --to " in line] == moves  # fmt: skip


def test_a_retired_seam_has_no_story_of_its_own(
    shop: FakeShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, error = told(shop, tmp_path, monkeypatch, retired=("catalog",))

    assert str(error) == "catalog is retired; --fresh begins with a monolith that has it"


def test_a_command_that_fails_is_named_with_its_last_words(tmp_path: Path) -> None:
    commands = Commands(tmp_path)

    with pytest.raises(StoryError, match=r"json\.tool.* ended with 1: Extra data.*; read .*x\.log"):
        commands.run("x", "json.tool", __file__)


def test_a_command_that_prints_something_else_than_json_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StoryError, match="did not print JSON"):
        Commands(tmp_path).ask("x", "calendar", "2026", "11")
