"""`strangler promote` over a real gateway, a real log and a version that is injected meanwhile."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from strangler.journal import RUN
from strangler.promoting import ANALYZE
from tests.handover.conftest import DOMAIN, Shop, wait_until
from tests.migration_plan.conftest import PLAN, Walkable
from tests.migration_plan.fake_gateway import FakeGateway
from tests.migration_plan.two_versions import Readers, TwoVersions, two_versions

_JUDGED = (ANALYZE, "done")
ANALYSIS = """
analysis:
  log: "{log}"
  service: shop-read
  window_s: 3
  windows: 2
  minimum_requests: 20
  error_ratio: 0.01
  error_ratio_times: 2
  p95_ms: 50
  p95_times: 1.5
  significance: 0.01
"""


@pytest.fixture
def versions(tmp_path: Path) -> Iterator[TwoVersions]:
    folder = tmp_path / "gateway"
    folder.mkdir()
    with two_versions(folder) as both:
        yield both


@pytest.fixture
def canary(shop: Shop, versions: TwoVersions, tmp_path: Path) -> Iterator[Walkable]:
    """At `shadow`, with what the first canary position asks for; 25, 50 and 100 are ahead."""
    shop.start_all()
    text = PLAN.format(
        monolith=shop.monolith.urls["operator"],
        service=shop.service.urls["operator"],
        broker=shop.monolith.amqp_url,
        url="{url}",
        monolith_target=versions.monolith.target,
        service_targets=versions.service.target,
    )
    text = text.replace("instances: {url}", f"instances: http://{versions.service.target}")
    text = text.replace("admin: {url}", f"admin: {versions.admin}")
    text = text.replace("proxy: {url}", f"proxy: {versions.proxy}")
    text = text.replace("canary: [25, 100]", "canary: [25, 50, 100]")
    (tmp_path / "shop.yaml").write_text(text + ANALYSIS.format(log=versions.log))
    walkable = Walkable(shop=shop, gateway=FakeGateway(), folder=tmp_path)
    walkable.fill(5)
    walkable.run("advance", DOMAIN)
    walkable.compare_reads()
    yield walkable
    walkable.end()


@pytest.fixture
def readers(versions: TwoVersions) -> Iterator[Readers]:
    with Readers(url=versions.proxy) as readers:
        yield readers


def is_harmless(readers: Readers) -> bool:
    """Whether everybody got what they asked for, or a failure that the test had injected."""
    return all(status == 200 or is_injected for _, status, is_injected in readers.answers)


@pytest.mark.slow
def test_a_version_as_good_as_the_monolith_climbs_to_the_top(
    canary: Walkable, versions: TwoVersions, readers: Readers
) -> None:
    document = canary.run("promote", DOMAIN)
    assert document["ok"]
    assert document["stands_at"] == "canary-100"
    judged = [(window["position"], window["advice"]) for window in document["windows"]]
    assert judged == [("canary-25", "promote"), ("canary-50", "promote")]
    assert is_harmless(readers)
    (noted,) = [
        row["detail"]
        for row in canary.run("journal", DOMAIN)["rows"]
        if row["step"] == ANALYZE and row["phase"] == "done"
        if row["detail"]["position"] == "canary-50"
    ]
    assert noted["canary"]["requests"] >= 20
    assert noted["because"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "limit"), [({"failing": 0.5}, "errors"), ({"delay_s": 0.2}, "p95")]
)
def test_a_faulty_version_is_rolled_back_within_one_window_and_harms_nobody_else(
    canary: Walkable,
    versions: TwoVersions,
    readers: Readers,
    fault: dict[str, Any],
    limit: str,
) -> None:
    promoting = canary.start("promote", DOMAIN, "--json")
    wait_until(lambda: canary.journaled(ANALYZE), what="the first window", timeout_s=30)
    versions.service.become(**fault)
    out, err = promoting.communicate(timeout=60)
    document = json.loads(out)

    assert promoting.returncode == 1, err
    assert document["stands_at"] == "shadow"
    assert f"{DOMAIN} was rolled back to shadow: " in document["error"]
    (window,) = document["windows"]
    assert (window["position"], window["advice"]) == ("canary-25", "rollback")
    assert window["chances"][limit] < 0.01
    # The window in which the fault appeared is the only one, and nothing stands between it and the
    # way back: how long that takes is for the machine to say.
    rows = canary.run("journal", DOMAIN)["rows"]
    judged = next(n for n, row in enumerate(rows) if (row["step"], row["phase"]) == _JUDGED)
    following = rows[judged + 1]
    assert (following["step"], following["phase"]) == (RUN, "intent")
    assert (following["detail"]["verb"], following["detail"]["to"]) == ("retreat", "shadow")
    assert not [row for row in rows[judged + 1 :] if row["step"] == ANALYZE]
    assert is_harmless(readers)

    rolled_back_at = time.monotonic()
    count = len(readers.answers)
    wait_until(lambda: len(readers.answers) > count + 100, what="readers to go on")
    afterwards = [answer for answer in readers.answers if answer[0] > rolled_back_at]
    assert {status for _, status, _ in afterwards} == {200}
    assert canary.run("status", DOMAIN)["reads_to_service"] == 0


@pytest.mark.slow
def test_a_version_that_never_answers_does_not_keep_its_first_readers(
    canary: Walkable, versions: TwoVersions, readers: Readers
) -> None:
    versions.service.become(failing=1.0)
    document = canary.run("promote", DOMAIN, code=1)
    assert document["stands_at"] == "shadow"
    assert "rolled back to shadow" in document["error"]
    assert document["windows"] == []
    assert canary.run("status", DOMAIN)["reads_to_service"] == 0
    assert is_harmless(readers)


@pytest.mark.slow
def test_without_readers_nothing_is_guessed(canary: Walkable, versions: TwoVersions) -> None:
    document = canary.run("promote", DOMAIN, "--windows", "1", "--window", "1", code=1)
    assert document["stands_at"] == "canary-25"
    assert document["windows"][0]["advice"] == "not enough"
    assert "20 of each side are needed" in document["error"]
    alone = canary.run("analyze", DOMAIN, "--window", "1", code=5)
    assert alone["advice"] == "not enough"


@pytest.mark.slow
def test_analyze_says_the_same_in_its_exit_code(
    canary: Walkable, versions: TwoVersions, readers: Readers
) -> None:
    canary.run("advance", DOMAIN)
    versions.service.become(failing=0.5)
    count = len(readers.answers)
    wait_until(lambda: len(readers.answers) > count + 300, what="traffic")
    wait_until(lambda: canary.start("analyze", DOMAIN).wait(30) == 3, what="rollback", timeout_s=30)
    told = canary.run("analyze", DOMAIN, code=3)
    assert told["canary"]["failures"] > 0
    assert canary.run("status", DOMAIN)["position"] == "canary-25"


@pytest.mark.slow
def test_a_dry_run_moves_nothing(canary: Walkable) -> None:
    document = canary.run("promote", DOMAIN, "--to", "canary-50", "--dry-run")
    assert document["positions"] == ["shadow", "canary-25", "canary-50"]
    assert canary.run("status", DOMAIN)["position"] == "shadow"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--to", "cutover"), "cutover is no canary position"),
        (("--to", "canary-7"), "no position 'canary-7'"),
    ],
)
def test_where_promote_does_not_go_is_said_before_anything_moves(
    canary: Walkable, arguments: tuple[str, ...], said: str
) -> None:
    assert said in canary.run("promote", DOMAIN, *arguments, code=2)["error"]
