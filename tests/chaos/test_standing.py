"""A seam is brought where it should be by what an operator would type."""

import pytest

from chaos import standing
from chaos.coordinator import KILLED, Said
from chaos.standing import Seams
from demo.errors import StoryError
from tests.chaos.seen import PLANS

LADDER = ["monolith", "shadow", "canary-5", "canary-25", "canary-50", "canary-100", "cutover"]
DONE = Said(code=0, answer={"ok": True, "steps": []}, complaint="")
FAILED = Said(code=1, answer={"ok": False, "error": "no database", "steps": []}, complaint="x")
NOTHING = Said(code=2, answer={}, complaint="strangler: there is nothing to resume")


class FakeStrangler:
    """Stands somewhere, and answers run after run."""

    def __init__(self, position, *answers):
        self.position, self.answers, self.typed, self.asked = position, list(answers), [], 0

    def ask(self, *_):
        self.asked += 1
        return {"position": self.position, "positions": LADDER}


@pytest.fixture
def typed(monkeypatch):
    def recover(position, goal, *answers):
        fake = FakeStrangler(position, *answers)

        class FakeCoordinator:
            def __init__(self, order):
                fake.typed.append(order.verb)
                self.answer = fake.answers.pop(0)
                if self.answer.ok:
                    fake.position = order.to

            def said(self, *, timeout_s):
                del timeout_s
                return self.answer

        monkeypatch.setattr(standing, "Coordinator", FakeCoordinator)
        monkeypatch.setattr(standing, "TRY_AGAIN_S", 0.0)
        seams = Seams(fake, PLANS)
        seams.recover("catalog", goal)
        seams.recover("catalog", goal)
        return fake

    return recover


def test_where_it_stands_already_nothing_is_typed(typed) -> None:
    assert typed("cutover", "cutover").typed == []


def test_it_advances_or_retreats_by_the_ladder(typed) -> None:
    assert typed("shadow", "cutover", DONE).typed == ["advance"]
    assert typed("cutover", "canary-100", DONE).typed == ["retreat"]


def test_between_two_positions_it_resumes(typed) -> None:
    assert typed("between canary-100 and cutover", "cutover", DONE).typed == ["resume"]


def test_a_failed_run_is_resumed_until_it_is_done(typed) -> None:
    found = typed("canary-100", "cutover", FAILED, FAILED, DONE)
    assert found.typed == ["advance", "resume", "resume"]


def test_where_there_is_nothing_to_resume_it_is_ordered_anew(typed) -> None:
    found = typed("canary-100", "cutover", FAILED, NOTHING, DONE)
    assert found.typed == ["advance", "resume", "advance"]


def test_what_a_run_has_said_is_not_asked_again(typed) -> None:
    assert typed("shadow", "cutover", DONE).asked == 1


@pytest.fixture
def brought(monkeypatch):
    """Seams that are asked and told nothing, and the goals to which they were brought, in order."""
    goals = []
    seams = Seams(FakeStrangler("nowhere"), PLANS)
    monkeypatch.setattr(Seams, "recover", lambda _, seam, goal: goals.append((seam, goal)) or ())
    return seams, goals


def test_who_needs_a_seam_goes_home_before_it_moves(brought) -> None:
    seams, goals = brought
    seams.bring("catalog", "canary-100")
    assert goals == [("orders", "monolith"), ("catalog", "canary-100")]


def test_whom_a_seam_needs_is_away_before_it_moves(brought) -> None:
    seams, goals = brought
    seams.bring("orders", "canary-100")
    needed = PLANS["orders"].needs
    assert goals == [*((seam, "cutover") for seam in needed), ("orders", "canary-100")]


def test_only_what_may_have_moved_is_asked_again():
    fake = FakeStrangler("cutover")
    seams = Seams(fake, PLANS)
    for seam in ("catalog", "payments"):
        seams.recover(seam, "cutover")
    seams.forget("catalog")
    seams.recover("payments", "cutover")
    assert fake.asked == 2
    seams.recover("catalog", "cutover")
    assert fake.asked == 3
    seams.forget()
    seams.recover("payments", "cutover")
    assert fake.asked == 4


def test_it_does_not_try_for_ever(typed, monkeypatch) -> None:
    monkeypatch.setattr(standing, "TRIES_WITHIN_S", -1.0)
    with pytest.raises(StoryError, match="cannot be brought to cutover: 1: no database"):
        typed("canary-100", "cutover", FAILED)


def test_a_run_says_in_one_line_how_it_ended() -> None:
    assert Said(code=-9, answer={}, complaint="").words == KILLED
    assert DONE.words == "done"
    assert FAILED.words == "1: no database"
    assert NOTHING.words == "2: strangler: there is nothing to resume"


def test_the_pause_is_that_of_the_move_that_had_one() -> None:
    steps = [{"pause_ms": None}, {"pause_ms": 71.5}, {"pause_ms": None}]
    assert Said(code=0, answer={"ok": True, "steps": steps}, complaint="").pause_ms == 71.5
    assert DONE.pause_ms is None
