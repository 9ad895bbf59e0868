"""A move that failed, gone on with later: what was true when it began is looked at again."""

from dataclasses import replace

import pytest

from strangler import gather
from strangler.__main__ import main
from strangler.ladder import Move
from strangler.preflight import checks_of, preflight
from tests.handover.conftest import DOMAIN, wait_until
from tests.migration_plan.conftest import Walkable
from tests.migration_plan.test_preflight import CUTOVER, GOOD, PLAN, move

AGREES = "the_gateway_agrees_with_the_seam"


def names(a_move: Move) -> set[str]:
    return {check.__name__ for check in checks_of(a_move)}


@pytest.mark.parametrize("ends", [("shadow", "canary-5"), ("canary-100", "cutover")])
def test_a_half_done_move_is_asked_everything_but_whether_the_gateway_agrees(
    ends: tuple[str, str],
) -> None:
    begun = replace(move(*ends), begun=True)
    assert names(move(*ends)) - names(begun) == {AGREES}


def test_a_retreat_that_was_begun_is_refused_while_somebody_needs_the_seam() -> None:
    back = Move(origin=CUTOVER.goal, goal=CUTOVER.origin, begun=True)
    (check, *_) = preflight(replace(GOOD, needed_by={"other": "cutover"}), plan=PLAN, move=back)
    assert (check.name, check.ok) == ("nothing that needs it has left", False)


def fail_at_the_opt_in(walkable: Walkable) -> None:
    """Leave the seam between shadow and canary-25."""
    walkable.run("advance", DOMAIN)
    walkable.compare_reads()
    walkable.gateway.refuses_changes = True
    walkable.run("advance", DOMAIN, code=1)
    walkable.gateway.refuses_changes = False
    assert walkable.run("status", DOMAIN)["position"] == "between shadow and canary-25"


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["resume", "advance"])
def test_no_reads_are_sent_to_a_service_that_has_got_worse_since(
    walkable: Walkable, verb: str
) -> None:
    fail_at_the_opt_in(walkable)
    walkable.shop.kill("service-applier")
    refused = walkable.run(verb, DOMAIN, code=2)
    assert (
        "the stream is carried and applied: not at work: the service's applier" in refused["error"]
    )
    assert walkable.gateway.patched == []
    walkable.shop.start("service-applier")
    assert walkable.run("resume", DOMAIN)["ok"]
    assert walkable.gateway.share("shop-read") == 25


@pytest.mark.slow
def test_reads_come_back_from_a_service_that_has_got_worse_since(walkable: Walkable) -> None:
    fail_at_the_opt_in(walkable)
    walkable.shop.kill("service-applier")
    assert walkable.run("resume", DOMAIN, "--to", "shadow")["ok"]


def fail_before_the_release(walkable: Walkable, verb: str) -> None:
    """Leave the seam between two owners, with the writes where they were."""
    side = walkable.shop.monolith if verb == "advance" else walkable.shop.service
    plan = walkable.folder / f"{DOMAIN}.yaml"
    plan.write_text(plan.read_text().replace("tries: 10", "tries: 2"))
    with side.connect() as writer, writer.transaction():
        writer.execute("SELECT handover.enter(%s)", (DOMAIN,))
        assert "still owns the writes" in walkable.run(verb, DOMAIN, code=1)["error"]
    plan.write_text(plan.read_text().replace("tries: 2", "tries: 10"))


@pytest.mark.slow
def test_a_retreat_that_failed_before_the_release_is_refused_once_another_seam_has_left(
    before_cutover: Walkable, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before_cutover.run("advance", DOMAIN)
    fail_before_the_release(before_cutover, "retreat")
    with before_cutover.shop.monolith.connect("owner") as connection:
        connection.execute(
            "INSERT INTO handover.ownership (domain, mode, epoch) VALUES ('other', 'RELEASED', 2)"
        )
        connection.execute("INSERT INTO handover.seam (domain, stage) VALUES ('other', 'cutover')")
    monkeypatch.setattr(gather, "needed_by", lambda _: ("other",))
    words = ["resume", DOMAIN, "--json", "--seams", str(before_cutover.folder)]
    assert main(words) == 2
    assert "nothing that needs it has left: other at cutover" in capsys.readouterr().err
    before_cutover.agrees(owner="service")
    # Nobody of this seam's plan needs it, and that is what a program of its own reads.
    assert before_cutover.run("resume", DOMAIN)["ok"]
    before_cutover.is_consistent(owner="monolith")


@pytest.mark.slow
def test_after_the_release_nothing_refuses(before_cutover: Walkable) -> None:
    shop = before_cutover.shop
    before_cutover.run("advance", DOMAIN)
    process = before_cutover.start("retreat", DOMAIN, "--json")
    with shop.service.hand() as service:
        wait_until(lambda: service.ownership(DOMAIN).mode == "RELEASED", what="the release")
    before_cutover.kill(process)
    shop.kill("monolith-relay")
    # The way back is not open, and a fresh retreat would be told so.
    assert before_cutover.run("resume", DOMAIN)["ok"]
    before_cutover.agrees(owner="monolith")
    shop.start("monolith-relay")
