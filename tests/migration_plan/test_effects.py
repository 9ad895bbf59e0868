"""What each move does, and in which order."""

from pathlib import Path

import pytest

from kong_admin import weights_for
from strangler.effects import effects_of
from strangler.journal import HAND_OVER, RECONCILE, TRY_WAY
from strangler.ladder import Ladder, Standing
from strangler.preflight import checks_of

from .test_ladder import LADDER, at
from .test_plan import quiet
from .test_preflight import move


def names(origin: str, goal: str) -> list[str]:
    return [effect.name for effect in effects_of(move(origin, goal))]


@pytest.mark.parametrize("forward", [True, False])
def test_nothing_is_changed_before_the_checks(forward: bool) -> None:
    ends = ("monolith", "cutover") if forward else ("cutover", "monolith")
    for a_move in LADDER.route(at(ends[0]), LADDER.named(ends[1])):
        effects = effects_of(a_move)
        checked = [effect.name for effect in effects].index("check that nothing forbids it")
        assert not any(effect.changes for effect in effects[: checked + 1])
        assert all(effect.is_preparation for effect in effects[: checked + 1])


def test_every_move_places_the_seam_at_its_goal() -> None:
    for a_move in LADDER.route(at("monolith"), LADDER.named("cutover")):
        assert f"place the seam at {a_move.goal.name}" in names(
            a_move.origin.name, a_move.goal.name
        )


def test_the_gateway_follows_the_owner_in_both_directions() -> None:
    forward, back = names("canary-100", "cutover"), names("cutover", "canary-100")
    assert forward.index(HAND_OVER) < forward.index("send 100 % of the writes to the service")
    assert back.index(HAND_OVER) < back.index("send 0 % of the writes to the service")


@pytest.mark.parametrize("is_routed", [True, False])
def test_the_way_back_is_tried_last_before_the_checks_of_a_cutover_only(
    is_routed: bool, tmp_path: Path
) -> None:
    ladder = LADDER if is_routed else Ladder(quiet(tmp_path))
    lower, upper = (Standing(position=ladder.positions[place]) for place in (-2, -1))
    (forward,) = ladder.route(lower, upper.position)
    said = [effect.name for effect in effects_of(forward)]
    checked = said.index("check that nothing forbids it")
    # What takes long comes before it: it would make it stale.
    assert said[checked - 1] == TRY_WAY
    assert said.index(RECONCILE) < checked - 1
    others = (*ladder.route(Standing(position=ladder.positions[0]), lower.position),
              *ladder.route(upper, ladder.positions[0]))  # fmt: skip
    assert not any(effect.name == TRY_WAY for other in others for effect in effects_of(other))


def test_without_a_gateway_no_effect_and_no_check_speaks_of_one(tmp_path: Path) -> None:
    ladder = Ladder(quiet(tmp_path))
    ends = (("monolith", "cutover"), ("cutover", "monolith"))
    for origin, goal in ends:
        for a_move in ladder.route(Standing(position=ladder.named(origin)), ladder.named(goal)):
            said = " ".join(effect.name for effect in effects_of(a_move))
            said += " ".join(check.__name__ for check in checks_of(a_move))
            assert not any(word in said for word in ("reads", "writes to", "live", "gateway"))
            assert f"place the seam at {a_move.goal.name}" in said


def test_reads_leave_the_service_before_the_stream_stops() -> None:
    assert "send 0 % of the reads to the service" in names("canary-5", "shadow")
    stop = names("shadow", "monolith")
    before = (
        "send 0 % of the opted-in reads to the service",
        "send 0 % of the reads to the service",
        "place the seam at monolith",
        "see who answers live requests",
    )
    assert stop[1:6] == [*before, "stop the change stream"]


@pytest.mark.parametrize("percent", [0, 5, 25, 33, 50, 99, 100])
@pytest.mark.parametrize("instances", [1, 2, 3])
def test_weights_give_the_service_exactly_its_share(percent: int, instances: int) -> None:
    service = tuple(f"127.0.0.1:{200 + n}" for n in range(instances))
    weights = weights_for(percent, rest="127.0.0.1:100", instances=service)
    assert sum(weights[target] for target in service) * 100 == percent * sum(weights.values())


def test_a_retreat_does_not_wait_for_answers_of_a_service_that_may_be_broken() -> None:
    verified = "see who answers live requests"
    assert verified in names("canary-5", "canary-25")
    assert verified not in names("canary-25", "canary-5")
    # That nothing is asked of it any more is verified, and needs the monolith only.
    assert verified in names("canary-5", "shadow")
