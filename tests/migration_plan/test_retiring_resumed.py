"""A retirement that was cut off, gone on with: as long a watch, and by its own words only."""

import pytest

from tests.handover.conftest import DOMAIN, wait_until
from tests.migration_plan.conftest import Walkable
from tests.migration_plan.test_retiring import RETIRE, WATCH, at_cutover, is_retired

__all__ = ["at_cutover"]


def watched_s(walkable: Walkable) -> list[float]:
    rows = walkable.run("journal", DOMAIN)["rows"]
    return [row["detail"]["quiet_s"] for row in rows if "quiet_s" in row["detail"]]


def cut_off(walkable: Walkable, quiet: str) -> None:
    """Kill a retirement while it watches."""
    process = walkable.start(*RETIRE, "--for", quiet)
    wait_until(lambda: walkable.journaled(WATCH), what="the watch")
    walkable.kill(process)


@pytest.mark.slow
def test_resume_watches_as_long_as_was_demanded(at_cutover: Walkable) -> None:
    cut_off(at_cutover, "4s")
    # A run that is refused between them does not make it forget.
    at_cutover.shop.kill("monolith-applier")
    at_cutover.run("resume", DOMAIN, code=1)
    at_cutover.shop.start("monolith-applier")
    assert at_cutover.run("resume", DOMAIN)["ok"]
    # Demanded three times, and then watched.
    *demanded, watched = watched_s(at_cutover)
    assert demanded == [4, 4, 4]
    assert watched >= 4
    is_retired(at_cutover)


@pytest.mark.slow
def test_advance_does_not_go_on_with_a_retirement(at_cutover: Walkable) -> None:
    cut_off(at_cutover, "1h")
    # It is no run that was cut off any more, but one that has failed.
    gateway, at_cutover.gateway.is_up = at_cutover.gateway, False
    failed = at_cutover.run("resume", DOMAIN, code=1)
    # The applier follows again, so that something was changed.
    assert f"{DOMAIN} stands between cutover and retired now" in failed["error"]
    gateway.is_up = True
    for words in ((), ("--dry-run",)):
        refused = at_cutover.run("advance", DOMAIN, *words, code=2)
        assert f"strangler resume {DOMAIN}" in refused["error"]
        assert f"strangler retire {DOMAIN} --yes-i-mean {DOMAIN}" in refused["error"]
    assert at_cutover.run("status", DOMAIN)["position"] == "between cutover and retired"
    assert at_cutover.run("retreat", DOMAIN)["to"] == "cutover"
