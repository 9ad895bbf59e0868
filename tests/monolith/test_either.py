"""Asking whoever owns a domain's writes, while they change hands and when nobody has them."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from extracted.contracts.http import FIRST_RETRY_S, LAST_RETRY_S
from extracted.contracts.problems import ProblemError
from extracted.contracts.rpc import Unanswered
from monolith.seams.either import DEADLINE_S, Either
from monolith.seams.fence import NotOwner
from monolith.seams.rpc import RemoteUnavailable
from monolith.seams.stage import Stage
from monolith.seams.where import Standing

DOMAIN = "inventory"
REFUSED = NotOwner(DOMAIN)
AWAY = RemoteUnavailable("no answer")


class Side:
    """Answers what it is told to, in turn; the last answer again and again."""

    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)
        self.asked = 0

    def answer(self) -> object:
        self.asked += 1
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(found, Exception):
            raise found
        return found


class Seam:
    """Both sides, a clock that only sleeping moves, and what was asked in which order."""

    def __init__(
        self, *, local: Iterable[object], remote: Iterable[object], stage: Stage = Stage.CUTOVER
    ) -> None:
        self.local, self.remote = Side(*local), Side(*remote)
        self.slept: list[float] = []
        self.order: list[str] = []
        self.looks = 0
        self._stage = stage

    def where(self) -> Standing:
        self.looks += 1
        return Standing(stage=self._stage)

    def ask(self) -> object:
        names: dict[int, str] = {id(self.local): "local", id(self.remote): "remote"}

        def question(side: Side) -> object:
            self.order.append(names[id(side)])
            return side.answer()

        either: Either[Side] = Either(
            domain=DOMAIN,
            local=self.local,
            remote=self.remote,
            where=self.where,
            clock=lambda: sum(self.slept),
            sleep=self.slept.append,
        )
        return either.ask(question)


@pytest.mark.parametrize("stage", Stage)
def test_the_owner_of_the_stage_is_asked_first_and_alone(stage: Stage) -> None:
    seam = Seam(local=["here"], remote=["there"], stage=stage)
    assert seam.ask() == ("there" if stage.owner == "service" else "here")
    assert (seam.local.asked + seam.remote.asked, seam.slept) == (1, [])


@pytest.mark.parametrize(("stage", "first"), [(Stage.CANARY, "local"), (Stage.CUTOVER, "remote")])
def test_the_other_side_is_asked_at_once(stage: Stage, first: str) -> None:
    second = "remote" if first == "local" else "local"
    answers: dict[str, Any] = {first: [REFUSED], second: ["done"]}
    seam = Seam(**answers, stage=stage)
    assert (seam.ask(), seam.order, seam.slept) == ("done", [first, second], [])


@pytest.mark.parametrize("refusal", [REFUSED, AWAY], ids=["refused", "away"])
@pytest.mark.parametrize("taker", ["local", "remote"])
def test_both_refuse_for_a_while_and_then_one_takes_it(taker: str, refusal: Exception) -> None:
    answers: dict[str, Any] = {"local": [REFUSED], "remote": [refusal]}
    answers[taker] = [REFUSED] * 6 + ["done"]
    seam = Seam(**answers)
    assert seam.ask() == "done"
    assert seam.order[:4] == ["remote", "local", "remote", "local"]
    assert seam.slept[0] == FIRST_RETRY_S
    assert seam.slept == sorted(seam.slept)
    assert seam.slept[-1] == LAST_RETRY_S
    assert seam.looks == 1, "the stage lags behind the ownership: who answers is what counts"


def test_nobody_is_waited_for_beyond_the_deadline() -> None:
    seam = Seam(local=[REFUSED], remote=[AWAY])
    with pytest.raises(Unanswered, match=DOMAIN) as unanswered:
        seam.ask()
    assert unanswered.value.__cause__ is REFUSED
    assert DEADLINE_S - LAST_RETRY_S <= sum(seam.slept) < DEADLINE_S
    assert seam.local.asked == seam.remote.asked == len(seam.slept) + 1


@pytest.mark.parametrize(
    "error", [ProblemError("out-of-stock"), ValueError("nonsense")], ids=["expected", "unexpected"]
)
def test_what_the_owner_raises_is_the_answer(error: Exception) -> None:
    seam = Seam(local=["never asked"], remote=[error])
    with pytest.raises(type(error)):
        seam.ask()
    assert seam.order == ["remote"]


def test_a_slow_side_does_not_make_the_other_wait_for_its_turn_twice() -> None:
    """The clock goes on while a side is asked; at the deadline the round is ended, not cut."""
    seam = Seam(local=[REFUSED], remote=[AWAY])
    slow: Callable[[], object] = seam.remote.answer

    def answer() -> object:
        seam.slept.append(DEADLINE_S)
        return slow()

    seam.remote.answer = answer  # type: ignore[method-assign]
    with pytest.raises(Unanswered):
        seam.ask()
    assert seam.order == ["remote", "local"]
