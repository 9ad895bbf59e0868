"""What a refusal may claim: exit code 2 says that nothing was changed, and it is so."""

from contextlib import nullcontext
from typing import cast

import pytest

from strangler import engine, promoting
from strangler.canary_judge import CanaryJudge
from strangler.engine import Verb
from strangler.errors import ForbiddenError, StoppedError
from strangler.ladder import Standing
from strangler.promoting import Promotion, promote
from strangler.result import Result
from strangler.world import World
from tests.handover.conftest import DOMAIN
from tests.migration_plan.conftest import Walkable
from tests.migration_plan.test_ladder import LADDER

NO = ForbiddenError([], look="strangler preflight shop")


def test_a_seam_that_stands_between_is_not_said_to_stand_at_that() -> None:
    between = StoppedError(NO, seam="shop", standing="between cutover and retired")
    assert str(between).startswith("shop stands between cutover and retired now, and")


@pytest.mark.slow
def test_a_check_that_says_no_after_a_move_does_not_say_that_nothing_was_changed(
    walkable: Walkable,
) -> None:
    walkable.compare_reads()
    failed = walkable.run("advance", DOMAIN, "--to", "canary-25", "--no-wait", code=1)
    assert failed["error"].startswith(
        "shop stands at shadow now, and goes no further: shadow reads"
    )
    assert "shadow reads were compared and equal: 0 equal" in failed["error"]
    assert failed["error"].endswith("strangler preflight shop")
    assert [step["to"] for step in failed["steps"]] == ["shadow", "canary-25"]
    assert walkable.run("status", DOMAIN)["position"] == "shadow"
    # The same again changes nothing, and says so.
    assert walkable.run("advance", DOMAIN, "--to", "canary-25", "--no-wait", code=2)["error"]


def test_a_side_that_is_not_migrated_is_seen_before_a_row_is_sent(walkable: Walkable) -> None:
    with walkable.shop.service.connect("owner") as owner:
        [found] = owner.execute(
            "SELECT pg_get_viewdef('handover.image_shop_thing'::regclass) AS text"
        ).fetchall()
        view = found["text"].replace("_object(", "_object('colour', 'red'::text, ", 1)
        owner.execute(f"CREATE OR REPLACE VIEW handover.image_shop_thing AS {view}")
    refused = walkable.run("advance", DOMAIN, code=2)
    assert (
        "both sides have the same contract: thing: only the service has colour" in refused["error"]
    )
    assert walkable.run("status", DOMAIN)["position"] == "monolith"


class Stands:
    """A world of which a promotion asks where the seam stands."""

    domain = DOMAIN
    ladder = LADDER
    then = "then: strangler resume shop"

    def __init__(self, name: str) -> None:
        self.at = LADDER.named(name)

    def standing(self) -> Standing:
        return Standing(position=self.at)

    def run(self, world: World, verb: Verb, *, goal: str) -> Result:
        """Be refused at canary-25."""
        if goal == "canary-25":
            return Result(seam=DOMAIN, origin=self.at.name, goal=goal, error=NO)
        self.at = LADDER.named(goal)
        return Result(seam=DOMAIN, origin=goal, goal=goal)

    def promoted(self) -> Promotion:
        return promote(cast("World", self), cast("CanaryJudge", None), goal=None)


@pytest.fixture
def at_shadow(monkeypatch: pytest.MonkeyPatch) -> Stands:
    stands = Stands("shadow")
    monkeypatch.setattr(promoting, "alone", nullcontext)
    monkeypatch.setattr(promoting, "_await_promotion", lambda *_: None)
    monkeypatch.setattr(engine, "run", stands.run)
    return stands


def test_a_promotion_that_is_refused_after_a_move_says_where_it_has_got_to(
    at_shadow: Stands,
) -> None:
    promotion = at_shadow.promoted()
    assert (promotion.stands_at, type(promotion.error)) == ("canary-5", StoppedError)
    assert promotion.error is not None
    assert promotion.error.exit_code == 1
    assert str(promotion.error).startswith("shop stands at canary-5 now, and goes no further")


def test_a_promotion_that_is_refused_before_any_move_is_refused(at_shadow: Stands) -> None:
    at_shadow.at = LADDER.named("canary-5")
    with pytest.raises(ForbiddenError):
        at_shadow.promoted()
