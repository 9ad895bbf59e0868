"""`strangler` as a program, over two real databases, a real broker and a fake gateway."""

import json
import threading
from pathlib import Path

import pytest

from tests.handover.conftest import DOMAIN
from tests.migration_plan.conftest import Walkable


def test_a_seam_walks_to_cutover_and_all_the_way_back(walkable: Walkable) -> None:
    walkable.compare_reads()
    shadow = walkable.run("advance", DOMAIN)
    assert (shadow["from"], shadow["to"], shadow["ok"]) == ("monolith", "shadow", True)
    assert len(walkable.shop.service.rows()) == 35
    walkable.compare_reads()

    cutover = walkable.run("advance", DOMAIN, "--to", "cutover")
    assert [step["to"] for step in cutover["steps"]] == ["canary-25", "canary-100", "cutover"]
    assert cutover["steps"][-1]["pause_ms"] > 0
    walkable.is_consistent(owner="service")
    assert walkable.gateway.share("shop-read") == 100

    back = walkable.run("retreat", DOMAIN, "--to", "monolith")
    assert back["steps"][0]["pause_ms"] > 0
    assert back["steps"][-1]["to"] == "monolith"
    status = walkable.run("status", DOMAIN)
    assert (status["owner"], status["position"]) == ("monolith", "monolith")
    assert status["reads_to_service"] == status["writes_to_service"] == 0


@pytest.mark.slow
def test_who_asks_for_the_canary_gets_it_as_long_as_there_is_one(walkable: Walkable) -> None:
    opted_in = {}
    for goal in ("shadow", "canary-25", "canary-100", "shadow", "monolith"):
        walkable.compare_reads()
        verb = "retreat" if goal in opted_in or goal == "monolith" else "advance"
        walkable.run(verb, DOMAIN, "--to", goal)
        opted_in[goal] = walkable.gateway.share("shop-opt-in")
    assert opted_in == {"shadow": 0, "canary-25": 100, "canary-100": 100, "monolith": 0}


@pytest.mark.slow
def test_no_read_is_left_with_a_service_whose_stream_stops(walkable: Walkable) -> None:
    walkable.run("advance", DOMAIN)
    gateway = walkable.gateway
    for upstream in ("shop-read", "shop-opt-in"):
        service = dict.fromkeys(gateway.service_targets, 5)
        gateway.weights[upstream] = {gateway.monolith_target: 190, **service}
    (reads, opted_in) = walkable.run("status", DOMAIN)["findings"]
    assert "with 0 % of the reads at the service, and the gateway sends 5 %" in reads["what"]
    assert reads["type"] == "python -m kong_admin weights shop-read"
    assert opted_in["type"] == "python -m kong_admin weights shop-opt-in"

    (step,) = walkable.run("retreat", DOMAIN)["steps"]
    done = [effect["name"] for effect in step["effects"]]
    stopped = done.index("stop the change stream")
    assert done.index("send 0 % of the reads to the service") < stopped
    assert done.index("send 0 % of the opted-in reads to the service") < stopped
    assert gateway.share("shop-read") == gateway.share("shop-opt-in") == 0
    assert walkable.run("status", DOMAIN)["findings"] == []


@pytest.mark.slow
def test_a_second_walk_after_a_full_retreat_drops_what_was_deleted_meanwhile(
    walkable: Walkable,
) -> None:
    walkable.run("advance", DOMAIN)
    walkable.run("retreat", DOMAIN)
    with walkable.shop.monolith.connect() as connection:
        walkable.shop.monolith.delete(connection, next(iter(walkable.shop.monolith.rows())))
    walkable.run("advance", DOMAIN)
    assert walkable.shop.service.rows() == walkable.shop.monolith.rows()


@pytest.mark.slow
def test_going_where_the_seam_stands_changes_nothing(walkable: Walkable) -> None:
    walkable.run("advance", DOMAIN)
    again = walkable.run("advance", DOMAIN, "--to", "shadow")
    assert again["ok"]
    assert again["steps"] == []


@pytest.mark.slow
def test_a_dry_run_tells_effects_and_checks_and_changes_nothing(walkable: Walkable) -> None:
    document = walkable.run("advance", DOMAIN, "--to", "cutover", "--dry-run")
    assert [move["to"] for move in document["moves"]][-1] == "cutover"
    assert "the seam and the owner agree" in [check["name"] for check in document["checks"]]
    assert walkable.run("journal", DOMAIN)["rows"] == []


@pytest.mark.slow
def test_without_enough_comparisons_the_canary_is_refused_with_the_reason(
    walkable: Walkable,
) -> None:
    walkable.run("advance", DOMAIN)
    refused = walkable.run("advance", DOMAIN, "--no-wait", code=2)
    assert not refused["ok"]
    assert "shadow reads were compared and equal: 0 equal" in refused["stderr"]
    assert "strangler preflight shop" in refused["stderr"]
    assert walkable.gateway.patched == []
    walkable.compare_reads()
    assert walkable.run("advance", DOMAIN)["ok"]


def test_a_route_of_which_nothing_was_compared_is_waited_for(walkable: Walkable) -> None:
    walkable.run("advance", DOMAIN)
    walkable.compare_reads(route="another")
    refused = walkable.run("advance", DOMAIN, "--no-wait", code=2)
    assert "every route was compared: none alike: list" in refused["stderr"]
    waiting = walkable.start("advance", DOMAIN, "--json")
    while not walkable.journaled("await shadow comparisons"):
        assert waiting.poll() is None
    walkable.compare_reads(equal=1)
    assert waiting.wait(60) == 0


@pytest.mark.slow
def test_a_difference_in_shadow_reads_forbids_the_canary(walkable: Walkable) -> None:
    walkable.run("advance", DOMAIN)
    walkable.compare_reads(different=1)
    assert "1 different" in walkable.run("advance", DOMAIN, code=2)["stderr"]


@pytest.mark.slow
def test_a_service_that_fails_shadow_reads_gets_the_canary_when_others_outweigh_them(
    walkable: Walkable,
) -> None:
    walkable.run("advance", DOMAIN)
    walkable.compare_reads(equal=10, failed=20)
    assert "20 failed" in walkable.run("advance", DOMAIN, "--no-wait", code=2)["stderr"]
    assert walkable.gateway.patched == []
    waiting = walkable.start("advance", DOMAIN, "--json")
    journal = "SELECT count(*) AS n FROM handover.journal WHERE step = 'await shadow comparisons'"
    with walkable.operator() as connection:
        while (row := connection.execute(journal).fetchone()) and row["n"] < 3:
            assert waiting.poll() is None
    walkable.compare_reads(equal=10)
    assert waiting.wait(60) == 0


def test_a_seam_is_not_moved_by_two_at_once(walkable: Walkable) -> None:
    walkable.run("advance", DOMAIN)
    first = walkable.start("advance", DOMAIN, "--json")
    while not walkable.journaled("await shadow comparisons"):
        assert first.poll() is None
    refused = walkable.run("advance", DOMAIN, code=2)
    assert "another run holds shop: advance to canary-25 by" in refused["stderr"]
    walkable.compare_reads()
    assert first.wait(60) == 0


@pytest.mark.slow
def test_a_gateway_that_does_not_answer_ends_the_run_in_one_line(walkable: Walkable) -> None:
    walkable.run("advance", DOMAIN)
    walkable.compare_reads()
    walkable.gateway.is_up = False
    refused = walkable.run("advance", DOMAIN, code=2)
    assert "the gateway agrees with the seam: no answer" in refused["stderr"]
    assert len(refused["stderr"].strip().splitlines()) == 1


@pytest.mark.slow
def test_a_proxy_that_does_not_follow_fails_the_step_and_resume_finishes_it(
    walkable: Walkable,
) -> None:
    walkable.run("advance", DOMAIN)
    walkable.compare_reads()
    walkable.gateway.is_following = False
    failed = walkable.run("advance", DOMAIN, code=1)
    assert "expected monolith and shop-service" in failed["error"]
    walkable.gateway.is_following = True
    assert walkable.run("status", DOMAIN)["position"] == "between shadow and canary-25"
    assert walkable.run("resume", DOMAIN)["to"] == "canary-25"
    assert walkable.run("status", DOMAIN)["position"] == "canary-25"


@pytest.mark.slow
def test_a_backfill_by_hand_says_what_is_left_and_copies_it_once(walkable: Walkable) -> None:
    assert walkable.run("backfill", DOMAIN, "--dry-run")["thing"] == {"rows": 35, "copied": 0}
    refused = walkable.run("backfill", DOMAIN, code=2)
    assert "the change stream of shop is off" in refused["error"]
    with walkable.shop.monolith.hand() as hand:
        hand.start_capture(DOMAIN)
    assert walkable.run("backfill", DOMAIN)["rows"] == 35
    assert walkable.run("backfill", DOMAIN)["rows"] == 0


@pytest.mark.slow
def test_rows_that_differ_are_shown_and_repaired_through_the_stream(walkable: Walkable) -> None:
    walkable.run("advance", DOMAIN)
    with walkable.shop.service.connect("applier") as connection:
        connection.execute(
            "UPDATE shop.thing SET title = 'wrong', version = 0 WHERE ctid = '(0,1)'"
        )
    found = walkable.run("reconcile", DOMAIN, code=1)
    assert len(found["entities"][0]["differences"]) == 1
    assert walkable.run("reconcile", DOMAIN, "--repair")["clean"]
    assert walkable.shop.service.rows() == walkable.shop.monolith.rows()


@pytest.mark.slow
def test_writes_go_on_while_history_is_copied_and_none_is_missing(walkable: Walkable) -> None:
    stop = threading.Event()

    def write() -> None:
        keys = list(walkable.shop.monolith.rows())
        with walkable.shop.monolith.connect() as connection:
            for number in range(10_000):
                if stop.is_set():
                    return
                key = keys[number % len(keys)]
                walkable.shop.monolith.put(connection, key, f"changed {key} {number}")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        walkable.run("advance", DOMAIN)
    finally:
        stop.set()
        writer.join(10)
    assert walkable.run("reconcile", DOMAIN)["clean"]


@pytest.mark.parametrize("command", ["status", "plan", "preflight", "advance", "retreat", "resume",
                                     "backfill", "reconcile", "journal", "resend", "drift", "analyze", "promote"])  # fmt: skip
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    from strangler.__main__ import main

    assert main([command, "--help"]) == 0
    assert "--json" in capsys.readouterr().out


def test_an_unknown_seam_is_one_line_with_those_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    from strangler.__main__ import main

    assert main(["status", "catalogue"]) == 2
    assert "there are: catalog" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["advance", "catalogue"], "there are: catalog"),
        (["journal", "catalog", "--limit", "0"], "--limit"),
        (["status", "--seams", "/not/there"], "does not exist"),
        (["status", "--seams", str(Path(__file__).parent)], "there is no plan of a seam in"),
        (["plan"], "SEAM"),
    ],
)
def test_whoever_asks_for_json_is_refused_in_json_too(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from strangler.__main__ import main

    assert main([*words, "--json"]) == 2
    told = capsys.readouterr()
    answer = json.loads(told.out)
    assert answer["ok"] is False
    assert said in answer["error"]
    assert len(told.err.splitlines()) == 1
